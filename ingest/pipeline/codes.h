// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/failure.h"

/// Why ingest steps aside from a message. Reasons of the codec (frame.*) come from schemas/codec.
namespace watchglass::ingest::codes {

inline constexpr Code foreign_topic{"ingest.foreign_topic", "The message came on a topic that is not the platform's.",
                                    "Check who may publish there: the broker's plugin should have refused it."};
inline constexpr Code unknown_device{"ingest.unknown_device", "The device is not enrolled here.",
                                     "Register and enroll it: watchglass device add."};
inline constexpr Code device_not_active{"ingest.device_not_active",
                                        "The device is not in a state that may report.",
                                        "Look at its state: watchglass device show DEVICE."};
inline constexpr Code wrong_lane{"ingest.wrong_lane", "The frame's lane does not belong on its topic.",
                                 "Report it to the maker of the instrument's software."};
inline constexpr Code bad_position{"ingest.bad_position", "The position in the stream is not possible.",
                                   "Report it to the maker of the instrument's software."};
inline constexpr Code refused_by_database{"ingest.refused_by_database",
                                          "The database refused this frame's data.",
                                          "Look at the detail; when the cause is removed, replay it."};

}  // namespace watchglass::ingest::codes
