// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/journal/segment_format.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "device-sdk/src/journal/codes.h"
#include "libs/foundation/crc32c.h"
#include "libs/foundation/version.h"

namespace watchglass::device {
namespace {

/// Beyond this a place cannot be counted on (signed 64-bit columns, and +1 must not wrap).
constexpr std::uint64_t most_places = std::uint64_t{1} << 62;

constexpr std::string_view magic = "WGJOURNL";

class Writer {
public:
    void u8(std::uint8_t v) { out_.push_back(v); }
    void u32(std::uint32_t v) { number(v, 4); }
    void u64(std::uint64_t v) { number(v, 8); }
    void raw(ByteSpan bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
    Bytes take() { return std::move(out_); }
    [[nodiscard]] ByteSpan written() const { return out_; }

private:
    void number(std::uint64_t v, int bytes) {
        for (int i = 0; i < bytes; ++i) out_.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
    }
    Bytes out_;
};

/// Reads within its bytes; anything beyond them is zero and remembered.
class Reader {
public:
    explicit Reader(ByteSpan bytes) : bytes_(bytes) {}
    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    std::uint64_t u64() { return number(8); }
    Chain chain() {
        Chain value{};
        if (bytes_.size() < value.size()) return fail(), value;
        std::copy_n(bytes_.begin(), value.size(), value.begin());
        bytes_ = bytes_.subspan(value.size());
        return value;
    }
    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] ByteSpan rest() const { return bytes_; }

private:
    void fail() {
        good_ = false;
        bytes_ = {};
    }
    std::uint64_t number(std::size_t size) {
        if (bytes_.size() < size) return fail(), 0;
        std::uint64_t v = 0;
        for (std::size_t i = 0; i < size; ++i) v |= std::uint64_t{bytes_[i]} << (8 * i);
        bytes_ = bytes_.subspan(size);
        return v;
    }
    ByteSpan bytes_;
    bool good_ = true;
};

std::uint32_t record_crc(std::uint32_t length, RecordType type, ByteSpan payload) {
    Writer covered;
    covered.u32(length);
    covered.u8(static_cast<std::uint8_t>(type));
    return crc32c(payload, crc32c(covered.written()));
}

Bytes record(RecordType type, ByteSpan payload) {
    const auto length = static_cast<std::uint32_t>(payload.size());
    Writer out;
    out.u32(length);
    out.u32(record_crc(length, type, payload));
    out.u8(static_cast<std::uint8_t>(type));
    out.raw(payload);
    return out.take();
}

std::optional<GapCause> gap_cause(std::uint8_t number) {
    if (number < 1 || number > static_cast<std::uint8_t>(GapCause::transferred)) return std::nullopt;
    return static_cast<GapCause>(number);
}

}  // namespace

Bytes encode_header(const SegmentHeader& header) {
    Writer out;
    out.raw(as_bytes(magic));
    out.u32(static_cast<std::uint32_t>(journal_version));
    out.u32(static_cast<std::uint32_t>(header.lane));
    out.u32(header.ordinal);
    out.u32(0);
    out.u64(header.epoch.value());
    out.u64(header.first.value());
    out.raw(header.prev_chain);
    out.u64(static_cast<std::uint64_t>(header.created.us));
    out.u32(crc32c(out.written()));
    return out.take();
}

Result<SegmentHeader> parse_header(ByteSpan bytes) {
    const auto refuse = [](const Code& code, std::string why) {
        return failed(Failure{code, Next::tell_operator, std::move(why), {}});
    };
    if (bytes.size() < segment_header_bytes) return refuse(codes::journal_malformed, "It is too short.");
    if (as_text(bytes.first(magic.size())) != magic)
        return refuse(codes::journal_malformed, "Its first bytes differ.");
    Reader in{bytes.subspan(magic.size())};
    const std::uint32_t format = in.u32();
    if (crc32c(bytes.first(segment_header_bytes - 4)) !=
        Reader{bytes.subspan(segment_header_bytes - 4)}.u32()) {
        return refuse(codes::journal_malformed, "Its header is damaged.");
    }
    if (format > static_cast<std::uint32_t>(journal_version)) {
        return refuse(codes::journal_newer, fmt::format("It has format {}.", format));
    }
    SegmentHeader header;
    const std::uint32_t lane = in.u32();
    header.ordinal = in.u32();
    in.u32();
    header.epoch = Epoch{in.u64()};
    header.first = StreamSeq{in.u64()};
    header.prev_chain = in.chain();
    header.created = WallTime{static_cast<std::int64_t>(in.u64())};
    const bool possible = format >= 1 && (lane == 1 || lane == 2) && header.ordinal > 0 &&
                          header.first.value() > 0 && header.first.value() <= most_places;
    if (!possible) return refuse(codes::journal_malformed, "Its header says what cannot be.");
    header.lane = static_cast<Lane>(lane);
    return header;
}

std::string segment_name(const SegmentHeader& header) {
    return fmt::format("{}-{:08x}-{:016x}-{:016x}.wgj", to_text(header.lane), header.ordinal,
                       header.epoch.value(), header.first.value());
}

std::optional<SegmentHeader> parse_segment_name(std::string_view name) {
    SegmentHeader header;
    for (const Lane lane : {Lane::telemetry, Lane::events}) {
        const std::string_view prefix = to_text(lane);
        if (!name.starts_with(prefix)) continue;
        header.lane = lane;
        name.remove_prefix(prefix.size());
        std::uint64_t numbers[3] = {};
        constexpr std::size_t digits[3] = {8, 16, 16};
        for (int i = 0; i < 3; ++i) {
            if (name.size() < 1 + digits[i] || name.front() != '-') return std::nullopt;
            const char* first = name.data() + 1;
            const char* last = first + digits[i];
            const auto [end, error] = std::from_chars(first, last, numbers[i], 16);
            if (error != std::errc{} || end != last) return std::nullopt;
            name.remove_prefix(1 + digits[i]);
        }
        header.ordinal = static_cast<std::uint32_t>(numbers[0]);
        header.epoch = Epoch{numbers[1]};
        header.first = StreamSeq{numbers[2]};
        if (name != ".wgj" || header.ordinal == 0 || numbers[2] == 0 || numbers[2] > most_places)
            return std::nullopt;
        return header;
    }
    return std::nullopt;
}

bool agree(const SegmentHeader& a, const SegmentHeader& b) {
    return a.lane == b.lane && a.ordinal == b.ordinal && a.epoch == b.epoch && a.first == b.first;
}

Bytes encode_frame_record(StreamSeq seq, std::uint32_t changes, ByteSpan body, bool possible_repeat) {
    Writer payload;
    payload.u64(seq.value());
    payload.u32(changes);
    payload.raw(body);
    return record(possible_repeat ? RecordType::repeat : RecordType::frame, payload.written());
}

Bytes encode_record(const GapRecord& gap) {
    Writer payload;
    payload.u64(gap.from.value());
    payload.u64(gap.gap.to.value());
    payload.u8(static_cast<std::uint8_t>(gap.gap.cause));
    payload.u64(gap.gap.changes_lost);
    payload.raw(gap.gap.chain_at_to);
    return record(RecordType::gap, payload.written());
}

Bytes encode_record(const CommitRecord& commit) {
    Writer payload;
    payload.u64(commit.synced_through.value());
    return record(RecordType::commit, payload.written());
}

Bytes encode_record(const StreamRecord& stream) {
    Writer payload;
    payload.u32(stream.ordinal);
    payload.u64(stream.epoch.value());
    payload.u64(stream.stored_through.value());
    payload.raw(stream.stored_chain);
    payload.u64(stream.history);
    payload.u64(stream.dropped_through.value());
    payload.raw(stream.chain_at_dropped);
    payload.u64(stream.changes_lost);
    payload.u8(static_cast<std::uint8_t>(stream.cause));
    const Fork fork = stream.fork.value_or(Fork{});
    payload.u32(fork.into_ordinal);
    payload.u64(fork.into_epoch.value());
    payload.u64(fork.cut.value());
    payload.raw(fork.cut_chain);
    payload.u64(fork.certain.value());
    payload.u64(fork.moved_through.value());
    return record(RecordType::stream, payload.written());
}

Bytes encode_record(const ClosedRecord& closed) {
    Writer payload;
    payload.u64(static_cast<std::uint64_t>(closed.at.us));
    return record(RecordType::closed, payload.written());
}

bool is_end(ByteSpan bytes) {
    if (bytes.size() < record_header_bytes) return true;
    return std::all_of(bytes.begin(), bytes.begin() + record_header_bytes,
                       [](std::uint8_t b) { return b == 0; });
}

std::optional<RawRecord> parse_record(ByteSpan bytes) {
    if (is_end(bytes)) return std::nullopt;
    Reader in{bytes};
    const std::uint32_t length = in.u32();
    const std::uint32_t crc = in.u32();
    const std::uint8_t type = in.u8();
    if (length > in.rest().size()) return std::nullopt;
    const ByteSpan payload = in.rest().first(length);
    if (record_crc(length, static_cast<RecordType>(type), payload) != crc) return std::nullopt;
    return RawRecord{static_cast<RecordType>(type), payload, record_header_bytes + length};
}

bool takes_place(RecordType type) {
    return type == RecordType::frame || type == RecordType::gap || type == RecordType::repeat;
}

std::optional<FrameRecord> parse_frame(const RawRecord& record) {
    if (record.type != RecordType::frame && record.type != RecordType::repeat) return std::nullopt;
    Reader in{record.payload};
    FrameRecord frame;
    frame.possible_repeat = record.type == RecordType::repeat;
    frame.seq = StreamSeq{in.u64()};
    frame.changes = in.u32();
    frame.body = in.rest();
    if (!in.good() || frame.seq.value() == 0 || frame.seq.value() > most_places) return std::nullopt;
    return frame;
}

std::optional<GapRecord> parse_gap(ByteSpan payload) {
    Reader in{payload};
    GapRecord record;
    record.from = StreamSeq{in.u64()};
    record.gap.to = StreamSeq{in.u64()};
    const auto cause = gap_cause(in.u8());
    record.gap.changes_lost = in.u64();
    record.gap.chain_at_to = in.chain();
    if (!in.good() || !cause || record.from.value() == 0 || record.gap.to < record.from) return std::nullopt;
    if (record.gap.to.value() > most_places) return std::nullopt;
    record.gap.cause = *cause;
    return record;
}

std::optional<CommitRecord> parse_commit(ByteSpan payload) {
    Reader in{payload};
    const CommitRecord commit{StreamSeq{in.u64()}};
    if (!in.good() || !in.rest().empty()) return std::nullopt;
    return commit;
}

std::optional<StreamRecord> parse_stream(ByteSpan payload) {
    Reader in{payload};
    StreamRecord stream;
    stream.ordinal = in.u32();
    stream.epoch = Epoch{in.u64()};
    stream.stored_through = StreamSeq{in.u64()};
    stream.stored_chain = in.chain();
    stream.history = in.u64();
    stream.dropped_through = StreamSeq{in.u64()};
    stream.chain_at_dropped = in.chain();
    stream.changes_lost = in.u64();
    const auto cause = gap_cause(in.u8());
    Fork fork;
    fork.into_ordinal = in.u32();
    fork.into_epoch = Epoch{in.u64()};
    fork.cut = StreamSeq{in.u64()};
    fork.cut_chain = in.chain();
    fork.certain = StreamSeq{in.u64()};
    fork.moved_through = StreamSeq{in.u64()};
    if (!in.good() || !cause || stream.ordinal == 0) return std::nullopt;
    stream.cause = *cause;
    if (fork.into_ordinal != 0) stream.fork = fork;
    return stream;
}

std::optional<ClosedRecord> parse_closed(ByteSpan payload) {
    Reader in{payload};
    const ClosedRecord closed{WallTime{static_cast<std::int64_t>(in.u64())}};
    if (!in.good() || !in.rest().empty()) return std::nullopt;
    return closed;
}

std::optional<FoundCommit> find_commit(ByteSpan bytes) {
    std::optional<FoundCommit> highest;
    constexpr std::uint8_t type = static_cast<std::uint8_t>(RecordType::commit);
    for (std::size_t at = 0; at + record_header_bytes + 8 <= bytes.size(); ++at) {
        // Length 8 and the type, before the costly CRC.
        if (bytes[at] != 8 || bytes[at + 8] != type || bytes[at + 1] || bytes[at + 2] || bytes[at + 3])
            continue;
        const auto found = parse_record(bytes.subspan(at));
        if (!found) continue;
        const auto commit = parse_commit(found->payload);
        if (commit && (!highest || highest->commit.synced_through < commit->synced_through))
            highest = {*commit, at + found->bytes};
    }
    return highest;
}

}  // namespace watchglass::device
