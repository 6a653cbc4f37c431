// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/decode.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "schemas/codec/body.h"
#include "schemas/codec/chain.h"
#include "schemas/codec/codes.h"
#include "schemas/codec/envelope.h"
#include "schemas/codec/quarantine_reasons.h"
#include "schemas/codec/session.h"
#include "schemas/topics/topics.h"

namespace watchglass::ingest {
namespace {

using topics::Channel;

/// A message whose sender is known.
struct Letter {
    const Arrival& arrival;
    const DeviceId& device;
    const Registration& sender;
    Channel channel;
};

Lane lane_of(Channel channel) { return channel == Channel::up_events ? Lane::events : Lane::telemetry; }

Failure wrong(const Code& code, std::string detail) { return {code, Next::give_up, std::move(detail), {}}; }

/// Columns as storage wants them: counted from the earliest time, texts beside NaN.
ReadableBody readable_from(const codec::DecodedColumns& columns, storage::DictionaryNumber dictionary) {
    std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
    for (const std::int64_t offset : columns.offsets_us) earliest = std::min(earliest, offset);
    for (const std::int64_t offset : columns.confirmed_offsets_us) earliest = std::min(earliest, offset);
    if (columns.offsets_us.empty() && columns.confirmed_offsets_us.empty()) earliest = 0;
    const auto offsets = [&](const std::vector<std::int64_t>& from, std::vector<std::int32_t>& to) {
        to.reserve(from.size());
        for (const std::int64_t offset : from) to.push_back(static_cast<std::int32_t>(offset - earliest));
    };
    const auto numbers = [](const std::vector<std::int32_t>& from, std::vector<std::int16_t>& to) {
        to.reserve(from.size());
        for (const std::int32_t parameter : from) to.push_back(static_cast<std::int16_t>(parameter));
    };

    ReadableBody body;
    body.dictionary = dictionary;
    body.sub_device = std::string(columns.sub_device);
    body.boot = columns.boot;
    body.monotonic = columns.monotonic;
    body.wall = columns.wall;
    body.clock_quality = columns.clock_quality;
    body.base = WallTime{columns.base.us + earliest};
    numbers(columns.parameters, body.parameters);
    offsets(columns.offsets_us, body.offsets_us);
    numbers(columns.confirmed, body.confirmed);
    offsets(columns.confirmed_offsets_us, body.confirmed_offsets_us);
    body.numbers = columns.values;
    body.texts.reserve(columns.texts.size());
    for (std::size_t i = 0; i < columns.texts.size(); ++i) {
        const bool text = columns.texts[i].data() != nullptr;
        if (text) body.numbers[i] = std::numeric_limits<double>::quiet_NaN();
        body.texts.push_back(text ? std::optional<std::string>(columns.texts[i]) : std::nullopt);
    }
    body.events = columns.events;
    return body;
}

}  // namespace

struct Decoder::State {
    DeviceRegistry& devices;
    DictionaryShelf& dictionaries;
    codec::BodyDecoder bodies;
    codec::DecodedColumns columns;

    using Content = decltype(Frame::content);

    /// The body, or why it has to go to quarantine. A Failure: the dictionaries could not be asked.
    Result<Content> read_body(TenantNumber tenant, ByteSpan bytes) {
        const auto refused = [](const Failure& f) -> Content { return RefusedBody{f.code, f.detail}; };
        const auto opened = bodies.open(bytes);
        if (!opened) return refused(opened.error());
        const auto shelved = dictionaries.find(tenant, opened->dictionary, opened->version);
        if (!shelved) return failed(shelved);
        if (*shelved == nullptr) {
            return refused(
                wrong(codec::codes::unknown_dictionary,
                      std::string(opened->dictionary) + " version " + std::to_string(opened->version) + "."));
        }
        if (const auto read = bodies.read((*shelved)->dictionary, columns); !read)
            return refused(read.error());
        return Content{readable_from(columns, (*shelved)->number)};
    }

