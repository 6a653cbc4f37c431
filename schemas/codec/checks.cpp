// SPDX-License-Identifier: Apache-2.0
#include "schemas/codec/checks.h"

#include <algorithm>
#include <cmath>

#include "libs/foundation/utf8.h"
#include "schemas/codec/codes.h"
#include "schemas/codec/limits.h"

namespace watchglass::codec {
namespace {

constexpr double exact_integers = 9007199254740992.0;  // 2^53

bool fits_type(const ParameterDefinition& parameter, double value) {
    switch (parameter.type) {
        case ParameterType::number: return true;
        case ParameterType::integer: return std::fabs(value) <= exact_integers && std::trunc(value) == value;
        case ParameterType::boolean: return value == 0 || value == 1;
        case ParameterType::enumeration:
            return value >= 0 && std::trunc(value) == value &&
                   value < static_cast<double>(parameter.labels.size());
        case ParameterType::text: return false;
    }
    return false;
}

std::string describe(const ParameterDefinition& parameter) {
    return "Parameter " + parameter.name + " (" + std::string{to_text(parameter.type)} + ")";
}

/// A name is an alarm of the dictionary, `limit.<parameter>` or the SDK's own `wg.<what>`.
bool known_event_name(const Dictionary& dictionary, std::string_view name) {
    constexpr std::string_view limit = "limit.";
    if (name.starts_with("wg.")) return true;
    if (name.starts_with(limit)) return dictionary.find(name.substr(limit.size())) != nullptr;
    return dictionary.find_alarm(name) != nullptr;
}

Result<void> check_change(const Dictionary& dictionary, const Change& change) {
    const auto parameter = known_parameter(dictionary, change.parameter);
    if (!parameter) return failed(parameter);
    if (auto time = check_time(change.at); !time) return time;
    if (const auto* number = std::get_if<double>(&change.value)) return check_number(**parameter, *number);
    if ((*parameter)->type != ParameterType::text) {
        return refused(codes::wrong_type, describe(**parameter) + " got a text.");
    }
    return check_text(std::get<std::string>(change.value), limits::text_value_bytes, (*parameter)->name);
}

}  // namespace

tl::unexpected<Failure> refused(const Code& code, std::string detail) {
    return failed(Failure{code, Next::give_up, std::move(detail), {}});
}

Result<void> check_text(std::string_view text, std::size_t most, std::string_view what) {
    if (text.size() > most) {
        return refused(codes::text_too_long, "The " + std::string{what} + " has " +
                                                 std::to_string(text.size()) + " bytes, allowed are " +
                                                 std::to_string(most) + ".");
    }
    // PostgreSQL cannot keep U+0000 in a text.
    if (!is_valid_utf8(text) || text.find('\0') != std::string_view::npos)
        return refused(codes::not_utf8, "It is the " + std::string{what} + ".");
    return {};
}

Result<void> check_time(WallTime time) {
    if (time.us < limits::earliest_us || time.us > limits::latest_us)
        return refused(codes::time_out_of_range);
    return {};
}

Result<void> check_counts(std::size_t changes, std::size_t confirmations, std::size_t events) {
    const auto has = [](std::size_t n) { return "It has " + std::to_string(n) + "."; };
    if (changes > limits::changes) return refused(codes::too_many_changes, has(changes));
    if (confirmations > limits::confirmations)
        return refused(codes::too_many_confirmations, has(confirmations));
    if (events > limits::events) return refused(codes::too_many_events, has(events));
    return {};
}

Result<void> check_span(WallTime earliest, WallTime latest) {
    if (latest - earliest > limits::span) {
        return refused(codes::span_too_long,
                       "They span " + std::to_string((latest - earliest).count() / 1'000'000) + " s.");
    }
    return {};
}

Result<void> check_number(const ParameterDefinition& parameter, double value) {
    if (!std::isfinite(value)) return refused(codes::not_finite, "It is parameter " + parameter.name + ".");
    if (!fits_type(parameter, value))
        return refused(codes::wrong_type, describe(parameter) + " got a number outside its type.");
    return {};
}

Result<const ParameterDefinition*> known_parameter(const Dictionary& dictionary, ParameterNumber number) {
    const auto* parameter = dictionary.find(number);
    if (parameter == nullptr || number.value() > most_parameter_number) {
        return refused(codes::unknown_parameter, "Parameter " + std::to_string(number.value()) +
                                                     " is not in " + dictionary.name + " version " +
                                                     std::to_string(dictionary.version) + ".");
    }
    return parameter;
}

Result<void> check_event(const Dictionary& dictionary, const Event& event) {
    if (auto name = check_text(event.name, limits::name_bytes, "event name"); !name) return name;
    if (!known_event_name(dictionary, event.name)) {
        return refused(codes::unknown_alarm, "It is called \"" + event.name + "\".");
    }
    if (event.parameter) {
        if (auto parameter = known_parameter(dictionary, *event.parameter); !parameter)
            return failed(parameter);
    }
    if (event.value && !std::isfinite(*event.value)) {
        return refused(codes::not_finite, "It is the value of event " + event.name + ".");
    }
    if (auto time = check_time(event.at); !time) return time;
    return check_text(event.text, limits::event_text_bytes, "event text");
}

Result<void> check_body(const Dictionary& dictionary, const Body& body) {
    if (body.dictionary != dictionary.name || body.dictionary_version != dictionary.version) {
        return refused(codes::unknown_dictionary, "The frame names \"" + body.dictionary + "\" version " +
                                                      std::to_string(body.dictionary_version) + ".");
    }
    if (auto counts = check_counts(body.changes.size(), body.confirmations.size(), body.events.size());
        !counts) {
        return counts;
    }
    if (auto sub = check_text(body.sub_device, limits::name_bytes, "sub-device"); !sub) return sub;
    if (body.monotonic.count() < 0) return refused(codes::malformed, "The monotonic time is negative.");
    if (auto wall = check_time(body.wall); !wall) return wall;

    WallTime earliest{limits::latest_us};
    WallTime latest{limits::earliest_us};
    const auto widen = [&](WallTime at) {
        earliest = std::min(earliest, at);
        latest = std::max(latest, at);
    };
    for (const Change& change : body.changes) {
        if (auto ok = check_change(dictionary, change); !ok) return ok;
        widen(change.at);
    }
    for (const Confirmation& confirmation : body.confirmations) {
        if (auto ok = known_parameter(dictionary, confirmation.parameter); !ok) return failed(ok);
        if (auto ok = check_time(confirmation.at); !ok) return ok;
        widen(confirmation.at);
    }
    for (const Event& event : body.events) {
        if (auto ok = check_event(dictionary, event); !ok) return ok;
    }
    return check_span(earliest, latest);
}

}  // namespace watchglass::codec
