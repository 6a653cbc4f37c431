// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/failure.h"

/// What a command itself complains about; everything else is in the platform's words.
namespace watchglass::cli::codes {

inline constexpr Code wrong_usage{
    "cli.wrong_usage", "The command line was not understood.",
    "See `watchglass --help`; a command has its own, too: `watchglass device add --help`."};
inline constexpr Code malformed_time{
    "cli.malformed_time", "This is neither a time nor a duration.",
    "Times are RFC 3339 (2026-11-20T20:00:00Z) or how long ago (90s, 15m, 6h, 30d)."};
inline constexpr Code no_ticket{
    "cli.no_ticket", "The instrument is registered, but its ticket could not be handed over.",
    "Do not register it again: get another ticket with `watchglass device ticket ID`."};
inline constexpr Code platform_gone{"cli.platform_gone", "The platform went away and did not come back.",
                                    "Check that it runs and that the way to it is free; what was stored "
                                    "meanwhile is in `watchglass telemetry`."};

}  // namespace watchglass::cli::codes
