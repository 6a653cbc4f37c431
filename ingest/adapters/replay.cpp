// SPDX-License-Identifier: Apache-2.0
#include "ingest/adapters/replay.h"

#include "libs/foundation/log.h"
#include "schemas/codec/quarantine_reasons.h"
#include "storage/postgres/codes.h"

namespace watchglass::ingest {
namespace {

constexpr std::size_t most_refused = 5;  ///< then it is not the requests

}  // namespace

Replay::Replay(storage::ConnectionPool& pool, DeviceRegistry& devices, DictionaryShelf& dictionaries,
               const Clock& clock, Meters& meters)
    : pool_(pool), decoder_(devices, dictionaries), clock_(clock), meters_(meters), writer_(pool) {}

Result<std::size_t> Replay::serve(std::string_view shards, const Timekeeper& time) {
    auto requests = [&]() -> Result<std::vector<storage::ReplayRequest>> {
        auto connection = pool_.acquire();
        if (!connection) return failed(connection);
        return storage::replay_requests(**connection, shards, 50);
    }();
    if (!requests) return failed(requests);
    std::size_t refused = 0;
    std::optional<Failure> why;
    for (const auto& request : *requests) {  // one that cannot be served now holds up no other
        const auto served = replay(request, time);
        if (served) continue;
        if (!why) why = served.error();
        if (++refused == most_refused) break;
    }
    if (why) return failed(*why);
    return requests->size();
}

Result<void> Replay::replay(const storage::ReplayRequest& request, const Timekeeper& time) {
    std::vector<Arrival> message{{request.topic, request.bytes, request.received}};
    Batch batch;
    if (const auto decoded = decoder_.decode(message, batch); !decoded) return failed(decoded);
    if (!request.stream) {
        return refuse_again(
            request, codec::codes::bad_position,
            "It had no place in a stream, so the device has kept it and sends it again by itself.");
    }
    if (!batch.unreadable.empty()) {
        return refuse_again(request, batch.unreadable[0].reason, batch.unreadable[0].detail);
    }
    if (batch.frames.empty()) return refuse_again(request, codec::codes::device_not_active, "");
    Frame& frame = batch.frames[0];
    if (frame.stream != *request.stream || frame.seq != request.seq) {
        return refuse_again(request, codec::codes::bad_position,
                            "The bytes name another place than the row.");
    }
    if (std::holds_alternative<Gap>(frame.content)) {
        return refuse_again(request, codec::codes::refused_by_database, "A gap has nothing to replay.");
    }
    if (const auto* refused = std::get_if<RefusedBody>(&frame.content)) {
        return refuse_again(request, refused->reason, refused->detail);
    }
    return write(request, frame, time);
}

Result<void> Replay::write(const storage::ReplayRequest& request, Frame& frame, const Timekeeper& time) {
    time.correct(frame.owner, frame.keeping.keep, frame.received, std::get<ReadableBody>(frame.content));
    builder_.begin(clock_.wall());
    builder_.add_replayed(frame);
    const auto outcome = writer_.commit_replay(request.id, builder_.batch());
    if (outcome.committed == storage::Committed::yes) {
        meters_.replayed.add();
        log::info("ingest.replayed", "A quarantined frame was stored.",
                  {{"id", request.id}, {"device", request.device_id.text()}});
        return {};
    }
    // After "unknown" the row itself tells at the next call whether it was done.
    if (outcome.failure->code == storage::codes::already_exists) return {};
    if (outcome.failure->code == storage::codes::refused_data) {
        return refuse_again(request, codec::codes::refused_by_database, outcome.failure->detail);
    }
    return failed(*outcome.failure);
}

Result<void> Replay::refuse_again(const storage::ReplayRequest& request, const Code& reason,
                                  const std::string& detail) {
    auto connection = pool_.acquire();
    if (!connection) return failed(connection);
    auto unit = storage::UnitOfWork::begin(**connection);
    if (!unit) return failed(unit);
    if (auto done = storage::mark_refused_again(*unit, request.id, reason.name, detail); !done) return done;
    const auto outcome = unit->commit();
    if (outcome.committed == storage::Committed::yes) return {};
    return failed(*outcome.failure);
}

}  // namespace watchglass::ingest
