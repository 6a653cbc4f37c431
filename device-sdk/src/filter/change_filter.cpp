// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/filter/change_filter.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "device-sdk/src/filter/check_value.h"
#include "schemas/codec/codes.h"
#include "schemas/codec/limits.h"

namespace watchglass::device {
namespace {

/// At most the wire's length, without cutting a character in two.
std::string event_text(std::string_view text) {
    std::size_t size = std::min(text.size(), codec::limits::event_text_bytes);
    while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0u) == 0x80u)
        --size;
    return std::string{text.substr(0, size)};
}

std::string in_unit(double value, const ParameterDefinition& parameter) {
    return parameter.unit.empty() ? fmt::format("{}", value) : fmt::format("{} {}", value, parameter.unit);
}

}  // namespace

ChangeFilter::ChangeFilter(const Dictionary& dictionary) : dictionary_(dictionary) {
    known_.resize(dictionary.parameters.size());
    for (std::size_t i = 0; i < known_.size(); ++i) known_[i].definition = &dictionary.parameters[i];
}

Result<void> ChangeFilter::offer(ParameterNumber parameter, const Value& value, const Observation& seen,
                                 Reported& out) {
    const ParameterDefinition* definition = dictionary_.find(parameter);
    if (definition == nullptr) {
        return failed(Failure{codec::codes::unknown_parameter,
                              Next::give_up,
                              fmt::format("{} has no parameter {}.", dictionary_.name, parameter.value()),
                              {}});
    }
    if (auto good = check_value(*definition, value); !good) return good;
    if (auto good = check_time(seen.at); !good) return good;

    Known& known = known_[static_cast<std::size_t>(definition - dictionary_.parameters.data())];
    known.latest = value;
    if (const auto* number = std::get_if<double>(&value)) check_limits(known, *number, seen.at, out);

    const Microseconds elapsed = since_told(known, seen);
    if (differs(known, value)) {
        if (known.reported && elapsed < definition->min_interval) {
            known.held = Change{definition->number, seen.at, value};
        } else {
            tell(known, value, seen.at, seen.now, out);
        }
        return {};
    }
    known.held.reset();
    if (elapsed >= definition->max_interval) {
        out.confirmations.push_back({definition->number, seen.at});
        known.told_at = seen.at;
        known.told = seen.now;
    }
    return {};
}

bool ChangeFilter::differs(const Known& known, const Value& value) {
    if (!known.reported) return true;
    const auto* now = std::get_if<double>(&value);
    const auto* before = std::get_if<double>(&*known.reported);
    if (now == nullptr || before == nullptr) return value != *known.reported;
    const double deadband = known.definition->deadband;
    return deadband > 0 ? std::abs(*now - *before) > deadband : *now != *before;
}

/// A step back in a replay counts as a long time: it is another recording.
Microseconds ChangeFilter::since_told(const Known& known, const Observation& seen) {
    const Microseconds elapsed = seen.replayed ? seen.at - known.told_at : seen.now - known.told;
    return elapsed < Microseconds{0} ? Microseconds::max() : elapsed;
}

void ChangeFilter::tell(Known& known, const Value& value, WallTime at, SteadyTime now, Reported& out) {
    out.changes.push_back({known.definition->number, at, value});
    known.reported = value;
    known.told_at = at;
    known.told = now;
    known.held.reset();
}

void ChangeFilter::tick(SteadyTime now, Reported& out) {
    for (Known& known : known_) {
        if (!known.held || now - known.told < known.definition->min_interval) continue;
        const Change held = *known.held;
        tell(known, held.value, held.at, now, out);
    }
}

void ChangeFilter::release_held(Reported& out) {
    for (Known& known : known_) {
        if (!known.held) continue;
        const Change held = *known.held;
        tell(known, held.value, held.at, known.told, out);
    }
}

std::optional<SteadyTime> ChangeFilter::next_tick() const {
    std::optional<SteadyTime> next;
    for (const Known& known : known_) {
        if (!known.held) continue;
        const SteadyTime due = known.told + Microseconds{known.definition->min_interval};
        if (!next || due < *next) next = due;
    }
    return next;
}

