// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/security/keys.h"

namespace watchglass::test {

struct HostileRequest {
    std::string wish;  ///< what it would like to be
    Bytes der;
};

/// Certificate requests that are correctly signed by `key` and ask for far more than an instrument may have: other
/// subjects, authority, server use, foreign names, long chains of extensions.
std::vector<HostileRequest> hostile_requests(const security::PrivateKey& key);

}  // namespace watchglass::test
