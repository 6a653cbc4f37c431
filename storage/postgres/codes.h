// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/failure.h"

/// What can go wrong between a program and its database.
namespace watchglass::storage::codes {

inline constexpr Code unreachable{"storage.unreachable", "The database did not answer.",
                                  "Check that PostgreSQL runs and that `postgres.dsn` names its socket."};
inline constexpr Code busy{"storage.busy", "The database could not do this now because others were at it.",
                           "Try again shortly."};
inline constexpr Code already_exists{"storage.already_exists", "Something with this key is there already.",
                                     "Look at what is there, or choose another key."};
inline constexpr Code refused_data{"storage.refused_data", "The database refused a value.",
                                   "Correct the value; the log names the rule that it broke."};
inline constexpr Code disk_full{"storage.disk_full", "The database has no space left.",
                                "Free or add disk space where PostgreSQL keeps its data."};
inline constexpr Code nearly_full{
    "storage.nearly_full", "The database has nearly taken the space that it may take.",
    "Add disk space and raise `storage.limit_bytes`, or shorten `keep` in watchglass.retention_classes."};
inline constexpr Code exhausted{"storage.exhausted", "The database ran out of memory or another resource.",
                                "Look at PostgreSQL's log and at the limits of its machine."};
inline constexpr Code not_permitted{
    "storage.not_permitted", "This database role may not do that.",
    "Check the role in `postgres.dsn` and pg_hba.conf; migrations grant the rights."};
inline constexpr Code statement_failed{"storage.statement_failed",
                                       "The database could not carry out a statement.",
                                       "Report this with the log line that names the statement."};
inline constexpr Code read_only{"storage.read_only", "The database accepts no changes at present.",
                                "Check whether this is a standby, or `default_transaction_read_only` is on."};
inline constexpr Code commit_unknown{
    "storage.commit_unknown", "The connection broke while the database was committing.",
    "Ask for the state and decide by it; the change may or may not be there."};
inline constexpr Code pool_exhausted{"storage.pool_exhausted", "All database connections are in use.",
                                     "Try again shortly, or raise `postgres.connections`."};
inline constexpr Code wrong_version{"storage.wrong_version",
                                    "The database's version is not the one that this program was built for.",
                                    "Run `watchglass-migrate apply` of the same release, then start again."};
inline constexpr Code changed_migration{
    "storage.changed_migration", "A migration that was applied is not the one that this release carries.",
    "Use the release that this database came from; never edit a migration."};
inline constexpr Code stream_moved{"storage.stream_moved", "Another process has moved a stream on meanwhile.",
                                   "Read the streams again and decide anew."};

}  // namespace watchglass::storage::codes
