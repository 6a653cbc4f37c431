// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/context.h"

#include "provisioning/api/answers.h"
#include "provisioning/commit.h"

namespace watchglass::provisioning {

http::Response as_operator(Context& context, const http::Request& request, Action action,
                           const OperatorAction& work) {
    auto connection = context.database.acquire();
    if (!connection) return refuse(connection.error(), request);
    auto unit = storage::UnitOfWork::begin(**connection);
    if (!unit) return refuse(unit.error(), request);
    const auto caller = identify(*unit, request);
    if (!caller) return refuse(caller.error(), request);
    if (auto allowed = authorize_role(*caller, action); !allowed) return refuse(allowed.error(), request);
    auto response = work(*unit, *caller);
    if (!response) return refuse(response.error(), request);
    if (auto done = commit(*unit); !done) return refuse(done.error(), request);
    return std::move(*response);
}

}  // namespace watchglass::provisioning
