// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "schemas/codec/body.h"
#include "schemas/codec/body_columns.h"
#include "schemas/codec/checks.h"
#include "schemas/codec/codes.h"
#include "schemas/codec/limits.h"
#include "schemas/codec/protobuf_bytes.h"
#include "schemas/proto/body.pb.h"

namespace watchglass::codec {
namespace {

using columns::Kind;

tl::unexpected<Failure> short_column(std::string_view column) {
    return refused(codes::malformed, "The column of " + std::string{column} + " has the wrong length.");
}

/// Adds `delta` units to a time; false when the sum is no time. Nothing here may overflow, whatever the bytes say.
bool advance(std::int64_t& time_us, std::int64_t delta, std::int64_t unit_us) {
    std::int64_t step = 0;
    return !__builtin_mul_overflow(delta, unit_us, &step) &&
           !__builtin_add_overflow(time_us, step, &time_us) && time_us >= limits::earliest_us &&
           time_us <= limits::latest_us;
}

/// Walks a column from front to back.
template <class Field>
class Column {
public:
    explicit Column(const Field& field) : next_(field.begin()), end_(field.end()) {}
    [[nodiscard]] bool empty() const { return next_ == end_; }
    const auto& take() { return *next_++; }

private:
    typename Field::const_iterator next_, end_;
};

/// A change's or confirmation's times: keeps the earliest and the latest for the span.
struct Span {
    std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
    std::int64_t latest = std::numeric_limits<std::int64_t>::min();
    void widen(std::int64_t at) {
        earliest = std::min(earliest, at);
        latest = std::max(latest, at);
    }
};

Result<Event> read_event(const Dictionary& dictionary, const v1::Event& in, std::int64_t wall_us) {
    Event event;
    const auto kind = to_enumeration(in.kind(), EventKind::raised, EventKind::state, "kind of event");
    if (!kind) return failed(kind);
    const auto severity = to_enumeration(in.severity(), Severity::info, Severity::alarm, "severity");
    if (!severity) return failed(severity);
    event.kind = *kind;
    event.severity = *severity;
    event.name = in.name();
    if (in.parameter() != 0) event.parameter = ParameterNumber{in.parameter()};
    if (in.has_value()) event.value = in.value();
    event.text = in.text();
    event.at.us = wall_us;
    if (!advance(event.at.us, in.at_us(), 1)) return refused(codes::time_out_of_range);
    if (auto checked = check_event(dictionary, event); !checked) return failed(checked);
    return event;
}

}  // namespace

struct BodyDecoder::State {
    v1::Body message;
    std::vector<std::int64_t> previous;  ///< the last scaled value of each parameter in this frame

