// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/failure.h"

namespace watchglass::device::codes {

inline constexpr Code journal_io{
    "journal.io", "The journal's disk did not do what was asked.",
    "Check the disk's health and free space; readings are kept in memory meanwhile."};
inline constexpr Code journal_disk_full{"journal.disk_full", "The journal's disk is full.",
                                        "Free space on it, or give the journal a smaller limit."};
inline constexpr Code journal_malformed{"journal.malformed", "This is not a readable journal segment.",
                                        "Keep the file for inspection: watchglass journal verify FILE."};
inline constexpr Code journal_newer{"journal.newer", "The journal was written by a newer version.",
                                    "Install that version again, or let it drain before going back."};
inline constexpr Code journal_no_entry{"journal.no_entry",
                                       "Nothing synced stands at this place of the stream.",
                                       "Wait until the journal has been synced."};
inline constexpr Code journal_in_use{"journal.in_use", "Another process uses this state directory.",
                                     "Stop the other agent, or give this one its own --dir."};

}  // namespace watchglass::device::codes
