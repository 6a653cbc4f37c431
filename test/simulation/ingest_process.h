// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "ingest/pipeline/pipeline.h"
#include "libs/foundation/metrics.h"
#include "test/simulation/database.h"
#include "test/simulation/dice.h"
#include "test/simulation/mutant.h"
#include "test/simulation/network.h"
#include "test/simulation/world.h"

namespace watchglass::simulation {

/// Where an ingest process may be told to die.
enum class IngestMoment : std::uint8_t { now, holding_batch, in_transaction, after_commit, count };
std::string_view to_text(IngestMoment moment);

/// The registry and the dictionaries: always the same here.
class Registry final : public ingest::DeviceRegistry, public ingest::DictionaryShelf {
public:
    void enroll(const DeviceId& device, std::int32_t number);
    Result<std::vector<std::optional<ingest::Registration>>> look_up(
        std::span<const DeviceId> devices) override;
    Result<const ingest::ShelvedDictionary*> find(TenantNumber tenant, std::string_view name,
                                                  std::uint32_t version) override;

private:
    std::map<DeviceId, ingest::Registration> known_;
    ingest::ShelvedDictionary bench_{storage::DictionaryNumber{1}, bench_dictionary()};
};

/// What the next commits of a process meet.
struct CommitFaults {
    std::uint64_t unknown_and_stored = 0;
    std::uint64_t unknown_and_not_stored = 0;
    std::uint64_t unknown_and_late = 0;  ///< stored while the process already asks what became of it
};

/// One ingest process: the product's Pipeline over models of what it talks to. It can die inside any of its calls, and
/// while it waits the rest of the world goes on.
class IngestProcess final {
public:
    IngestProcess(World& world, Network& network, Database& database, Registry& registry, std::string name,
                  std::uint64_t seed, int number, Mutant mutant);
    ~IngestProcess();

    /// Reads what is stored, connects, calls for a resync.
    void start();
    /// At the n-th such moment, n from 0.
    void die_at(IngestMoment moment, std::uint64_t n);
    void die();
    /// The database notifies of another history.
    void follow_history(std::uint64_t history);
    /// No fault is waiting for its moment any more.
    void calm() {
        death_.reset();
        faults = {};
    }

    [[nodiscard]] bool dead() const { return dead_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    CommitFaults faults;
    std::function<void()> on_death;

private:
    struct SimVault;
    struct SimVoice;
    struct Ear;

    void assemble();
    void dial(Ear& ear);
    bool take(const mqtt::Message& message, ingest::Urgency urgency);
    void plan_turn();
    void turn();
    void wait(Microseconds time);
    void at_moment(IngestMoment moment);
    void call_for_resync();

    World& world_;
    Network& network_;
    Database& database_;
    Registry& registry_;
    std::string name_;
    Mutant mutant_;
    Dice dice_;
    MachineClock clock_;
    metrics::Registry metrics_;
    ingest::Meters meters_{metrics_};
    ingest::Intake intake_;
    std::unique_ptr<SimVault> vault_;
    std::unique_ptr<SimVoice> voice_;
    std::unique_ptr<ingest::Pipeline> pipeline_;
    std::unique_ptr<Ear> alarms_;  ///< the events lane has a link of its own
    std::unique_ptr<Ear> bulk_;    ///< telemetry and Hellos; Stored goes out here

    struct Death {
        IngestMoment moment = IngestMoment::now;
        std::uint64_t n = 0;
    };
    std::optional<Death> death_;
    bool dead_ = false;
    bool turning_ = false;
    bool turn_planned_ = false;
    bool resync_due_ = false;
};

}  // namespace watchglass::simulation
