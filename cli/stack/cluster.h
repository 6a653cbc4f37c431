// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/stack/account.h"
#include "cli/stack/layout.h"
#include "cli/stack/programs.h"
#include "cli/stack/supervisor.h"
#include "libs/foundation/result.h"

namespace watchglass::cli {

/// The stack's own PostgreSQL: reachable through one Unix socket directory, by the stack's account alone (`peer`,
/// mapped to the database roles), with data checksums. No TCP, no passwords.

/// Makes the cluster with initdb when there is none yet, and writes its access rules.
Result<void> prepare_cluster(const StackLayout& layout, const Programs& programs, const Account& account);

/// The server as the supervisor runs it: ready when pg_isready says so, stopped by a fast shutdown.
ProgramSpec cluster_program(const StackLayout& layout, const Programs& programs, const Account& account);

/// Creates the database when it is missing and applies the migrations.
Result<void> prepare_database(const StackLayout& layout, const Programs& programs, const Account& account);

/// The libpq connection string of one role.
std::string database_dsn(const StackLayout& layout, const std::string& role);

}  // namespace watchglass::cli
