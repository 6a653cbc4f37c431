// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "libs/foundation/result.h"
#include "libs/security/digest.h"
#include "storage/postgres/unit_of_work.h"

/// Answers to requests that carried an Idempotency-Key, so that a repeat gets the first answer again.
namespace watchglass::storage {

struct KeptAnswer {
    security::Sha256 request_digest{};  ///< of the first request
    int status = 0;
    std::string body;
};

/// Reserves the key within this unit of work; a parallel request with the same key waits here for its end. The answer
/// of an earlier request if there was one, nothing when this is the first.
Result<std::optional<KeptAnswer>> reserve_answer(UnitOfWork& unit, const security::Sha256& caller,
                                                 std::string_view key,
                                                 const security::Sha256& request_digest);
/// In the same unit of work, when the answer is known. Answers older than a day are forgotten.
Result<void> keep_answer(UnitOfWork& unit, const security::Sha256& caller, std::string_view key, int status,
                         std::string_view body);

}  // namespace watchglass::storage
