// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "ingest/adapters/batch_builder.h"
#include "ingest/pipeline/decode.h"
#include "ingest/pipeline/meters.h"
#include "ingest/pipeline/timekeeper.h"
#include "storage/postgres/connection_pool.h"
#include "storage/telemetry/quarantine_store.h"

namespace watchglass::ingest {

/// Tries quarantined frames again that somebody asked for: their rows are written at their old place, and no stream
/// moves. Done once however often it is asked for. One thread.
class Replay {
public:
    Replay(storage::ConnectionPool& pool, DeviceRegistry& devices, DictionaryShelf& dictionaries,
           const Clock& clock, Meters& meters);

    /// Up to 50 requests of these shards. Answers how many there were. On a Failure some of them stay requested.
    Result<std::size_t> serve(std::string_view shards, const Timekeeper& time);

private:
    Result<void> replay(const storage::ReplayRequest& request, const Timekeeper& time);
    Result<void> refuse_again(const storage::ReplayRequest& request, const Code& reason,
                              const std::string& detail);
    Result<void> write(const storage::ReplayRequest& request, Frame& frame, const Timekeeper& time);

    storage::ConnectionPool& pool_;
    Decoder decoder_;
    const Clock& clock_;
    Meters& meters_;
    storage::TelemetryWriter writer_;
    BatchBuilder builder_;
};

}  // namespace watchglass::ingest
