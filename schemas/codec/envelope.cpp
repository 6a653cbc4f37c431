// SPDX-License-Identifier: Apache-2.0
#include "schemas/codec/envelope.h"

#include "schemas/codec/limits.h"
#include "schemas/codec/protobuf_bytes.h"
#include "schemas/proto/envelope.pb.h"

namespace watchglass::codec {
namespace {

constexpr std::uint32_t known_format = 1;

Result<Gap> read_gap(const v1::Gap& in, std::uint64_t from) {
    if (in.to() < from) return refused(codes::malformed, "A gap ends before it begins.");
    const auto cause =
        to_enumeration(in.cause(), GapCause::journal_full, GapCause::transferred, "cause of a gap");
    if (!cause) return failed(cause);
    const auto chain = to_chain(in.chain_at_to());
    if (!chain) return failed(chain);
    return Gap{StreamSeq{in.to()}, *cause, *chain, in.changes_lost()};
}

void write_gap(const Gap& gap, v1::Gap& out) {
    out.set_to(gap.to.value());
    out.set_cause(static_cast<std::uint32_t>(gap.cause));
    out.set_chain_at_to(to_string(gap.chain_at_to));
    out.set_changes_lost(gap.changes_lost);
}

}  // namespace

Result<Bytes> encode_envelope(const Envelope& envelope) {
    v1::Envelope out;
    out.set_format(envelope.format);
    out.set_lane(static_cast<std::uint32_t>(envelope.stream.lane));
    out.set_epoch(envelope.stream.epoch.value());
    out.set_seq(envelope.seq.value());
    out.set_prev_chain(to_string(envelope.prev_chain));
    out.set_possible_repeat(envelope.possible_repeat);
    if (const auto* gap = std::get_if<Gap>(&envelope.content)) {
        write_gap(*gap, *out.mutable_gap());
    } else {
        const Bytes& body = std::get<Bytes>(envelope.content);
        out.set_body(body.data(), body.size());
    }
    return to_bytes(out, limits::envelope_bytes);
}

Result<Envelope> decode_envelope(ByteSpan bytes) {
    v1::Envelope in;
    if (auto parsed = parse_bytes(bytes, limits::envelope_bytes, in); !parsed)
        return failed(std::move(parsed));
    if (in.format() == 0) return refused(codes::malformed, "It states no format.");
    if (in.format() != known_format) {
        return refused(codes::unknown_format, "It is format " + std::to_string(in.format()) + ".");
    }
    const auto lane = to_enumeration(in.lane(), Lane::telemetry, Lane::events, "lane");
    if (!lane) return failed(lane);
    if (in.seq() == 0) return refused(codes::malformed, "Frames count from 1.");
    const auto chain = to_chain(in.prev_chain());
    if (!chain) return failed(chain);

    Envelope envelope{in.format(), {*lane, Epoch{in.epoch()}}, StreamSeq{in.seq()}, *chain,
                      Bytes{},     in.possible_repeat()};
    if (in.has_gap()) {
        auto gap = read_gap(in.gap(), in.seq());
        if (!gap) return failed(std::move(gap));
        envelope.content = *gap;
    } else if (in.has_body()) {
        envelope.content = Bytes(in.body().begin(), in.body().end());
    } else {
        return refused(codes::malformed, "It has neither a body nor a gap.");
    }
    return envelope;
}

}  // namespace watchglass::codec
