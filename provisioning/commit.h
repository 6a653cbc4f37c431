// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/result.h"
#include "storage/postgres/codes.h"
#include "storage/postgres/unit_of_work.h"

namespace watchglass::provisioning {

/// Commits; "no" and "unknown" both become a failure that may be tried again: everything here may be asked for
/// twice and is decided by what the tables then say.
inline Result<void> commit(storage::UnitOfWork& unit) {
    auto outcome = unit.commit();
    if (outcome.committed == storage::Committed::yes) return {};
    if (outcome.failure) {
        outcome.failure->next = Next::retry_later;
        return failed(std::move(*outcome.failure));
    }
    return failed(Failure{storage::codes::commit_unknown, Next::retry_later, {}, {}});
}

}  // namespace watchglass::provisioning
