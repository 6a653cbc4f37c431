// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "libs/json/json.h"

/// A device's health in words, as `/health` of the read API tells it.
namespace watchglass::cli {

/// "connected (admitted) since ...", "never connected"; of any answer with `presence`.
std::string connection_text(const json::Value& device);
/// "live, 20 s ago", "never"
std::string heard_text(const json::Value& health);
/// "8 parameters, newest 3 s ago", "2 of 8 parameters silent, newest 5 h ago"
std::string readings_text(const json::Value& health);
/// "synchronized, 0.012 s ahead when it was told 3 h ago"
std::string clock_text(const json::Value& health);
/// "3 active, worst: alarm", "none"
std::string alarms_text(const json::Value& health);
/// "12, 3 of them within a day": of the members `name` and `name`_last_day
std::string count_and_day(const json::Value& health, const std::string& name);
/// A moment of `object` in local time and UTC, and how long ago that was.
std::string moment_and_age(const json::Value& object, const char* moment, const char* age_s);

}  // namespace watchglass::cli
