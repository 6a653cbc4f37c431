// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>

#include "ingest/adapters/batch_builder.h"
#include "ingest/adapters/latest_writer.h"
#include "ingest/pipeline/ports.h"
#include "libs/foundation/clock.h"
#include "storage/postgres/connection_pool.h"
#include "storage/telemetry/telemetry_writer.h"

namespace watchglass::ingest {

/// The vault over PostgreSQL. One thread; pool, clock and latest values outlive it.
class PostgresVault final : public Vault {
public:
    PostgresVault(storage::ConnectionPool& pool, const Clock& clock, LatestWriter& latest)
        : pool_(pool), clock_(clock), latest_(latest), writer_(pool) {}

    Result<std::vector<StreamPosition>> positions(std::span<const StreamKey> streams) override;
    Result<std::vector<StreamPosition>> settled_positions(std::span<const StreamKey> streams) override;
    Result<std::optional<Chain>> kept_chain(const StreamKey& stream, StreamSeq seq) override;
    CommitAnswer commit(std::span<const Step> steps, std::span<const Unreadable> unreadable) override;
    [[nodiscard]] std::uint64_t sessions_lost() const override { return pool_.broken(); }
    Result<std::uint64_t> begin_new_history(std::uint64_t believed, const DeviceId& witness) override;
    Result<void> heard(std::span<const Greeting> greetings) override;

private:
    storage::ConnectionPool& pool_;
    const Clock& clock_;
    LatestWriter& latest_;
    storage::TelemetryWriter writer_;
    BatchBuilder builder_;
    [[nodiscard]] bool anchored(const DeviceKey& device, BootId boot) const;
    void remember_anchored(const DeviceKey& device, BootId boot);

    std::map<DeviceKey, std::deque<BootId>> anchored_;  ///< the newest boots whose anchor is stored
};

/// What storage's answer means for the pipeline.
CommitAnswer to_answer(const storage::CommitOutcome& outcome);

}  // namespace watchglass::ingest
