// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/health.h"

#include <cmath>

#include <fmt/format.h>

#include "cli/terminal/table.h"

namespace watchglass::cli {

std::string moment_and_age(const json::Value& object, const char* moment, const char* age_s) {
    const auto seconds = object.number(age_s);
    const auto text = local_and_utc(object.text_or(moment, ""));
    return seconds ? fmt::format("{}, {} ago", text, age(*seconds)) : text;
}

std::string connection_text(const json::Value& device) {
    const auto* presence = device.find("presence");
    if (presence == nullptr || !presence->is_object()) return "never connected";
    return fmt::format("{} ({}) since {}", presence->text_or("state", ""),
                       printable(presence->text_or("reason", "")),
                       moment_and_age(*presence, "since", "age_s"));
}

std::string heard_text(const json::Value& health) {
    const auto seconds = health.number("heard_age_s");
    const auto staleness = health.text_or("staleness", "");
    return seconds ? fmt::format("{}, {} ago", staleness, age(*seconds)) : staleness;
}

std::string readings_text(const json::Value& health) {
    const auto all = health.integer("parameters").value_or(0);
    const auto silent = health.integer("parameters_silent").value_or(0);
    auto text = silent > 0 ? fmt::format("{} of {} parameters silent", silent, all)
                           : fmt::format("{} parameters", all);
    if (const auto seconds = health.number("newest_reading_age_s"))
        text += fmt::format(", newest {} ago", age(*seconds));
    const auto* catching_up = health.find("catching_up");
    if (catching_up != nullptr && catching_up->dump() == "true") text += ", catching up";
    return text;
}

std::string clock_text(const json::Value& health) {
    const auto* clock = health.find("clock");
    if (clock == nullptr || !clock->is_object()) return "never told";
    const auto error = clock->number("error_s").value_or(0);
    return fmt::format("{}, {:.3f} s {} when it was told {} ago", clock->text_or("quality", ""),
                       std::abs(error), error < 0 ? "behind" : "ahead",
                       age(clock->number("checked_age_s").value_or(0)));
}

std::string alarms_text(const json::Value& health) {
    const auto active = health.integer("active_alarms").value_or(0);
    if (active == 0) return "none";
    return fmt::format("{} active, worst: {}", active, health.text_or("worst_severity", ""));
}

std::string count_and_day(const json::Value& health, const std::string& name) {
    const auto all = health.integer(name).value_or(0);
    if (all == 0) return "0";
    return fmt::format("{}, {} within a day", all, health.integer(name + "_last_day").value_or(0));
}

}  // namespace watchglass::cli
