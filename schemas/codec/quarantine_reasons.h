// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

#include "schemas/codec/codes.h"

/// Why a message is in quarantine: the codec's reasons, and these of ingest. Rows hold the name; whoever shows one
/// finds sentence and next step here.
namespace watchglass::codec::codes {

inline constexpr Code foreign_topic{
    "ingest.foreign_topic", "The message came on a topic that is not the platform's.",
    "Check who may publish there: the broker's plugin should have refused it."};
inline constexpr Code unknown_device{"ingest.unknown_device", "The device is not registered here.",
                                     "Register and enroll it: watchglass device add."};
inline constexpr Code device_not_active{"ingest.device_not_active",
                                        "The device is not in a state in which it may report.",
                                        "Look at its state: watchglass device show DEVICE."};
inline constexpr Code wrong_lane{"ingest.wrong_lane", "The frame's lane does not belong on its topic.",
                                 "Report it to the maker of the instrument's software."};
inline constexpr Code bad_position{"ingest.bad_position", "The position in the stream is not a possible one.",
                                   "Report it to the maker of the instrument's software."};
inline constexpr Code refused_by_database{"ingest.refused_by_database",
                                          "The database refused this frame's data.",
                                          "Look at the detail; when the cause is removed, replay it."};

inline constexpr std::array quarantine_reasons{
    malformed,         unknown_format,     too_large,      too_many_changes,  too_many_confirmations,
    too_many_events,   too_many_streams,   span_too_long,  time_out_of_range, unknown_dictionary,
    unknown_parameter, unknown_alarm,      wrong_type,     not_finite,        text_too_long,
    not_utf8,          foreign_topic,      unknown_device, device_not_active, wrong_lane,
    bad_position,      refused_by_database};

/// nullptr for a name of another release.
constexpr const Code* find_quarantine_reason(std::string_view name) {
    for (const Code& code : quarantine_reasons) {
        if (code.name == name) return &code;
    }
    return nullptr;
}

}  // namespace watchglass::codec::codes
