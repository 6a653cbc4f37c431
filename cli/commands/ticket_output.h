// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/commands/context.h"

namespace watchglass::cli {

/// An enrollment ticket, as the platform gave it.
struct Ticket {
    std::string text;
    std::string expires_at;  ///< RFC 3339
};

/// Gives the ticket to whoever enrolls the instrument: shown with the command that uses it, written to `ticket_file`
/// (0600), or as members of `device` with --json. Fails when the file cannot be written.
Result<void> give_ticket(const Context& context, json::Value device, const Ticket& ticket,
                         const std::string& ticket_file);

}  // namespace watchglass::cli
