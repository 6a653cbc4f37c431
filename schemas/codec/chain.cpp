// SPDX-License-Identifier: Apache-2.0
#include "schemas/codec/chain.h"

#include <algorithm>

#include "libs/security/digest.h"

namespace watchglass::codec {
namespace {

std::uint8_t* put_big_endian(std::uint8_t* out, std::uint64_t n) {
    for (int shift = 56; shift >= 0; shift -= 8) *out++ = static_cast<std::uint8_t>(n >> shift);
    return out;
}

}  // namespace

Chain next_chain(const Chain& prev, const StreamId& stream, StreamSeq seq, ByteSpan body) {
    std::array<std::uint8_t, std::tuple_size_v<Chain> + 1 + 8 + 8> head{};
    std::uint8_t* out = std::copy(prev.begin(), prev.end(), head.data());
    *out++ = static_cast<std::uint8_t>(stream.lane);
    out = put_big_endian(out, stream.epoch.value());
    put_big_endian(out, seq.value());

    security::Sha256Stream digest;
    digest.update(head);
    digest.update(body);
    const security::Sha256 whole = digest.finish();
    Chain chain{};
    std::copy_n(whole.begin(), chain.size(), chain.begin());
    return chain;
}

Chain chain_after(const Envelope& envelope) {
    if (const auto* gap = std::get_if<Gap>(&envelope.content)) return gap->chain_at_to;
    return next_chain(envelope.prev_chain, envelope.stream, envelope.seq, std::get<Bytes>(envelope.content));
}

}  // namespace watchglass::codec
