// SPDX-License-Identifier: Apache-2.0
// A certificate request from a stranger, PEM or DER: what is accepted is a key that stands every later check.
#include "libs/security/csr.h"

#include <cstdint>
#include <cstdlib>

#include "libs/security/digest.h"

using namespace watchglass;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteSpan bytes{data, size};
    const auto request = security::read_csr(bytes);
    if (request) {
        if (request->public_key_digest != security::sha256(request->public_key_der)) std::abort();
        if (!security::check_public_key(request->public_key_der)) std::abort();
    }
    static_cast<void>(security::check_public_key(bytes));
    return 0;
}
