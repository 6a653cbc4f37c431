// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands/context.h"
#include "libs/foundation/exit_code.h"

/// One function a command, one file each; arguments.cpp turns words into these calls.
namespace watchglass::cli {

struct DeviceAddOptions {
    std::string site;
    std::string model;
    std::string serial;
    std::string dictionary;   ///< empty: none expected yet
    std::string ticket_file;  ///< where to write the ticket (0600) instead of showing it
};
/// Registers an instrument and gets its enrollment ticket.
ExitCode device_add(const Context& context, const DeviceAddOptions& options);
struct DeviceImportOptions {
    std::string file;     ///< CSV, see cli/import/instrument_list.h
    std::string tickets;  ///< directory for one ticket file (0600) an instrument; empty: none are made
    bool dry_run = false;
};
/// Registers all instruments of a list. May be called again after whatever ended it: nothing is registered twice.
ExitCode device_import(const Context& context, const DeviceImportOptions& options);
ExitCode device_list(const Context& context);
ExitCode device_show(const Context& context, const std::string& device);
/// A new enrollment ticket for an instrument that is registered.
ExitCode device_ticket(const Context& context, const std::string& device, const std::string& ticket_file);

struct CommissionOptions {
    std::string site, model, serial;
    std::string dictionary;
    std::string ticket_file;
    std::string device;            ///< instead of these: one that is registered
    std::string patience = "10m";  ///< for each step
};
/// Registers an instrument, hands over its ticket, and waits beside the engineer until its first reading is stored.
ExitCode commission(const Context& context, const CommissionOptions& options);

struct DeviceStepOptions {
    std::string device;
    std::string reason;  ///< for the history; empty: none
    bool yes = false;    ///< do not ask whether it is meant
};
ExitCode device_suspend(const Context& context, const DeviceStepOptions& options);
ExitCode device_reinstate(const Context& context, const DeviceStepOptions& options);
/// These two are for good: they ask on a terminal, and elsewhere want `yes`.
ExitCode device_revoke(const Context& context, const DeviceStepOptions& options);
ExitCode device_retire(const Context& context, const DeviceStepOptions& options);

struct DeviceHistoryOptions {
    std::string device;
    std::int64_t limit = 0;  ///< 0: all
};
/// Who did what to an instrument's registration, newest first.
ExitCode device_history(const Context& context, const DeviceHistoryOptions& options);

ExitCode latest(const Context& context, const std::string& device);

struct TelemetryOptions {
    std::string device;
    std::string parameter;
    std::string since = "1h";  ///< RFC 3339, or a duration before now
    std::string until;         ///< same; empty: now
    std::int64_t limit = 0;    ///< 0: all
    bool csv = false;
};
ExitCode telemetry(const Context& context, const TelemetryOptions& options);

struct TailOptions {
    std::string device;
    std::string parameter;
    std::int64_t count = 0;        ///< end after this many changes; 0: go on until Ctrl-C
    std::string patience = "60s";  ///< give up when the platform is away for so long
};
ExitCode tail(const Context& context, const TailOptions& options);

struct EventsOptions {
    std::string device;
    std::string since = "24h";  ///< RFC 3339, or a duration before now
    std::string until;          ///< same; empty: now
    std::string severity;       ///< at least this; empty: all
    std::int64_t limit = 0;     ///< 0: all
};
/// Alarms and changes of state, newest first.
ExitCode events(const Context& context, const EventsOptions& options);

struct GapsOptions {
    std::string device;
    std::string since = "30d";
    std::string until;
    std::int64_t limit = 0;
};
/// What was lost, and what may be stored twice, newest first.
ExitCode gaps(const Context& context, const GapsOptions& options);

struct HealthOptions {
    std::string device;    ///< empty: all of them
    bool trouble = false;  ///< of all, only those in trouble
};
ExitCode health(const Context& context, const HealthOptions& options);

ExitCode quarantine_list(const Context& context);
ExitCode quarantine_show(const Context& context, std::int64_t id);
ExitCode quarantine_replay(const Context& context, std::int64_t id);

/// Which ingest process serves which shard, and how far behind it is.
ExitCode shards(const Context& context);

ExitCode dictionary_list(const Context& context);
ExitCode dictionary_add(const Context& context, const std::string& file);

struct JournalOptions {
    std::vector<std::string> paths;  ///< segment files, journal directories, or directories above those
    bool records = false;            ///< inspect: every record with its offset
};
/// What is in an instrument's journal. Reads files only: asks no platform, takes no lock, writes nothing.
ExitCode journal_inspect(const Context& context, const JournalOptions& options);
/// Whether it is whole: `done` fine, `partly_done` a torn tail, `failed` damage or a newer format.
ExitCode journal_verify(const Context& context, const JournalOptions& options);

struct UpOptions {
    std::optional<std::uint16_t> port;  ///< 0: any free one
    bool demo = false;
    int ingest = 1;  ///< processes that share the work of taking frames in
};
/// Runs the whole stack until SIGINT or SIGTERM.
ExitCode up(const Context& context, const UpOptions& options);

}  // namespace watchglass::cli
