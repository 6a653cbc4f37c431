// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>

#include "provisioning/est/answers.h"
#include "provisioning/est/endpoints.h"

namespace watchglass::provisioning::est {

namespace {

// CsrAttrs (RFC 7030, section 4.5.2), what a client does well to send: a key on P-256, signed with SHA-256. Other keys
// that are strong enough are taken as well; names and extensions never are.
constexpr std::array<std::uint8_t, 35> wanted{
    0x30, 0x21,                                                  // SEQUENCE
    0x30, 0x15,                                                  //   Attribute
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,        //     id-ecPublicKey
    0x31, 0x0a,                                                  //     SET
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,  //       secp256r1
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02,  //   ecdsa-with-SHA256
};

}  // namespace

http::Response csr_attributes(Context&, const http::Request&) {
    return base64_answer("application/csrattrs", wanted);
}

}  // namespace watchglass::provisioning::est