std::vector<Change> ChangeFilter::snapshot(WallTime at, SteadyTime now) {
    std::vector<Change> values;
    for (Known& known : known_) {
        if (!known.reported) continue;
        // Its own time would be the old epoch's reading once more.
        values.push_back({known.definition->number, at, known.latest});
        known.held.reset();
        known.reported = known.latest;
        known.told = now;
    }
    return values;
}

ChangeFilter::Level ChangeFilter::level_of(const Known& known, double value) {
    const Limits& limits = known.definition->limits;
    const double deadband = known.definition->deadband;
    const auto above = [&](const std::optional<double>& limit, bool already) {
        return limit && value > *limit - (already ? deadband : 0);
    };
    const auto below = [&](const std::optional<double>& limit, bool already) {
        return limit && value < *limit + (already ? deadband : 0);
    };
    const bool was_high = known.level == Level::warning_high || known.level == Level::alarm_high;
    const bool was_low = known.level == Level::warning_low || known.level == Level::alarm_low;
    if (above(limits.alarm_high, known.level == Level::alarm_high)) return Level::alarm_high;
    if (below(limits.alarm_low, known.level == Level::alarm_low)) return Level::alarm_low;
    if (above(limits.warning_high, was_high)) return Level::warning_high;
    if (below(limits.warning_low, was_low)) return Level::warning_low;
    return Level::normal;
}

void ChangeFilter::check_limits(Known& known, double value, WallTime at, Reported& out) {
    const Level before = known.level;
    const Level now = level_of(known, value);
    if (now == before) return;
    known.level = now;

    const ParameterDefinition& parameter = *known.definition;
    const Level told = now == Level::normal ? before : now;
    const bool alarm = told == Level::alarm_low || told == Level::alarm_high;
    const bool high = told == Level::warning_high || told == Level::alarm_high;
    const auto& limit = alarm ? (high ? parameter.limits.alarm_high : parameter.limits.alarm_low)
                              : (high ? parameter.limits.warning_high : parameter.limits.warning_low);

    Event event;
    event.kind = now == Level::normal      ? EventKind::cleared
                 : before == Level::normal ? EventKind::raised
                                           : EventKind::changed;
    event.severity = alarm ? Severity::alarm : Severity::warning;
    event.name = "limit." + parameter.name;
    event.parameter = parameter.number;
    event.value = value;
    event.at = at;
    const std::string_view side = now == Level::normal ? "back within" : high ? "above" : "below";
    event.text =
        event_text(fmt::format("{} is {}, {} its {} limit of {}.", parameter.name, in_unit(value, parameter),
                               side, alarm ? "alarm" : "warning", in_unit(limit.value_or(0), parameter)));
    out.events.push_back(std::move(event));
}

Result<void> ChangeFilter::raise(std::string_view alarm, Severity severity, std::string_view text,
                                 WallTime at, Reported& out) {
    const auto known = [&](const auto& other) { return other.name == alarm; };
    if (std::none_of(dictionary_.alarms.begin(), dictionary_.alarms.end(), known)) {
        return failed(Failure{codec::codes::unknown_alarm,
                              Next::give_up,
                              fmt::format("{} has no alarm {}.", dictionary_.name, alarm),
                              {}});
    }
    if (auto good = check_time(at); !good) return good;
    Event event;
    event.kind = EventKind::raised;
    event.severity = severity;
    event.name = std::string{alarm};
    event.text = event_text(text);
    event.at = at;
    const auto raised = std::find_if(raised_.begin(), raised_.end(), known);
    if (raised == raised_.end()) {
        raised_.push_back({event.name, severity, event.text});
    } else {
        if (raised->severity == severity && raised->text == event.text) return {};
        event.kind = EventKind::changed;
        *raised = {event.name, severity, event.text};
    }
    out.events.push_back(std::move(event));
    return {};
}

Result<void> ChangeFilter::clear(std::string_view alarm, std::string_view text, WallTime at, Reported& out) {
    const auto raised =
        std::find_if(raised_.begin(), raised_.end(), [&](const Raised& r) { return r.name == alarm; });
    if (raised == raised_.end()) return {};
    if (auto good = check_time(at); !good) return good;
    Event event;
    event.kind = EventKind::cleared;
    event.severity = raised->severity;
    event.name = raised->name;
    event.text = event_text(text);
    event.at = at;
    raised_.erase(raised);
    out.events.push_back(std::move(event));
    return {};
}

}  // namespace watchglass::device
