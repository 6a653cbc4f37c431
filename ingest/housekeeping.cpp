// SPDX-License-Identifier: Apache-2.0
#include "ingest/housekeeping.h"

#include <algorithm>

#include "libs/foundation/log.h"
#include "storage/history/partitions.h"
#include "storage/history/retention.h"
#include "storage/postgres/codes.h"
#include "storage/telemetry/latest_progress.h"

namespace watchglass::ingest {
namespace {

using namespace std::chrono_literals;
namespace history = storage::history;

// The advisory lock of whoever leads ("wghk").
constexpr std::int32_t leader_lock = 0x7767686b;

constexpr Microseconds first_pause = 1s;  // a program that starts has more urgent things to do
constexpr Microseconds idle_pause = 2s;   // nothing to do, or another process leads
constexpr Microseconds failure_pause = 5s;
constexpr Microseconds ahead_pause = 1h;
constexpr Microseconds expire_pause = 10min;
constexpr Microseconds expire_again_pause = 20s;  // more is past than one call drops
constexpr Microseconds weigh_pause = 1min;
constexpr Microseconds one_day = 24h;

constexpr Setting<std::int64_t> settle_minutes{.name = "history.settle_minutes",
                                               .doc =
                                                   "An hour of history is closed, that is rewritten in "
                                                   "compact form, so many minutes after its end. Frames that "
                                                   "come later are merged later.",
                                               .fallback = 60,
                                               .least = 1,
                                               .most = 1'440};
constexpr Setting<std::int64_t> share_percent{.name = "history.share_percent",
                                              .doc =
                                                  "How much of the time, at most, goes into closing history, "
                                                  "in percent of one core. 0: hours stay as they came in, "
                                                  "which takes several times the space.",
                                              .fallback = 20,
                                              .least = 0,
                                              .most = 100};
constexpr Setting<std::int64_t> limit_bytes{.name = "storage.limit_bytes",
                                            .doc =
                                                "Bytes that the database may take; at 80 and 90 percent an "
                                                "alarm is logged. 0: no limit. PostgreSQL cannot say "
                                                "how much space its disk has left.",
                                            .fallback = 0,
                                            .least = 0,
                                            .most = std::int64_t{1} << 60};

}  // namespace

HousekeepingSettings read_housekeeping_settings(SettingsReader& reader) {
    return {.settle = std::chrono::minutes{reader.get(settle_minutes)},
            .share_percent = reader.get(share_percent),
            .limit_bytes = reader.get(limit_bytes)};
}

HousekeepingMeters::HousekeepingMeters(metrics::Registry& r)
    : closed_frames(r.counter("watchglass_history_closed_frames_total", "Frames that became chunks.")),
      closed_samples(
          r.counter("watchglass_history_closed_samples_total", "Samples in frames that became chunks.")),
      written_chunks(
          r.counter("watchglass_history_written_chunks_total", "Chunks written, merged ones again.")),
      close_seconds(r.histogram("watchglass_history_close_seconds", "Duration of closing one piece.",
                                {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10})),
      open_seconds(
          r.gauge("watchglass_history_open_seconds", "Age of the oldest history that is not closed.")),
      dropped_partitions(r.counter("watchglass_history_dropped_partitions_total",
                                   "Partitions dropped because they were empty or past their keep.")),
      failures(
          r.counter("watchglass_history_failures_total", "Housekeeping that failed and is tried again.")),
      leader(r.gauge("watchglass_history_leader", "1 in the process that does the housekeeping.")),
      database_bytes(r.gauge("watchglass_storage_database_bytes", "What the database takes on disk.")),
      limit_bytes(r.gauge("watchglass_storage_limit_bytes", "What it may take; 0: no limit.")) {}

Housekeeping::Housekeeping(std::string dsn, const Clock& clock, HousekeepingSettings settings,
                           HousekeepingMeters& meters)
    : dsn_(std::move(dsn)),
      clock_(clock),
      settings_(settings),
      meters_(meters),
      closer_({.settle = settings.settle}) {
    meters_.limit_bytes.set(static_cast<double>(settings.limit_bytes));
}

Housekeeping::~Housekeeping() { stop(); }

void Housekeeping::start() {
    thread_ = std::thread([this] { run(); });
}

void Housekeeping::stop() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    ending_changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Housekeeping::run() {
    Microseconds wait = first_pause;
    while (pause(wait)) {
        const auto rest = turn();
        wait = rest.value_or(failure_pause);
        if (!rest) put_off(rest.error());
    }
    connection_.reset();
}

/// Makes sure that the session lives, and asks for the lock unless it holds it.
Result<void> Housekeeping::lead() {
    if (connection_ && connection_->broken()) connection_.reset();
    if (!connection_) {
        leader_ = false;
        auto opened = storage::Connection::open(dsn_, "watchglass-ingestd history", storage::Vigilance::high);
        if (!opened) return failed(opened);
        connection_.emplace(std::move(*opened));
    }
    if (!leader_) {
        const auto rows = connection_->run("SELECT pg_try_advisory_lock($1, 0)", {leader_lock});
        if (!rows) return failed(rows);
        leader_ = (*rows)[0].boolean(0);
        latest_settled_ = false;
    }
    meters_.leader.set(leader_ ? 1 : 0);
    return {};
}

/// One round of what is due; answers how long to rest.
Result<Microseconds> Housekeeping::turn() {
    if (const auto led = lead(); !led) return failed(led);
    if (!leader_) return idle_pause;
    const WallTime now = clock_.wall();
    const SteadyTime begun = clock_.steady();
    // None of these holds up another.
    attempt(ahead_due_, now, ahead_pause, [&] { return partitions_ahead(now); });
    attempt(weigh_due_, now, weigh_pause, [&] { return weigh(); });
    attempt(expire_due_, now, expire_pause, [&] { return expire(now); });
    const auto closed = close_history(now);
    if (!closed) return failed(closed);
    const Microseconds rest = rest_after(clock_.steady() - begun);
    return *closed ? rest : std::max(rest, idle_pause);
}

/// Does what is due; it is due again after `pause`, or soon if it failed.
template <class Work>
void Housekeeping::attempt(WallTime& due, WallTime now, Microseconds pause, Work work) {
    if (now < due || connection_->broken()) return;
    due = now + pause;
    const Result<void> done = work();
    if (done) return;
    due = now + failure_pause;
    put_off(done.error());
}

void Housekeeping::put_off(const Failure& why) {
    meters_.failures.add();
    log::failure(log::Level::warning, "history.put_off", why);
}

Microseconds Housekeeping::rest_after(Microseconds work) const {
    if (settings_.share_percent == 0) return idle_pause;
    return work * (100 - settings_.share_percent) / settings_.share_percent;
}

/// Midnight costs ingest nothing when tomorrow's partitions are there.
Result<void> Housekeeping::partitions_ahead(WallTime now) {
    for (const WallTime day : {now, now + one_day})
        if (auto made = history::make_partitions(*connection_, day); !made) return made;
    return {};
}

Result<void> Housekeeping::expire(WallTime now) {
    const auto dropped = history::drop_expired(*connection_, now);
    if (!dropped) return failed(dropped);
    if (dropped->more) expire_due_ = now + expire_again_pause;
    meters_.dropped_partitions.add(static_cast<std::uint64_t>(dropped->partitions));
    if (dropped->partitions > 0 || dropped->rows > 0)
        log::info("history.expired", "What is past its keep was dropped.",
                  {{"partitions", dropped->partitions}, {"rows", dropped->rows}});
    return {};
}

/// An alarm when the database comes to 80 and again when it comes to 90 percent of its limit.
Result<void> Housekeeping::weigh() {
    const auto bytes = history::database_bytes(*connection_);
    if (!bytes) return failed(bytes);
    meters_.database_bytes.set(static_cast<double>(*bytes));
    if (settings_.limit_bytes == 0) return {};
    const auto percent =
        static_cast<int>(100.0 * static_cast<double>(*bytes) / static_cast<double>(settings_.limit_bytes));
    const int level = percent >= 90 ? 90 : percent >= 80 ? 80 : 0;
    if (level > alarmed_percent_)
        log::failure(log::Level::error, "storage.nearly_full",
                     {storage::codes::nearly_full,
                      Next::tell_operator,
                      "It takes " + std::to_string(percent) + " percent of `storage.limit_bytes`.",
                      {}},
                     {{"bytes", *bytes}, {"limit_bytes", settings_.limit_bytes}});
    alarmed_percent_ = level;
    return {};
}

/// What a killed process owed to the latest values is made up from the frames: until then none of them is closed. A
/// process that dies later owes what is younger than anything that can be closed.
Result<bool> Housekeeping::may_close(WallTime now) {
    if (latest_settled_) return true;
    const auto owes = storage::latest_owes_before(*connection_, closer_.horizon(now));
    if (!owes) return failed(owes);
    latest_settled_ = !*owes;
    return latest_settled_;
}

/// One piece; false when there is none now.
Result<bool> Housekeeping::close_history(WallTime now) {
    if (settings_.share_percent == 0) return false;
    if (const auto may = may_close(now); !may || !*may) return may;
    const auto dropped_before = closer_.dropped_days();
    const SteadyTime begun = clock_.steady();
    const auto closed = closer_.step(*connection_, now);
    const Microseconds took = clock_.steady() - begun;
    meters_.dropped_partitions.add(closer_.dropped_days() - dropped_before);
    if (!closed) return failed(closed);
    if (!*closed) {
        meters_.open_seconds.set(static_cast<double>((now - closer_.horizon(now)).count()) / 1e6);
        return false;
    }
    if ((*closed)->frames > 0) {
        meters_.closed_frames.add(static_cast<std::uint64_t>((*closed)->frames));
        meters_.closed_samples.add(static_cast<std::uint64_t>((*closed)->samples));
        meters_.written_chunks.add(static_cast<std::uint64_t>((*closed)->chunks));
        meters_.close_seconds.observe(static_cast<double>(took.count()) / 1e6);
        meters_.open_seconds.set(static_cast<double>((now - (*closed)->oldest).count()) / 1e6);
    }
    return true;
}

bool Housekeeping::pause(Microseconds wait) {
    std::unique_lock lock(mutex_);
    if (wait.count() > 0) ending_changed_.wait_for(lock, wait, [&] { return ending_; });
    return !ending_;
}

}  // namespace watchglass::ingest
