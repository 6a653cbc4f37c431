// SPDX-License-Identifier: Apache-2.0
#include "ingest/adapters/postgres_vault.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "storage/postgres/codes.h"
#include "storage/telemetry/clock_anchor_store.h"
#include "storage/telemetry/platform_history.h"
#include "storage/telemetry/stream_store.h"

namespace watchglass::ingest {
namespace {

std::vector<StreamPosition> in_order(std::span<const StreamKey> streams,
                                     const std::vector<storage::StreamState>& found) {
    std::map<StreamKey, StreamPosition> by_key;
    for (const storage::StreamState& state : found)
        by_key[state.stream] = {state.stored_through, state.chain};
    std::vector<StreamPosition> positions;
    positions.reserve(streams.size());
    for (const StreamKey& key : streams)
        positions.push_back(by_key[key]);  // a stream without a row stands at 0
    return positions;
}

}  // namespace

CommitAnswer to_answer(const storage::CommitOutcome& outcome) {
    if (outcome.committed == storage::Committed::yes) return {};
    const Failure failure =
        outcome.failure.value_or(Failure{codes::internal_error, Next::tell_operator, {}, {}});
    if (outcome.committed == storage::Committed::unknown) return {Outcome::unknown, failure};
    if (failure.code == storage::codes::stream_moved) return {Outcome::conflict, failure};
    if (failure.code == storage::codes::refused_data) return {Outcome::refused, failure};
    // Anything else says nothing against the frames: a full disk, a missing right, a statement that is wrong.
    return {Outcome::unreachable, failure};
}

Result<std::vector<StreamPosition>> PostgresVault::positions(std::span<const StreamKey> streams) {
    auto connection = pool_.acquire();
    if (!connection) return failed(connection);
    std::set<DeviceKey> devices;
    for (const StreamKey& key : streams) devices.insert(key.device);
    std::vector<storage::StreamState> found;
    for (const DeviceKey& device : devices) {
        auto of_device = storage::load_streams(**connection, device);
        if (!of_device) return failed(of_device);
        std::move(of_device->begin(), of_device->end(), std::back_inserter(found));
    }
    return in_order(streams, found);
}

Result<std::vector<StreamPosition>> PostgresVault::settled_positions(std::span<const StreamKey> streams) {
    const auto found = writer_.settle(streams);
    if (!found) return failed(found);
    latest_.look_again();  // what was not known to be committed may be
    return in_order(streams, *found);
}

Result<std::optional<Chain>> PostgresVault::kept_chain(const StreamKey& stream, StreamSeq seq) {
    auto connection = pool_.acquire();
    if (!connection) return failed(connection);
    return storage::kept_chain(**connection, stream, seq);
}

CommitAnswer PostgresVault::commit(std::span<const Step> steps, std::span<const Unreadable> unreadable) {
    builder_.begin(clock_.wall());
    for (const Step& step : steps) builder_.add(step);
    for (const Unreadable& message : unreadable) builder_.add(message);
    const CommitAnswer answer = to_answer(writer_.commit(builder_.batch()));
    if (answer.outcome == Outcome::stored && !builder_.batch().runs.empty())
        latest_.committed(builder_.batch().frames, writer_.last_commit());
    return answer;
}

Result<std::uint64_t> PostgresVault::begin_new_history(std::uint64_t believed, const DeviceId& witness) {
    auto connection = pool_.acquire();
    if (!connection) return failed(connection);
    return storage::begin_new_history(**connection, believed, witness.text());
}

Result<void> PostgresVault::heard(std::span<const Greeting> greetings) {
    std::map<DeviceKey, WallTime> signs;
    std::vector<storage::ClockAnchor> anchors;
    for (const Greeting& greeting : greetings) {
        WallTime& last = signs[greeting.owner];
        last = std::max(last, greeting.received);
        if (anchored(greeting.owner, greeting.hello.boot)) continue;
        anchors.push_back({.device = greeting.owner,
                           .boot = greeting.hello.boot,
                           .monotonic = greeting.hello.monotonic,
                           .wall = greeting.hello.wall,
                           .clock_quality = greeting.hello.clock_quality,
                           .received = greeting.received});
    }
    latest_.heard(std::vector<std::pair<DeviceKey, WallTime>>(signs.begin(), signs.end()));
    if (anchors.empty()) return {};

    auto connection = pool_.acquire();
    if (!connection) return failed(connection);
    auto unit = storage::UnitOfWork::begin(**connection);
    if (!unit) return failed(unit);
    if (const auto saved = storage::save_clock_anchors(*unit, anchors); !saved) return failed(saved);
    const auto outcome = unit->commit();
    if (outcome.committed != storage::Committed::yes) return failed(*outcome.failure);
    for (const auto& anchor : anchors) remember_anchored(anchor.device, anchor.boot);
    return {};
}

bool PostgresVault::anchored(const DeviceKey& device, BootId boot) const {
    const auto found = anchored_.find(device);
    return found != anchored_.end() &&
           std::find(found->second.begin(), found->second.end(), boot) != found->second.end();
}

/// A device may claim any number of boots: as many are remembered as the table keeps.
void PostgresVault::remember_anchored(const DeviceKey& device, BootId boot) {
    if (anchored(device, boot)) return;
    std::deque<BootId>& boots = anchored_[device];
    boots.push_back(boot);
    if (boots.size() > storage::clock_anchors_kept) boots.pop_front();
}

}  // namespace watchglass::ingest
