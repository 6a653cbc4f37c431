// SPDX-License-Identifier: Apache-2.0
#include "libs/security/secret.h"

#include <openssl/rand.h>

#include "libs/security/codes.h"
#include "libs/security/native.h"

namespace watchglass::security {

Result<Secret> generate_secret() {
    Secret secret{};
    if (RAND_priv_bytes(secret.data(), static_cast<int>(secret.size())) != 1) {
        return failed(native::failure(codes::crypto_failed, "No random secret could be made."));
    }
    return secret;
}

Result<std::string> generate_uuid_urn() {
    std::array<std::uint8_t, 16> bits{};
    if (RAND_bytes(bits.data(), static_cast<int>(bits.size())) != 1) {
        return failed(native::failure(codes::crypto_failed, "No random identifier could be made."));
    }
    bits[6] = static_cast<std::uint8_t>((bits[6] & 0x0f) | 0x40);
    bits[8] = static_cast<std::uint8_t>((bits[8] & 0x3f) | 0x80);
    std::string text = to_hex(bits);
    for (const std::size_t at : {20u, 16u, 12u, 8u}) text.insert(at, "-");
    return "urn:uuid:" + text;
}

}  // namespace watchglass::security
