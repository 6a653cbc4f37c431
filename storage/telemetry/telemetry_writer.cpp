// SPDX-License-Identifier: Apache-2.0
#include "storage/telemetry/telemetry_writer.h"

#include "storage/postgres/codes.h"
#include "storage/telemetry/event_store.h"
#include "storage/telemetry/quarantine_store.h"
#include "storage/telemetry/stream_store.h"

namespace watchglass::storage {
namespace {

CommitOutcome not_committed(Failure failure) {
    // Two rows under one key: something about the data, to be found by halving, and not a state of the database.
    if (failure.code == codes::already_exists) {
        failure.code = codes::refused_data;
        failure.detail = "A row with its key is stored already.";
    }
    return {Committed::no, std::move(failure)};
}

}  // namespace

void TelemetryBatch::clear() {
    runs.clear();
    frames.clear();
    events.clear();
    gaps.clear();
    repeats.clear();
    quarantined.clear();
}

bool TelemetryBatch::empty() const {
    return runs.empty() && frames.empty() && events.empty() && gaps.empty() && repeats.empty() &&
           quarantined.empty();
}

TelemetryWriter::TelemetryWriter(ConnectionPool& pool) : pool_(pool) {}

Result<void> TelemetryWriter::write(UnitOfWork& unit, const TelemetryBatch& batch) {
    if (auto rows = frames_.append(unit, batch.frames); !rows) return failed(rows);
    if (auto done = append_events(unit, batch.events); !done) return done;
    if (auto done = append_gaps(unit, batch.gaps); !done) return done;
    if (auto done = append_possible_repeats(unit, batch.repeats); !done) return done;
    return keep_in_quarantine(unit, batch.quarantined);
}

CommitOutcome TelemetryWriter::commit(const TelemetryBatch& batch) {
    auto connection = pool_.acquire();
    if (!connection) return not_committed(connection.error());
    if (auto ready = frames_.prepare(**connection, batch.frames, batch.received); !ready)
        return not_committed(ready.error());
    auto unit = UnitOfWork::begin(**connection);
    if (!unit) return not_committed(unit.error());

    std::int64_t number = last_commit_;
    if (!batch.runs.empty()) {  // first, so that a lost race costs nothing
        auto moved = advance_streams(*unit, batch.runs, batch.received);
        if (!moved) return not_committed(moved.error());
        number = *moved;
    }
    if (auto written = write(*unit, batch); !written) {
        frames_.forget_partitions();
        return not_committed(written.error());
    }
    auto outcome = unit->commit();
    if (outcome.committed == Committed::no) return not_committed(*outcome.failure);
    if (outcome.committed == Committed::yes) last_commit_ = number;
    return outcome;
}

Result<std::vector<StreamState>> TelemetryWriter::settle(std::span<const StreamKey> streams) {
    auto connection = pool_.acquire();
    if (!connection) return failed(connection);
    auto unit = UnitOfWork::begin(**connection);
    if (!unit) return failed(unit);
    return lock_streams(*unit, streams);
}

CommitOutcome TelemetryWriter::commit_replay(std::int64_t quarantine_id, const TelemetryBatch& batch) {
    auto connection = pool_.acquire();
    if (!connection) return not_committed(connection.error());
    if (auto ready = frames_.prepare(**connection, batch.frames, batch.received); !ready)
        return not_committed(ready.error());
    auto unit = UnitOfWork::begin(**connection);
    if (!unit) return not_committed(unit.error());

    auto ours = mark_replayed(*unit, quarantine_id);
    if (!ours) return not_committed(ours.error());
    if (!*ours)
        return {Committed::no, Failure{codes::already_exists, Next::give_up, "It was replayed before", {}}};
    if (!batch.runs.empty())
        if (auto told = announce_replayed(*unit, batch.runs, batch.received); !told)
            return not_committed(told.error());
    if (auto written = write(*unit, batch); !written) {
        frames_.forget_partitions();
        return not_committed(written.error());
    }
    LatestNewsByKey news;
    add_to_news(news, batch.frames);
    if (auto applied = latest_.apply(*unit, news); !applied) return not_committed(applied.error());
    return unit->commit();
}

}  // namespace watchglass::storage
