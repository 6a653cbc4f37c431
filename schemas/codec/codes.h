// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/failure.h"

/// Why a frame, or another message of the wire, was refused. These names are also the reasons in `quarantine`.
namespace watchglass::codec::codes {

inline constexpr Code malformed{
    "frame.malformed", "The bytes are not a message of this format.",
    "Check that the sender's SDK is a released version and its storage is healthy."};
inline constexpr Code unknown_format{"frame.unknown_format",
                                     "The message has a format this program does not know.",
                                     "Upgrade the platform before the instruments."};
inline constexpr Code too_large{"frame.too_large", "The message is larger than allowed.",
                                "Send fewer or shorter values in one frame."};
inline constexpr Code too_many_changes{"frame.too_many_changes", "The frame has more changes than allowed.",
                                       "Send at most 120 changes in one frame."};
inline constexpr Code too_many_confirmations{"frame.too_many_confirmations",
                                             "The frame has more confirmations than allowed.",
                                             "Send at most 1000 confirmations in one frame."};
inline constexpr Code too_many_events{"frame.too_many_events", "The frame has more events than allowed.",
                                      "Send at most 32 events in one frame."};
inline constexpr Code too_many_streams{"frame.too_many_streams",
                                       "The message names more streams than allowed.",
                                       "Name at most 256 streams in one message."};
inline constexpr Code span_too_long{"frame.span_too_long", "The times in the frame lie too far apart.",
                                    "Start a new frame after 15 minutes."};
inline constexpr Code time_out_of_range{"frame.time_out_of_range", "A time is outside the years 1 to 9999.",
                                        "Set the device's clock."};
inline constexpr Code unknown_dictionary{
    "frame.unknown_dictionary", "The frame's dictionary is not installed on this platform.",
    "Install it (watchglass dictionary add), then replay the quarantined frames."};
inline constexpr Code unknown_parameter{"frame.unknown_parameter",
                                        "The frame's dictionary has no such parameter.",
                                        "Add the parameter in a new version of the dictionary."};
inline constexpr Code unknown_alarm{"frame.unknown_alarm", "The frame's dictionary has no such alarm.",
                                    "Add the alarm in a new version of the dictionary."};
inline constexpr Code wrong_type{
    "frame.wrong_type", "A value is not of the type its parameter has.",
    "Compare the instrument's dictionary with the one installed under the same name."};
inline constexpr Code not_finite{"frame.not_finite", "A value is not a number or is infinite.",
                                 "Leave the value out, and report the sensor's fault as an alarm."};
inline constexpr Code text_too_long{
    "frame.text_too_long", "A text is longer than allowed.",
    "Shorten it: values 4096 bytes, event texts 512, names 128, reasons 256."};
inline constexpr Code not_utf8{"frame.not_utf8", "A text is not UTF-8, or contains the character U+0000.",
                               "Convert the text to UTF-8 at its source."};

}  // namespace watchglass::codec::codes
