// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/failure.h"

namespace watchglass::agent::codes {

inline constexpr Code usage{"agent.usage", "The command line cannot be understood.",
                            "See watchglass-agent --help."};
inline constexpr Code csv_no_head{"agent.csv_no_head", "The file has no head line that names its columns.",
                                  "The first line names the columns, the first of them the time."};
inline constexpr Code csv_no_column{"agent.csv_no_column",
                                    "No column of the file is a parameter of the dictionary.",
                                    "Name them: --map COLUMN=PARAMETER."};
inline constexpr Code csv_bad_line{"agent.csv_bad_line", "A line of the file could not be read.",
                                   "It was skipped; the rest of the file is replayed."};
inline constexpr Code unknown_dictionary{"agent.unknown_dictionary",
                                         "The agent was not built with this dictionary.",
                                         "Use host or pump-test-bench, or build the agent with yours."};
inline constexpr Code source_closed{"agent.source_closed", "The source ended because the agent shall stop.",
                                    "Start the agent again to go on."};

}  // namespace watchglass::agent::codes
