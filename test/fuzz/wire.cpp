// SPDX-License-Identifier: Apache-2.0
// Everything that arrives over MQTT. The first byte chooses the decoder, the rest is its input.
#include <cstdint>
#include <cstdlib>

#include "schemas/codec/body.h"
#include "schemas/codec/checks.h"
#include "schemas/codec/envelope.h"
#include "schemas/codec/session.h"
#include "test/unit/schemas/sample_bodies.h"

using namespace watchglass;

namespace {

void must(bool holds) {
    if (!holds) std::abort();
}

/// What a decoder accepts can be said again and is then understood as the same.
template <class Decode, class Encode>
void says_again(ByteSpan bytes, Decode decode, Encode encode) {
    const auto value = decode(bytes);
    if (!value) return;
    const auto again = encode(*value);
    must(again && decode(*again).value() == *value);
}

void try_body(ByteSpan bytes) {
    static const Dictionary dictionary = test::mixed_dictionary();
    const auto body = codec::decode_body(bytes, dictionary);
    if (!body) return;
    must(codec::check_body(dictionary, *body).has_value());
    // Written again it may grow past the limit: foreign bytes may use one time unit where ours need a finer one.
    const auto again = codec::encode_body(*body, dictionary);
    if (again) must(codec::decode_body(*again, dictionary).value() == *body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const ByteSpan bytes{data + 1, size - 1};
    switch (data[0] % 5) {
        case 0: try_body(bytes); break;
        case 1: says_again(bytes, codec::decode_envelope, codec::encode_envelope); break;
        case 2: says_again(bytes, codec::decode_hello, codec::encode_hello); break;
        case 3: says_again(bytes, codec::decode_stored, codec::encode_stored); break;
        default: says_again(bytes, codec::decode_status, codec::encode_status); break;
    }
    return 0;
}
