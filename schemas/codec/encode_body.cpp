// SPDX-License-Identifier: Apache-2.0
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

/// The time that the first change's and the first confirmation's deltas start from.
WallTime base_of(const Body& body) {
    if (!body.changes.empty()) return body.changes.front().at;
    if (!body.confirmations.empty()) return body.confirmations.front().at;
    return body.wall;
}

/// The largest unit that divides every delta of the frame: an instrument that reads every second pays a byte a step.
std::uint32_t time_unit_of(const Body& body) {
    std::uint32_t unit = columns::time_units.size() - 1;
    const auto narrow = [&unit](WallTime before, WallTime at) {
        while (unit > 0 && (at.us - before.us) % columns::time_units[unit] != 0) --unit;
        return at;
    };
    WallTime before = base_of(body);
    for (const Change& change : body.changes) before = narrow(before, change.at);
    before = base_of(body);
    for (const Confirmation& confirmation : body.confirmations) before = narrow(before, confirmation.at);
    return unit;
}

/// Fills the four columns of changes. Every value was checked against its definition before.
class ChangeWriter {
public:
    ChangeWriter(const Dictionary& dictionary, WallTime base, std::int64_t unit_us, v1::Body& out)
        : dictionary_(dictionary),
          before_(base),
          unit_us_(unit_us),
          previous_(dictionary.parameters.size(), 0),
          out_(out) {}

    void write(const Change& change) {
        const ParameterDefinition& parameter = *dictionary_.find(change.parameter);
        if (const auto* text = std::get_if<std::string>(&change.value)) {
            out_.add_texts(*text);
            key(change, Kind::text);
            return;
        }
        const double value = std::get<double>(change.value);
        const auto steps = steps_of(parameter, value);
        if (!steps) {
            out_.add_raw(value);
            key(change, Kind::raw);
            return;
        }
        std::int64_t& previous =
            previous_[static_cast<std::size_t>(&parameter - dictionary_.parameters.data())];
        out_.add_scaled(*steps - previous);
        previous = *steps;
        key(change, change.at == before_ ? Kind::scaled_same_time : Kind::scaled);
    }

private:
    static std::optional<std::int64_t> steps_of(const ParameterDefinition& parameter, double value) {
        if (parameter.type == ParameterType::number) return parameter.resolution.steps(value);
        return static_cast<std::int64_t>(value);
    }

    void key(const Change& change, Kind kind) {
        out_.add_keys(change.parameter.value() << columns::kind_bits | static_cast<std::uint32_t>(kind));
        if (kind != Kind::scaled_same_time) out_.add_time_deltas((change.at - before_).count() / unit_us_);
        before_ = change.at;
    }

    const Dictionary& dictionary_;
    WallTime before_;
    std::int64_t unit_us_;
    std::vector<std::int64_t> previous_;
    v1::Body& out_;
};

void write_confirmations(const Body& body, WallTime base, std::int64_t unit_us, v1::Body& out) {
    WallTime before = base;
    for (const Confirmation& confirmation : body.confirmations) {
        const bool own_time = confirmation.at != before;
        out.add_confirmed(confirmation.parameter.value() << 1 | (own_time ? columns::own_time_bit : 0));
        if (own_time) out.add_confirmed_time_deltas((confirmation.at - before).count() / unit_us);
        before = confirmation.at;
    }
}

void write_event(const Event& event, WallTime wall, v1::Event& out) {
    out.set_kind(static_cast<std::uint32_t>(event.kind));
    out.set_severity(static_cast<std::uint32_t>(event.severity));
    out.set_name(event.name);
    if (event.parameter) out.set_parameter(event.parameter->value());
    if (event.value) out.set_value(*event.value);
    out.set_text(event.text);
    out.set_at_us((event.at - wall).count());
}

}  // namespace

Result<Bytes> encode_body(const Body& body, const Dictionary& dictionary) {
    if (auto checked = check_body(dictionary, body); !checked) return failed(std::move(checked));

    v1::Body out;
    out.set_dictionary(body.dictionary);
    out.set_dictionary_version(body.dictionary_version);
    out.set_sub_device(body.sub_device);
    out.set_boot(body.boot.value());
    out.set_monotonic_us(static_cast<std::uint64_t>(body.monotonic.count()));
    out.set_wall_us(body.wall.us);
    out.set_clock_quality(static_cast<std::uint32_t>(body.clock_quality));
    out.set_snapshot(body.snapshot);

    const WallTime base = base_of(body);
    const std::uint32_t unit = time_unit_of(body);
    out.set_time_unit(unit);
    out.set_base_us((base - body.wall).count());
    ChangeWriter changes{dictionary, base, columns::time_units[unit], out};
    for (const Change& change : body.changes) changes.write(change);
    write_confirmations(body, base, columns::time_units[unit], out);
    for (const Event& event : body.events) write_event(event, body.wall, *out.add_events());

    return to_bytes(out, limits::body_bytes);
}

}  // namespace watchglass::codec
