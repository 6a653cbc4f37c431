// SPDX-License-Identifier: Apache-2.0
// What a stranger says by EST. The first byte chooses: a body, the credentials, or what stands under their Base64.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "libs/security/csr.h"
#include "provisioning/est/body.h"

using namespace watchglass;
using namespace watchglass::provisioning;

namespace {

void read_body(ByteSpan bytes) {
    const auto der = est::read_request("application/pkcs10", as_text(bytes));
    if (!der) return;
    const auto again = est::read_request("application/pkcs10", to_base64(*der));
    if (!again || *again != *der) std::abort();
    static_cast<void>(security::read_csr(*der));
}

void read_credentials(std::string_view authorization) {
    const auto secret = est::ticket_secret(authorization);
    if (!secret) return;
    const auto again = est::ticket_secret("Basic " + to_base64(as_bytes(":" + to_hex(*secret))));
    if (!again || *again != *secret) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const ByteSpan bytes{data + 1, size - 1};
    switch (data[0] % 4) {
        case 0: read_body(bytes); break;
        case 1: read_body(as_bytes(to_base64(bytes))); break;
        case 2: read_credentials(as_text(bytes)); break;
        default: read_credentials("Basic " + to_base64(bytes)); break;
    }
    return 0;
}
