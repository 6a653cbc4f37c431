// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/commands/context.h"

namespace watchglass::cli {

/// Asks for an enrollment ticket and gives it to whoever enrolls the instrument: shown with the command that uses it,
/// written to `ticket_file` (0600), or as members of `device` with --json.
ExitCode give_ticket(const Context& context, http::Client& client, json::Value device, const std::string& id,
                     const std::string& ticket_file);

}  // namespace watchglass::cli
