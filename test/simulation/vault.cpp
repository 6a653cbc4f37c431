// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/vault.h"

#include <algorithm>
#include <array>

#include "schemas/codec/body.h"
#include "schemas/codec/envelope.h"
#include "schemas/codec/session.h"
#include "schemas/topics/topics.h"
#include "test/simulation/ingest_process.h"

namespace watchglass::simulation {
namespace {

using namespace std::chrono_literals;
using ingest::CommitAnswer;
using ingest::Outcome;
using ingest::StreamKey;
using ingest::StreamPosition;

constexpr Microseconds statement_time = 300us;
constexpr Microseconds commit_time = 2ms;

Failure unavailable() { return {codes::unavailable, Next::retry_later, {}, {}}; }

Tables::Row row_of(const ingest::Frame& frame) {
    Tables::Row row;
    row.through = frame.through;
    row.chain = frame.chain;
    row.payload = frame.payload;
    row.possible_repeat = frame.possible_repeat;
    if (const auto* gap = std::get_if<Gap>(&frame.content)) {
        row.kind = Tables::Kind::gap;
        row.cause = gap->cause;
    } else if (const auto* body = std::get_if<ingest::ReadableBody>(&frame.content)) {
        row.last_observed = body->t + Microseconds{body->longest_offset()};
        for (std::size_t i = 0; i < body->parameters.size(); ++i) {
            if (ParameterNumber{static_cast<std::uint32_t>(body->parameters[i])} == count_parameter)
                row.readings.push_back(static_cast<ReadingId>(body->numbers[i]));
        }
        Body events;
        events.events = body->events;
        for (const ReadingId id : readings_in(events)) row.readings.push_back(id);
        row.fork_alarm = std::any_of(body->events.begin(), body->events.end(),
                                     [](const Event& event) { return event.name == "wg.fork"; });
    } else {
        row.kind = Tables::Kind::quarantined;
    }
    return row;
}

Transaction transaction_of(std::span<const ingest::Step> steps,
                           std::span<const ingest::Unreadable> unreadable) {
    Transaction transaction;
    transaction.unplaced = unreadable.size();
    for (const ingest::Step& step : steps) {
        transaction.writes.push_back(
            {step.frame->key(), step.from, step.before, step.after, row_of(*step.frame)});
    }
    return transaction;
}

}  // namespace

Result<std::vector<StreamPosition>> Vault::positions(std::span<const StreamKey> streams) {
    wait(statement_time);
    if (!database_.reachable()) return failed(unavailable());
    std::vector<StreamPosition> found;
    for (const StreamKey& key : streams) {
        const auto row = database_.tables.streams.find(key);
        found.push_back(row == database_.tables.streams.end() ? StreamPosition{} : row->second);
    }
    return found;
}

Result<std::vector<StreamPosition>> Vault::settled_positions(std::span<const StreamKey> streams) {
    if (database_.reachable()) database_.settle();
    return positions(streams);
}

Result<std::optional<Chain>> Vault::kept_chain(const StreamKey& stream, StreamSeq seq) {
    wait(statement_time);
    if (!database_.reachable()) return failed(unavailable());
    return database_.kept_chain(stream, seq);
}

CommitAnswer Vault::commit(std::span<const ingest::Step> steps,
                           std::span<const ingest::Unreadable> unreadable) {
    const std::uint64_t run = database_.run();
    wait(statement_time);
    if (!database_.reachable()) return {Outcome::unreachable, unavailable()};
    Transaction transaction = transaction_of(steps, unreadable);
    for (const Transaction::Write& write : transaction.writes) {
        if (!database_.refuses(write)) continue;
        world_.hit(Point::postgres_refused_data);
        return {Outcome::refused, Failure{codes::invalid_argument, Next::give_up, "It is poison.", {}}};
    }
    if (database_.full()) {
        world_.hit(Point::postgres_disk_full);
        return {Outcome::unreachable, unavailable()};
    }
    before_commit();
    wait(commit_time);
    if (run != database_.run()) return {Outcome::unknown, unavailable()};  // its transactions went with it
    CommitFaults& next = faults();
    if (next.unknown_and_stored + next.unknown_and_not_stored + next.unknown_and_late > 0) {
        return unknown(std::move(transaction));
    }
    if (!database_.commit(transaction)) return {Outcome::conflict, unavailable()};
    after_commit();
    return {};
}

/// The connection breaks during COMMIT.
CommitAnswer Vault::unknown(Transaction transaction) {
    CommitFaults& next = faults();
    if (next.unknown_and_not_stored > 0) {
        --next.unknown_and_not_stored;
        world_.hit(Point::postgres_unknown_and_not_stored);
    } else {
        world_.hit(Point::postgres_unknown_and_stored);
        if (next.unknown_and_stored > 0) {
            --next.unknown_and_stored;
            (void)database_.commit(transaction);
        } else {
            --next.unknown_and_late;
            database_.commit_later(std::move(transaction), 300ms);
        }
    }
    return {Outcome::unknown, unavailable()};
}

Result<std::uint64_t> Vault::begin_new_history(std::uint64_t believed, const DeviceId& witness) {
    wait(statement_time);
    if (!database_.reachable()) return failed(unavailable());
    return database_.begin_new_history(believed, witness);
}

Result<void> Vault::heard(std::span<const ingest::Greeting>) {
    if (!database_.reachable()) return failed(unavailable());
    return {};
}

void pass_as_stored(const Database& database, Registry& registry, ingest::Arrival& arrival) {
    const auto parsed = topics::parse(arrival.topic);
    if (!parsed) return;
    const std::array<DeviceId, 1> asked{parsed->device};
    const auto known = registry.look_up(asked);
    const ingest::DeviceKey owner = known->at(0)->owner;
    const auto row_at = [&](const StreamId& stream, StreamSeq seq) -> const Tables::Row* {
        const auto row = database.tables.rows.find({StreamKey{owner, stream}, seq});
        return row == database.tables.rows.end() ? nullptr : &row->second;
    };
    if (parsed->channel == topics::Channel::up_hello) {
        auto hello = codec::decode_hello(arrival.payload);
        for (HelloStream& stream : hello->streams) {
            for (watchglass::Place& probe : stream.probes) {
                if (const auto* row = row_at(stream.stream, probe.seq)) probe.chain = row->chain;
            }
            const StreamSeq told{stream.first_unstored.value() - 1};
            if (const auto* row = row_at(stream.stream, told)) stream.told_chain = row->chain;
            if (stream.next.value() < 2) continue;
            if (const auto* row = row_at(stream.stream, StreamSeq{stream.next.value() - 1}))
                stream.chain = row->chain;
        }
        arrival.payload = *codec::encode_hello(*hello);
    } else if (const auto envelope = codec::decode_envelope(arrival.payload)) {
        if (const auto* row = row_at(envelope->stream, envelope->seq)) arrival.payload = row->payload;
    }
}

}  // namespace watchglass::simulation
