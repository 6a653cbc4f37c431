// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/foundation/process.h"
#include "test/faults/support/history_checker.h"
#include "test/faults/support/told.h"
#include "test/support/mosquitto.h"
#include "test/support/postgres.h"

namespace watchglass::faults {

using Environment = std::vector<std::pair<std::string, std::string>>;

/// One registered instrument with an identity of its own.
struct Instrument {
    test::EnrolledDevice device;
    storage::DeviceKey key;
    std::filesystem::path directory;  ///< the agent's --dir
    [[nodiscard]] std::filesystem::path journal() const { return directory / "journal" / device.id.text(); }
};

struct AgentRun {
    Rows rows;
    std::string speed = "500";  ///< times the recording's pace of a row a second
    Environment environment{};
    int journal_megabytes = 4;
};

/// The programs themselves on one machine, without the launcher and without the front door: PostgreSQL, Mosquitto with
/// our plugin, watchglass-ingestd, and agents. One stand serves hundreds of runs, each with an instrument of its own.
///
/// PostgreSQL runs without fsync: what it has committed survives SIGKILL, which is all that happens to it here.
/// enroll(), agents and history() may be used from several threads, which must outlive the programs they start.
class Stand {
public:
    Stand();
    ~Stand();

    /// Registers an instrument that the broker lets in. `mqtt_port`: where its agent connects; 0: the broker itself.
    Instrument enroll(std::uint16_t mqtt_port = 0);

    /// watchglass-ingestd; `name` tells several apart.
    [[nodiscard]] ChildProcess spawn_ingest(const Environment& environment = {},
                                            const std::string& name = "1");
    [[nodiscard]] bool latest_is_current(const Instrument& instrument) const;
    /// A counter of a running ingestd, by its name in /metrics.
    [[nodiscard]] double ingest_counter(const std::string& counter, const std::string& name = "1") const;
    /// The DSN that ingestd is given from now on.
    void lead_ingest_to(std::string dsn) { ingest_dsn_ = std::move(dsn); }
    /// The port by which ingestd reaches the broker from now on.
    void lead_ingest_over(std::uint16_t port) { ingest_port_ = port; }

    /// An agent that replays rows and ends when its journal holds nothing that is not stored.
    [[nodiscard]] ChildProcess spawn_agent(const Instrument& instrument, const AgentRun& run);
    /// The same, to its end, which must be a good one within `patience`.
    void run_agent(const Instrument& instrument, const AgentRun& run,
                   std::chrono::milliseconds patience = std::chrono::minutes{2});

    [[nodiscard]] History history(const Instrument& instrument) const;
    [[nodiscard]] Verdict judge(const Account& account, const Instrument& instrument) const {
        return check(account, history(instrument));
    }
    /// What the agent and ingestd wrote to their logs last.
    [[nodiscard]] std::string words(const Instrument& instrument) const;
    [[nodiscard]] std::string ingest_words() const;

    [[nodiscard]] const test::TestDatabase& database() const { return database_; }
    [[nodiscard]] test::TestBroker& broker() { return broker_; }
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }

private:
    void make_instruments();
    [[nodiscard]] std::filesystem::path ingest_socket(const std::string& name) const {
        return directory_ / ("ingestd-" + name + ".sock");
    }

    test::TemporaryDirectory directory_;
    test::TestDatabase database_;
    test::TestBroker broker_;
    test::MemoryFeedStore access_;
    broker::FeedServer feed_;
    std::string ingest_dsn_;
    std::uint16_t ingest_port_;
    std::mutex mutex_;
    std::vector<std::pair<test::EnrolledDevice, storage::DeviceKey>> spare_;
    std::atomic<int> count_{0};
    std::atomic<int> recordings_{0};
};

/// After PostgresCluster::kill().
void bring_postgres_back();

/// Preloads fault_point.so: the plan in `plan` (its variables without WATCHGLASS_FAULT_), calls counted in `counts`.
Environment with_faults(const std::filesystem::path& counts, const Environment& plan);
void make_counts(const std::filesystem::path& file);
/// Calls of one kind so far: write, sync, name or send.
std::uint64_t counted(const std::filesystem::path& file, const std::string& call);

}  // namespace watchglass::faults
