// SPDX-License-Identifier: Apache-2.0
#include "console/access.h"

#include "console/codes.h"
#include "libs/security/digest.h"
#include "storage/registry/operator_store.h"

namespace watchglass::console {

Answered<Reader> admit(storage::Connection& connection, const http::Request& request) {
    if (request.peer.certificate_der.empty()) return refuse(401, codes::no_certificate);
    if (request.peer.verify_result != 0) return refuse(403, codes::certificate_not_valid);

    auto unit = storage::UnitOfWork::begin(connection, storage::Access::read_only);
    if (!unit) return refuse(unit.error());
    const auto found =
        storage::find_operator(*unit, security::sha256(as_bytes(request.peer.certificate_der)));
    if (!found) return refuse(found.error());
    if (!*found) return refuse(403, codes::not_an_operator);
    return Reader{(*found)->name, {(*found)->tenant}};
}

}  // namespace watchglass::console
