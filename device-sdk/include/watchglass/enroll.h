// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "libs/foundation/result.h"
#include "libs/security/connection_policy.h"

namespace watchglass::device {

struct EnrollOptions {
    std::filesystem::path directory;  ///< the same as Options::directory
    std::optional<security::HttpProxy> proxy;
    bool replace = false;  ///< ask for a new identity although there is one
};

/// Turns an enrollment ticket into an identity. Waits for the network (up to half a minute).
///
/// The key is made here, saved (0600 in a 0700 directory) before anything is sent, and never leaves. A lost answer can
/// be asked for again: the same call uses the same key. A device that is enrolled already stays as it is, and that is
/// success, unless `replace`. Returns the device id.
/// Fails with ticket.*, http.not_reachable, http.not_trusted, or the platform's own code (enroll.ticket_spent, ...).
Result<std::string> enroll(std::string_view ticket, const EnrollOptions& options);

}  // namespace watchglass::device
