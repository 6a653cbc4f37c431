// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "libs/foundation/metrics.h"

namespace watchglass::ingest {

/// What the pipeline counts. Names are in ingest/README.md.
class Meters {
public:
    explicit Meters(metrics::Registry& registry);

    metrics::Counter& messages;  ///< taken from the broker
    metrics::Counter& frames;    ///< stored
    metrics::Counter& samples;   ///< changes in stored frames
    metrics::Counter& gaps;      ///< stored
    metrics::Counter& events;    ///< stored
    metrics::Counter& batches;   ///< committed transactions
    metrics::Counter& repeats;
    metrics::Counter& holes;
    metrics::Counter& forks;
    metrics::Counter& hellos;
    metrics::Counter& conflicts;
    metrics::Counter& restores;  ///< histories begun because devices knew of more than is stored
    metrics::Counter& commits_unknown;
    metrics::Counter& commit_retries;
    metrics::Counter& replayed;  ///< quarantined frames that could be stored later
    metrics::Counter& untimed;   ///< frames that got the time of receipt
    metrics::Counter& stored_sent;
    metrics::Histogram& commit_seconds;
    metrics::Histogram& lag_seconds;  ///< receipt to commit
    metrics::Gauge& queue_depth;
    metrics::Gauge& queue_capacity;
    metrics::Gauge& queue_bytes;      ///< payloads waiting in the intake
    metrics::Gauge& inbox_bytes;      ///< received and not yet in the intake
    metrics::Counter& inbox_dropped;  ///< too much waited: instruments send these again
    metrics::Gauge& stored_waiting;
    metrics::Gauge& streams_known;
    metrics::Gauge& shards_held;

    /// Kept in quarantine, by reason code.
    void quarantined(std::string_view code);
    /// Set aside without a trace in the database, because no registered device stands behind it.
    void dropped(std::string_view code);

private:
    metrics::Registry& registry_;
};

}  // namespace watchglass::ingest
