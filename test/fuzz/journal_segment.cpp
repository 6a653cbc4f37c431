// SPDX-License-Identifier: Apache-2.0
// A journal's file after whatever a disk did to it: the input as it is, and with every checksum made right, so that
// what stands behind a checksum is reached too.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "device-sdk/src/journal/journal_survey.h"
#include "device-sdk/src/journal/segment.h"
#include "libs/foundation/crc32c.h"

using namespace watchglass;
using namespace watchglass::device;

namespace {

class OneFile final : public DiskFile {
public:
    explicit OneFile(ByteSpan bytes) : bytes_(bytes) {}
    Result<void> write_at(std::uint64_t, ByteSpan) override { std::abort(); }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) override {
        if (offset >= bytes_.size()) return std::size_t{0};
        const ByteSpan rest = bytes_.subspan(static_cast<std::size_t>(offset));
        const std::size_t count = std::min(into.size(), rest.size());
        std::copy_n(rest.begin(), count, into.begin());
        return count;
    }
    Result<void> sync() override { std::abort(); }

private:
    ByteSpan bytes_;
};

void walk(ByteSpan bytes) {
    const auto header = parse_header(bytes);
    if (!header) return;
    const auto scan = scan_segment(*header, bytes);
    if (scan.data_end > bytes.size()) std::abort();
    if (scan.damaged_through && *scan.damaged_through <= scan.committed) std::abort();

    SegmentCursor cursor{std::make_unique<OneFile>(bytes), *header};
    StreamSeq expected = header->first;
    while (true) {
        if (cursor.next() != expected) std::abort();
        const auto entry = cursor.read();
        if (!entry) std::abort();  // the disk answered, so that nothing can have failed
        if (!*entry) return;
        if ((*entry)->seq != expected || (*entry)->last < (*entry)->seq) std::abort();
        expected = StreamSeq{(*entry)->last.value() + 1};
    }
}

/// What a person would be told of the file, alone and as the first of two.
void look(ByteSpan bytes) {
    static const char* const name = "telemetry-00000001-0123456789abcdef-0000000000000001.wgj";
    std::uint64_t at = segment_header_bytes;
    const SegmentSurvey named = survey_segment(name, bytes, [&](const SurveyedRecord& record) {
        if (record.at != at) std::abort();
        at += record.bytes;
    });
    for (const Finding& finding : named.findings) {
        if (finding.at > bytes.size() || finding.text.empty()) std::abort();
    }
    if (named.used > bytes.size()) std::abort();
    SegmentSurvey next = survey_segment("copy", bytes);
    next.header.first = StreamSeq{next.header.first.value() + 7};
    for (const bool whole : {false, true}) {
        const JournalSurvey survey = survey_journal({named, next}, whole);
        for (const StreamSurvey& stream : survey.streams) {
            if (stream.unstored > stream.readable_places()) std::abort();
            if (stream.lost_unstored() > stream.lost_places()) std::abort();
        }
    }
}

void put(Bytes& bytes, std::size_t at, std::uint32_t number) {
    for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(number >> (8 * i));
}

/// docs/formats/journal.md: where checksums stand and what they cover.
Bytes with_right_checksums(Bytes bytes) {
    if (bytes.size() < segment_header_bytes) return bytes;
    constexpr std::size_t check_at = segment_header_bytes - 4;
    put(bytes, check_at, crc32c(ByteSpan{bytes}.first(check_at)));
    std::size_t at = segment_header_bytes;
    while (at + record_header_bytes <= bytes.size()) {
        const ByteSpan rest = ByteSpan{bytes}.subspan(at);
        const std::size_t length =
            rest[0] | std::size_t{rest[1]} << 8 | std::size_t{rest[2]} << 16 | std::size_t{rest[3]} << 24;
        if (length > rest.size() - record_header_bytes) break;
        const std::uint32_t before = crc32c(rest.subspan(8, 1), crc32c(rest.first(4)));
        put(bytes, at + 4, crc32c(rest.subspan(record_header_bytes, length), before));
        at += record_header_bytes + length;
    }
    return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes right = with_right_checksums({data, data + size});
    for (const ByteSpan bytes : {ByteSpan{data, size}, ByteSpan{right}}) {
        walk(bytes);
        look(bytes);
    }
    return 0;
}