    Result<Frame> read_frame(const Letter& letter, const Envelope& envelope) {
        Frame frame{.device = letter.device,
                    .owner = letter.sender.owner,
                    .keeping = letter.sender.keeping,
                    .topic = letter.arrival.topic,
                    .received = letter.arrival.received,
                    .stream = envelope.stream,
                    .seq = envelope.seq,
                    .through = envelope.seq,
                    .prev_chain = envelope.prev_chain,
                    .chain = codec::chain_after(envelope),
                    .possible_repeat = envelope.possible_repeat,
                    .content = RefusedBody{},
                    .payload = {}};
        if (const auto* gap = std::get_if<Gap>(&envelope.content)) {
            frame.through = gap->to;
            frame.possible_repeat = false;  // nothing can be stored twice of what is not there
            frame.content = *gap;
            return frame;
        }
        auto content = read_body(letter.sender.owner.tenant, std::get<Bytes>(envelope.content));
        if (!content) return failed(content);
        frame.content = std::move(*content);
        return frame;
    }
};

Decoder::Decoder(DeviceRegistry& devices, DictionaryShelf& dictionaries)
    : state_(new State{devices, dictionaries, {}, {}}) {}
Decoder::~Decoder() = default;

namespace {

/// An envelope that stands where it may: on its lane's topic, at a possible place.
Result<Envelope> read_envelope(const Letter& letter) {
    auto envelope = codec::decode_envelope(letter.arrival.payload);
    if (!envelope) return envelope;
    if (envelope->stream.lane != lane_of(letter.channel)) return failed(wrong(codec::codes::wrong_lane, ""));
    const auto* gap = std::get_if<Gap>(&envelope->content);
    if (envelope->seq == StreamSeq{} || (gap != nullptr && gap->to < envelope->seq) ||
        (gap != nullptr ? gap->to : envelope->seq).value() > std::numeric_limits<std::int64_t>::max()) {
        return failed(
            wrong(codec::codes::bad_position, "Frame " + std::to_string(envelope->seq.value()) + "."));
    }
    return envelope;
}

}  // namespace

namespace {

/// What a batch had before: it gets that back when a decode has to be given up.
class Mark {
public:
    explicit Mark(Batch& batch)
        : batch_(batch),
          frames_(batch.frames.size()),
          greetings_(batch.greetings.size()),
          unreadable_(batch.unreadable.size()) {}
    void take_back() {
        batch_.frames.erase(batch_.frames.begin() + static_cast<std::ptrdiff_t>(frames_),
                            batch_.frames.end());
        batch_.greetings.erase(batch_.greetings.begin() + static_cast<std::ptrdiff_t>(greetings_),
                               batch_.greetings.end());
        batch_.unreadable.erase(batch_.unreadable.begin() + static_cast<std::ptrdiff_t>(unreadable_),
                                batch_.unreadable.end());
    }
    [[nodiscard]] std::size_t frames() const { return frames_; }
    [[nodiscard]] std::size_t unreadable() const { return unreadable_; }

private:
    Batch& batch_;
    std::size_t frames_, greetings_, unreadable_;
};

}  // namespace

Result<void> Decoder::decode(std::vector<Arrival>& arrivals, Batch& batch) {
    dropped_.clear();
    Mark before{batch};
    std::vector<std::optional<topics::Parsed>> parsed;
    std::vector<DeviceId> ids;
    for (const Arrival& arrival : arrivals) {
        parsed.push_back(topics::parse(arrival.topic));
        if (parsed.back()) ids.push_back(parsed.back()->device);
    }
    const auto senders = state_->devices.look_up(ids);
    if (!senders) return failed(senders);

    // Payloads move only when nothing can fail any more.
    std::vector<std::size_t> frame_from, unreadable_from;
    std::size_t next_sender = 0;
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
        const Arrival& arrival = arrivals[i];
        const auto aside = [&](const std::optional<DeviceKey>& owner, const Failure& why) {
            batch.unreadable.push_back({owner, arrival.topic, arrival.received, why.code, why.detail, {}});
            unreadable_from.push_back(i);
        };
        if (!parsed[i]) {
            aside(std::nullopt, wrong(codec::codes::foreign_topic, arrival.topic));
            continue;
        }
        const std::optional<Registration>& sender = (*senders)[next_sender++];
        if (!sender) {
            aside(std::nullopt, wrong(codec::codes::unknown_device, parsed[i]->device.text()));
            continue;
        }
        if (!sender->may_report) {  // its journal keeps everything until it may
            dropped_.push_back({codec::codes::device_not_active});
            continue;
        }
        const Letter letter{arrival, parsed[i]->device, *sender, parsed[i]->channel};
        if (letter.channel == Channel::up_hello) {
            auto hello = codec::decode_hello(arrival.payload);
            if (hello) {
                batch.greetings.push_back(
                    {letter.device, sender->owner, arrival.received, std::move(*hello)});
            } else {
                aside(sender->owner, hello.error());
            }
        } else if (letter.channel == Channel::up_telemetry || letter.channel == Channel::up_events) {
            const auto envelope = read_envelope(letter);
            if (!envelope) {
                aside(sender->owner, envelope.error());
                continue;
            }
            auto frame = state_->read_frame(letter, *envelope);
            if (!frame) {
                before.take_back();
                return failed(frame);
            }
            batch.frames.push_back(std::move(*frame));
            frame_from.push_back(i);
        } else {
            aside(sender->owner, wrong(codec::codes::foreign_topic, arrival.topic));
        }
    }
    for (std::size_t n = 0; n < frame_from.size(); ++n) {
        batch.frames[before.frames() + n].payload = std::move(arrivals[frame_from[n]].payload);
    }
    for (std::size_t n = 0; n < unreadable_from.size(); ++n) {
        batch.unreadable[before.unreadable() + n].payload = std::move(arrivals[unreadable_from[n]].payload);
    }
    return {};
}

}  // namespace watchglass::ingest
