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
inline constexpr Code list_unreadable{"cli.list_unreadable", "The list of instruments was not understood.",
                                      "It is a CSV file in UTF-8 whose head line names the columns site, "
                                      "model, serial and, if wanted, dictionary."};
inline constexpr Code list_has_mistakes{
    "cli.list_has_mistakes", "Rows of the list cannot be registered, so none was.",
    "Mend them, try with --dry-run until it has nothing to say, then import."};
inline constexpr Code some_refused{
    "cli.some_refused", "Some instruments of the list were not registered.",
    "Mend what is said of each and import the same list again: what is registered stays as it is."};
inline constexpr Code tickets_in_the_way{
    "cli.tickets_in_the_way", "The tickets' directory cannot be used.",
    "Name a directory that does not exist yet, or an empty one that only you can read."};
inline constexpr Code not_commissioned{
    "cli.not_commissioned", "The instrument did not come as far as its first reading.",
    "What is missing is said above; `watchglass commission --device ID` goes on waiting."};
inline constexpr Code not_in_service{"cli.not_in_service", "This instrument is not meant to report.",
                                     "See `watchglass device show ID`; register it anew if it shall."};
inline constexpr Code not_confirmed{
    "cli.not_confirmed", "This cannot be undone, and nobody said that it is meant. Nothing was done.",
    "Answer `yes` when the command asks on a terminal, or give it --yes."};
inline constexpr Code platform_gone{"cli.platform_gone", "The platform went away and did not come back.",
                                    "Check that it runs and that the way to it is free; what was stored "
                                    "meanwhile is in `watchglass telemetry`."};
inline constexpr Code no_journal{"cli.no_journal", "There is no journal here.",
                                 "Give a journal's directory, one of its .wgj files, or an agent's state "
                                 "directory (watchglass-agent --dir): "
                                 "journals stand in journal/DEVICE/ below it."};
inline constexpr Code not_a_journal{"cli.not_a_journal", "This file is no journal segment.",
                                    "Segments are named *.wgj and begin with WGJOURNL; look in "
                                    "journal/DEVICE/ below the agent's state directory."};
inline constexpr Code journal_not_permitted{
    "cli.journal_not_permitted", "You may not read this journal.",
    "Run the command as root or as the account that the agent runs as, or have the files copied for you."};

}  // namespace watchglass::cli::codes
