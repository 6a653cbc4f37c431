// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/filter/check_value.h"

#include <cmath>

#include <fmt/format.h>

#include "libs/foundation/utf8.h"
#include "schemas/codec/codes.h"
#include "schemas/codec/limits.h"

namespace watchglass::device {
namespace {

namespace wire = codec::codes;

Result<void> refuse(const Code& code, const ParameterDefinition& parameter, std::string_view why) {
    return failed(Failure{code, Next::give_up, fmt::format("{}: {}", parameter.name, why), {}});
}

Result<void> check_text(const ParameterDefinition& parameter, const std::string& text) {
    if (text.size() > codec::limits::text_value_bytes) {
        return refuse(wire::text_too_long, parameter, fmt::format("{} bytes.", text.size()));
    }
    if (!is_valid_utf8(text) || text.find('\0') != std::string::npos) {
        return refuse(wire::not_utf8, parameter, "The text cannot be told.");
    }
    return {};
}

}  // namespace

Result<void> check_value(const ParameterDefinition& parameter, const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        if (parameter.type != ParameterType::text)
            return refuse(wire::wrong_type, parameter, "It is not a text.");
        return check_text(parameter, *text);
    }
    const double number = std::get<double>(value);
    if (parameter.type == ParameterType::text) return refuse(wire::wrong_type, parameter, "It is a text.");
    if (!std::isfinite(number)) return refuse(wire::not_finite, parameter, "The reading is not finite.");
    if (parameter.type == ParameterType::number) return {};

    const bool whole = std::trunc(number) == number && std::abs(number) <= 9007199254740992.0;
    if (!whole) return refuse(wire::wrong_type, parameter, fmt::format("{} is not a whole number.", number));
    if (parameter.type == ParameterType::boolean && number != 0 && number != 1) {
        return refuse(wire::wrong_type, parameter, fmt::format("{} is neither 0 nor 1.", number));
    }
    const bool no_label = number < 0 || number >= static_cast<double>(parameter.labels.size());
    if (parameter.type == ParameterType::enumeration && no_label) {
        return refuse(wire::wrong_type, parameter, fmt::format("There is no label {}.", number));
    }
    return {};
}

Result<void> check_time(WallTime at) {
    if (at.us >= codec::limits::earliest_us && at.us <= codec::limits::latest_us) return {};
    return failed(Failure{wire::time_out_of_range, Next::give_up, to_rfc3339(at), {}});
}

}  // namespace watchglass::device
