// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ingest/pipeline/arrival.h"
#include "ingest/pipeline/ports.h"
#include "test/simulation/database.h"

namespace watchglass::simulation {

struct CommitFaults;
class Registry;

/// A process's way to the database. Each call takes a little time.
class Vault : public ingest::Vault {
public:
    Vault(World& world, Database& database) : world_(world), database_(database) {}

    Result<std::vector<ingest::StreamPosition>> positions(
        std::span<const ingest::StreamKey> streams) override;
    Result<std::vector<ingest::StreamPosition>> settled_positions(
        std::span<const ingest::StreamKey> streams) override;
    Result<std::optional<Chain>> kept_chain(const ingest::StreamKey& stream, StreamSeq seq) override;
    ingest::CommitAnswer commit(std::span<const ingest::Step> steps,
                                std::span<const ingest::Unreadable> unreadable) override;
    Result<std::uint64_t> begin_new_history(std::uint64_t believed, const DeviceId& witness) override;
    /// A kill or a restore cuts every connection.
    [[nodiscard]] std::uint64_t sessions_lost() const override { return database_.run(); }
    Result<void> heard(std::span<const ingest::Greeting> greetings) override;

protected:
    /// The rest of the world goes on for so long. Throws Killed.
    virtual void wait(Microseconds time) = 0;
    virtual void before_commit() = 0;
    virtual void after_commit() = 0;
    virtual CommitFaults& faults() = 0;

private:
    ingest::CommitAnswer unknown(Transaction transaction);

    World& world_;
    Database& database_;
};

/// The mutant that compares no repeat: what stands at or below the stored position is taken for what is stored there.
void pass_as_stored(const Database& database, Registry& registry, ingest::Arrival& arrival);

}  // namespace watchglass::simulation
