// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/truth.h"

#include <algorithm>
#include <charconv>

#include "schemas/codec/body.h"
#include "schemas/codec/chain.h"

namespace watchglass::simulation {

const Dictionary& bench_dictionary() {
    static const Dictionary dictionary = [] {
        Dictionary bench;
        bench.name = "bench";
        bench.description = "A bench.";
        ParameterDefinition count;
        count.number = count_parameter;
        count.name = "count";
        count.type = ParameterType::integer;
        ParameterDefinition ballast;
        ballast.number = ballast_parameter;
        ballast.name = "ballast";
        ballast.type = ParameterType::text;
        bench.parameters = {count, ballast};
        bench.alarms = {{1, std::string{alarm_name}, "It is stuck."}};
        return bench;
    }();
    return dictionary;
}

std::vector<ReadingId> readings_in(const Body& body) {
    std::vector<ReadingId> ids;
    for (const Change& change : body.changes) {
        if (change.parameter == count_parameter)
            ids.push_back(static_cast<ReadingId>(std::get<double>(change.value)));
    }
    for (const Event& event : body.events) {
        ReadingId id = 0;
        const char* end = event.text.data() + event.text.size();
        if (std::from_chars(event.text.data(), end, id).ptr == end && !event.text.empty()) ids.push_back(id);
    }
    return ids;
}

Durable& Ledger::add(Durable place) {
    auto& there = by_seq_[{place.stream, place.seq}];
    for (Durable* known : there) {
        if (known->chain == place.chain && known->last == place.last && known->gap == place.gap)
            return *known;
    }
    places_.push_back(std::move(place));
    there.push_back(&places_.back());
    return places_.back();
}

const Durable* Ledger::find(const StreamId& stream, StreamSeq seq, const Chain& chain) const {
    const auto there = by_seq_.find({stream, seq});
    if (there == by_seq_.end()) return nullptr;
    for (const Durable* place : there->second) {
        if (place->chain == chain) return place;
    }
    return nullptr;
}

void Witness::durable(const Platter::File& file) {
    if (!file.durable_name.ends_with(".wgj")) return;
    Image::Read& read = image_.files[file.number];
    const ByteSpan bytes{file.synced};
    if (!read.begun) {
        const auto header = device::parse_header(bytes);
        if (!header) return;
        read.begun = true;
        read.offset = device::segment_header_bytes;
        read.stream = {header->lane, header->epoch};
        read.next = header->first;
        read.chain = header->prev_chain;
    }
    while (const auto raw = device::parse_record(bytes.subspan(read.offset))) {
        enter(read, *raw);
        read.offset += raw->bytes;
    }
}

void Witness::enter(Image::Read& read, const device::RawRecord& raw) {
    Durable place;
    place.stream = read.stream;
    place.seq = read.next;
    if (raw.type == device::RecordType::gap) {
        const auto gap = device::parse_gap(raw.payload);
        if (!gap || gap->from != read.next) return;
        place.last = gap->gap.to;
        place.chain = gap->gap.chain_at_to;
        place.gap = gap->gap.cause;
    } else if (device::takes_place(raw.type)) {
        const auto frame = device::parse_frame(raw);
        if (!frame || frame->seq != read.next) return;
        place.last = frame->seq;
        place.chain = codec::next_chain(read.chain, read.stream, frame->seq, frame->body);
        if (const auto body = codec::decode_body(frame->body, bench_dictionary())) {
            place.snapshot = body->snapshot;
            place.readings = readings_in(*body);
        }
    } else {
        return;
    }
    read.next = StreamSeq{place.last.value() + 1};
    read.chain = place.chain;
    Durable& entered = ledger_->add(std::move(place));
    read.places.push_back(&entered);
    entered.rotten = entered.rotten || read.rotten;
    if (lucky_) {
        image_.by_luck.push_back(&entered);
    } else if (std::find(image_.held.begin(), image_.held.end(), &entered) == image_.held.end()) {
        image_.held.push_back(&entered);
        ++entered.holders;
    }
}

void Witness::removed(const Platter::File& file) {
    const auto read = image_.files.find(file.number);
    if (read == image_.files.end() || !file.durable_name.ends_with(".wgj")) return;
    for (Durable* place : read->second.places) place->removed = true;
}

void Witness::rotted(const Platter::File& file) {
    Image::Read& read = image_.files[file.number];
    read.rotten = true;
    for (Durable* place : read.places) place->rotten = true;
}

void Witness::survived(const Platter& platter) {
    lucky_ = true;
    for (const auto& [name, file] : platter.names) durable(*file);
    lucky_ = false;
}

void Witness::become(const Image& image) {
    for (Durable* place : image.held) ++place->holders;
    for (Durable* place : image_.held) --place->holders;
    image_ = image;
}

bool Witness::holds(const StreamId& stream, StreamSeq seq, const Chain& chain) const {
    const Durable* place = ledger_->find(stream, seq, chain);
    const auto among = [&](const std::vector<Durable*>& places) {
        return std::find(places.begin(), places.end(), place) != places.end();
    };
    return place != nullptr && (among(image_.held) || among(image_.by_luck));
}

std::uint64_t Witness::gaps_of(GapCause cause) const {
    return static_cast<std::uint64_t>(std::count_if(
        image_.held.begin(), image_.held.end(), [&](const Durable* place) { return place->gap == cause; }));
}

}  // namespace watchglass::simulation
