// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "libs/foundation/failure.h"

struct pg_conn;
struct pg_result;

namespace watchglass::storage {

/// What an SQLSTATE (PostgreSQL's appendix A) means for the caller. `cause` goes into the failure for our log.
Failure failure_of_state(std::string_view sqlstate, std::string cause);

/// Why a statement failed; storage.unreachable when the session is gone with it.
Failure failure_of(pg_conn* connection, const pg_result* result);

/// Why a connection could not be made or was lost.
Failure connection_failure(pg_conn* connection);

}  // namespace watchglass::storage
