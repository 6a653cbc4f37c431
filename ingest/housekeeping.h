// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "libs/foundation/clock.h"
#include "libs/foundation/metrics.h"
#include "libs/foundation/settings.h"
#include "storage/history/closer.h"

namespace watchglass::ingest {

struct HousekeepingSettings {
    std::chrono::minutes settle{60};  ///< history.settle_minutes
    std::int64_t share_percent = 20;  ///< history.share_percent; 0: hours are not closed
    std::int64_t limit_bytes = 0;     ///< storage.limit_bytes; 0: none
};

HousekeepingSettings read_housekeeping_settings(SettingsReader& reader);

/// What housekeeping counts. Names are in ingest/README.md.
struct HousekeepingMeters {
    explicit HousekeepingMeters(metrics::Registry& registry);

    metrics::Counter& closed_frames;
    metrics::Counter& closed_samples;
    metrics::Counter& written_chunks;
    metrics::Histogram& close_seconds;  ///< of one piece
    metrics::Gauge& open_seconds;  ///< age of the oldest frame to be closed, else of the oldest open hour
    metrics::Counter& dropped_partitions;
    metrics::Counter& failures;
    metrics::Gauge& leader;
    metrics::Gauge& database_bytes;
    metrics::Gauge& limit_bytes;
};

/// The slow work on history, beside ingest: closes hours, makes tomorrow's partitions, drops what is past its keep, and
/// watches the size of the database. Of several processes one does it, whoever holds an advisory lock.
///
/// A thread of its own with a session of its own, from start() to stop(), which waits for the piece under way only. After
/// work that took d it rests long enough that work is `share_percent` of the time.
class Housekeeping {
public:
    Housekeeping(std::string dsn, const Clock& clock, HousekeepingSettings settings,
                 HousekeepingMeters& meters);
    ~Housekeeping();

    void start();
    void stop();

private:
    void run();
    Result<void> lead();
    Result<Microseconds> turn();
    Result<void> partitions_ahead(WallTime now);
    Result<void> expire(WallTime now);
    Result<void> weigh();
    Result<bool> may_close(WallTime now);
    Result<bool> close_history(WallTime now);
    template <class Work>
    void attempt(WallTime& due, WallTime now, Microseconds pause, Work work);
    void put_off(const Failure& why);
    [[nodiscard]] Microseconds rest_after(Microseconds work) const;
    bool pause(Microseconds wait);

    std::string dsn_;
    const Clock& clock_;
    HousekeepingSettings settings_;
    HousekeepingMeters& meters_;
    storage::history::Closer closer_;
    std::optional<storage::Connection> connection_;
    bool leader_ = false;
    bool latest_settled_ = false;  ///< since it leads
    WallTime ahead_due_, expire_due_, weigh_due_;
    int alarmed_percent_ = 0;

    std::mutex mutex_;
    std::condition_variable ending_changed_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace watchglass::ingest