    Result<void> read_head(const Dictionary& dictionary, DecodedColumns& out) const;
    Result<void> read_changes(const Dictionary& dictionary, std::int64_t unit_us, Span& span,
                              DecodedColumns& out);
    Result<void> read_confirmations(const Dictionary& dictionary, std::int64_t unit_us, Span& span,
                                    DecodedColumns& out) const;
};

BodyDecoder::BodyDecoder() : state_(std::make_unique<State>()) {}
BodyDecoder::~BodyDecoder() = default;
BodyDecoder::BodyDecoder(BodyDecoder&&) noexcept = default;
BodyDecoder& BodyDecoder::operator=(BodyDecoder&&) noexcept = default;

Result<BodyDecoder::Opened> BodyDecoder::open(ByteSpan body) {
    v1::Body& message = state_->message;
    message.Clear();
    if (auto parsed = parse_bytes(body, limits::body_bytes, message); !parsed)
        return failed(std::move(parsed));
    if (auto name = check_text(message.dictionary(), limits::name_bytes, "dictionary name"); !name) {
        return failed(std::move(name));
    }
    return Opened{message.dictionary(), message.dictionary_version()};
}

Result<void> BodyDecoder::read(const Dictionary& dictionary, DecodedColumns& out) {
    const v1::Body& message = state_->message;
    if (auto head = state_->read_head(dictionary, out); !head) return head;

    if (message.time_unit() >= columns::time_units.size())
        return refused(codes::malformed, "Unknown time unit.");
    const std::int64_t unit_us = columns::time_units[message.time_unit()];
    out.base = out.wall;
    if (!advance(out.base.us, message.base_us(), 1)) return refused(codes::time_out_of_range);

    Span span;
    if (auto changes = state_->read_changes(dictionary, unit_us, span, out); !changes) return changes;
    if (auto confirmations = state_->read_confirmations(dictionary, unit_us, span, out); !confirmations) {
        return confirmations;
    }
    if (span.earliest <= span.latest) {
        if (auto fits = check_span({span.earliest}, {span.latest}); !fits) return fits;
    }

    out.events.clear();
    for (const v1::Event& event : message.events()) {
        auto read = read_event(dictionary, event, out.wall.us);
        if (!read) return failed(std::move(read));
        out.events.push_back(*std::move(read));
    }
    return {};
}

Result<void> BodyDecoder::State::read_head(const Dictionary& dictionary, DecodedColumns& out) const {
    if (message.dictionary() != dictionary.name || message.dictionary_version() != dictionary.version) {
        return refused(codes::unknown_dictionary, "The frame names \"" + message.dictionary() +
                                                      "\" version " +
                                                      std::to_string(message.dictionary_version()) + ".");
    }
    const auto count = [](const auto& field) { return static_cast<std::size_t>(field.size()); };
    if (auto counts =
            check_counts(count(message.keys()), count(message.confirmed()), count(message.events()));
        !counts) {
        return counts;
    }
    if (auto sub = check_text(message.sub_device(), limits::name_bytes, "sub-device"); !sub) return sub;
    out.sub_device = message.sub_device();
    out.boot = BootId{message.boot()};
    if (message.monotonic_us() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return refused(codes::malformed, "The monotonic time is too large.");
    }
    out.monotonic = Microseconds{static_cast<std::int64_t>(message.monotonic_us())};
    out.wall = WallTime{message.wall_us()};
    if (auto wall = check_time(out.wall); !wall) return wall;
    const auto quality = to_enumeration(message.clock_quality(), ClockQuality::unknown,
                                        ClockQuality::synchronized, "clock quality");
    if (!quality) return failed(quality);
    out.clock_quality = *quality;
    out.snapshot = message.snapshot();
    return {};
}

Result<void> BodyDecoder::State::read_changes(const Dictionary& dictionary, std::int64_t unit_us, Span& span,
                                              DecodedColumns& out) {
    previous.assign(dictionary.parameters.size(), 0);

    const auto changes = static_cast<std::size_t>(message.keys_size());
    out.parameters.resize(changes);
    out.offsets_us.resize(changes);
    out.values.resize(changes);
    out.texts.clear();
    if (message.texts_size() > 0) out.texts.resize(changes);
    Column keys{message.keys()};
    Column times{message.time_deltas()};
    Column scaled{message.scaled()};
    Column raw{message.raw()};
    Column texts{message.texts()};
    std::int64_t at = out.base.us;

    for (std::size_t i = 0; i < changes; ++i) {
        const std::uint32_t key = keys.take();
        const auto kind = static_cast<Kind>(key & columns::kind_mask);
        const ParameterNumber number{key >> columns::kind_bits};
        const ParameterDefinition* parameter = dictionary.find(number);
        if (parameter == nullptr) return failed(known_parameter(dictionary, number));

        if (kind != Kind::scaled_same_time) {
            if (times.empty()) return short_column("time deltas");
            if (!advance(at, times.take(), unit_us)) return refused(codes::time_out_of_range);
        }
        double value = 0;
        const bool is_text = parameter->type == ParameterType::text;
        const bool is_number = parameter->type == ParameterType::number;
        if (is_text != (kind == Kind::text) || (kind == Kind::raw && !is_number)) {
            return refused(codes::wrong_type, "Parameter " + parameter->name + " is of type " +
                                                  std::string{to_text(parameter->type)} + ".");
        }
        if (kind == Kind::text) {
            if (texts.empty()) return short_column("texts");
            const std::string& text = texts.take();
            if (auto ok = check_text(text, limits::text_value_bytes, parameter->name); !ok) return ok;
            out.texts[i] = text;
        } else if (kind == Kind::raw) {
            if (raw.empty()) return short_column("raw values");
            value = raw.take();
            if (!std::isfinite(value)) return failed(check_number(*parameter, value));
        } else {
            if (scaled.empty()) return short_column("scaled values");
            std::int64_t& steps =
                previous[static_cast<std::size_t>(parameter - dictionary.parameters.data())];
            const Resolution resolution = is_number ? parameter->resolution : Resolution{};
            if (__builtin_add_overflow(steps, scaled.take(), &steps) || !resolution.valid_steps(steps)) {
                return refused(codes::malformed,
                               "A value of " + parameter->name + " is too large for its resolution.");
            }
            value = resolution.value(steps);
            if (!is_number) {
                if (auto ok = check_number(*parameter, value); !ok) return ok;
            }
        }
        span.widen(at);
        out.parameters[i] = static_cast<std::int32_t>(number.value());
        out.offsets_us[i] = at - out.base.us;
        out.values[i] = value;
    }
    if (!times.empty() || !scaled.empty() || !raw.empty() || !texts.empty()) return short_column("keys");
    return {};
}

Result<void> BodyDecoder::State::read_confirmations(const Dictionary& dictionary, std::int64_t unit_us,
                                                    Span& span, DecodedColumns& out) const {
    out.confirmed.clear();
    out.confirmed_offsets_us.clear();
    Column times{message.confirmed_time_deltas()};
    std::int64_t at = out.base.us;
    for (const std::uint32_t entry : message.confirmed()) {
        const ParameterNumber number{entry >> 1};
        if (dictionary.find(number) == nullptr) return failed(known_parameter(dictionary, number));
        if ((entry & columns::own_time_bit) != 0) {
            if (times.empty()) return short_column("confirmed times");
            if (!advance(at, times.take(), unit_us)) return refused(codes::time_out_of_range);
        }
        span.widen(at);
        out.confirmed.push_back(static_cast<std::int32_t>(number.value()));
        out.confirmed_offsets_us.push_back(at - out.base.us);
    }
    if (!times.empty()) return short_column("confirmed times");
    return {};
}

}  // namespace watchglass::codec
