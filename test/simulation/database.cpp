// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/database.h"

#include <algorithm>

namespace watchglass::simulation {

bool Database::commit(const Transaction& transaction) {
    // Rows that a transaction in doubt still holds make this one wait.
    settle();
    std::map<ingest::StreamKey, ingest::StreamPosition> moved;
    for (const Transaction::Write& write : transaction.writes) {
        const auto known = moved.find(write.stream);
        const auto row = tables.streams.find(write.stream);
        const ingest::StreamPosition stands = known != moved.end()          ? known->second
                                              : row != tables.streams.end() ? row->second
                                                                            : ingest::StreamPosition{};
        if (stands != write.before) return false;
        moved[write.stream] = write.after;
    }
    for (const Transaction::Write& write : transaction.writes) {
        const auto [row, added] = tables.rows.emplace(Tables::RowKey{write.stream, write.from}, write.row);
        if (!added || write.from.value() != write.before.stored_through.value() + 1) {
            world_.violation(fmt::format("place {} of {:016x} was written twice or out of order",
                                         write.from.value(), write.stream.stream.epoch.value()));
        }
    }
    for (const auto& [stream, position] : moved) tables.streams[stream] = position;
    tables.unplaced += transaction.unplaced;
    return true;
}

void Database::commit_later(Transaction transaction, Microseconds delay) {
    in_doubt_.push_back(std::move(transaction));
    world_.after(delay, [this, run = run_] {
        if (run == run_) settle();
    });
}

void Database::settle() {
    const auto in_doubt = std::exchange(in_doubt_, {});
    for (const Transaction& transaction : in_doubt) (void)commit(transaction);
}

bool Database::refuses(const Transaction::Write& write) const {
    if (write.row.kind != Tables::Kind::frame) return false;
    return std::any_of(write.row.readings.begin(), write.row.readings.end(),
                       [&](ReadingId id) { return poison_.contains(id); });
}

std::optional<Chain> Database::kept_chain(const ingest::StreamKey& stream, StreamSeq seq) const {
    const auto position = tables.streams.find(stream);
    if (position == tables.streams.end()) return std::nullopt;
    if (seq.value() + chains_kept < position->second.stored_through.value()) return std::nullopt;
    const auto row = tables.rows.find({stream, seq});
    if (row == tables.rows.end() || row->second.through != seq) return std::nullopt;
    return row->second.chain;
}

void Database::go_away(Microseconds time) { away_until_ = std::max(away_until_, world_.now() + time); }

void Database::kill(Microseconds down) {
    world_.hit(Point::postgres_killed);
    ++run_;
    in_doubt_.clear();
    go_away(down);
}

void Database::back_up() {
    settle();
    backup_ = tables;
}

std::uint64_t Database::begin_new_history(std::uint64_t believed, const DeviceId& witness) {
    using namespace std::chrono_literals;
    const bool lately = std::any_of(began_.begin(), began_.end(), [&](const auto& began) {
        return world_.now() - began.second <
               (began.first == witness ? Microseconds{10min} : Microseconds{1min});
    });
    if (tables.history != believed || lately) return tables.history;
    began_[witness] = world_.now();
    tables.history = ++histories_;
    world_.note("database: devices know of more than is stored: history {} begins", tables.history);
    if (on_history) on_history(tables.history);
    return tables.history;
}

bool Database::restore(Microseconds down, bool by_hand) {
    if (!backup_) return false;
    world_.hit(Point::postgres_restored_from_backup);
    ++run_;
    in_doubt_.clear();
    tables = *backup_;
    if (by_hand) tables.history = ++histories_;
    go_away(down);
    return true;
}

void Database::calm() {
    away_until_ = Microseconds{0};
    full_ = false;
}

}  // namespace watchglass::simulation
