// SPDX-License-Identifier: Apache-2.0
#include "test/faults/support/journal_image.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "device-sdk/src/journal/segment_format.h"
#include "schemas/codec/body.h"
#include <watchglass/dictionaries/pump_test_bench.h>

namespace watchglass::faults {
namespace {

void add(const Body& body, Lane lane, std::vector<Told>& told) {
    for (const Change& change : body.changes)
        told.push_back({lane, change.at.us, static_cast<std::int32_t>(change.parameter.value()), 0,
                        std::get<double>(change.value)});
    for (const Event& event : body.events)
        told.push_back({lane, event.at.us,
                        static_cast<std::int32_t>(event.parameter.value_or(ParameterNumber{}).value()),
                        static_cast<int>(event.kind), event.value.value_or(0)});
}

/// Segments come by name, which is in order of epochs and places, so that the last one decides.
void read_segment(ByteSpan segment, const Dictionary& dictionary, JournalImage& image) {
    const auto header = device::parse_header(segment);
    if (!header) return;
    bool& under_way = image.under_way[static_cast<std::size_t>(header->lane)];
    under_way = true;
    ByteSpan rest = segment.subspan(device::segment_header_bytes);
    while (const auto record = device::parse_record(rest)) {
        rest = rest.subspan(record->bytes);
        under_way = record->type != device::RecordType::closed;
        if (record->type != device::RecordType::frame) continue;
        const auto frame = device::parse_frame(*record);
        if (!frame) continue;
        if (const auto body = codec::decode_body(frame->body, dictionary))
            add(*body, header->lane, image.told);
    }
}

}  // namespace

Files files_in(const std::filesystem::path& directory) {
    Files files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
        std::ifstream in(entry.path(), std::ios::binary);
        files[entry.path().filename().string()] =
            Bytes(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return files;
}

JournalImage read_journal(const Files& files) {
    const auto dictionary = to_dictionary(dictionaries::pump_test_bench::constants);
    JournalImage image;
    for (const auto& [name, bytes] : files)
        if (name.ends_with(".wgj")) read_segment(bytes, dictionary, image);
    return image;
}

void note_synced(std::vector<Life>& lives, const JournalImage& image) {
    lives.back().journal_was_there = image.under_way;
    for (Life& life : lives) {
        std::array<std::size_t, 3> nth{};
        for (const Told& told : life.told) {
            const auto lane = static_cast<std::size_t>(told.lane);
            ++nth[lane];
            if (std::find(image.told.begin(), image.told.end(), told) != image.told.end())
                life.synced[lane] = std::max(life.synced[lane], nth[lane]);
        }
    }
}

}  // namespace watchglass::faults
