// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "libs/http/client.h"

namespace watchglass::cli {

/// Registers an instrument (`wanted` is the body of POST /v1/devices) and returns the platform's answer.
///
/// Asked again when none came: `idempotency_key` makes sure that the instrument is registered once, whichever request
/// arrived.
Result<json::Value> register_instrument(http::Client& client, const json::Value& wanted,
                                        const std::string& idempotency_key);

/// A key that nobody else uses.
std::string fresh_idempotency_key();

}  // namespace watchglass::cli
