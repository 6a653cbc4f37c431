// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/reader.h"

#include <algorithm>
#include <utility>

#include "libs/foundation/log.h"

namespace watchglass::ingest {
namespace {

// Taken at once: between two groups it is seen whether the batch is full, or wanted as it is.
constexpr std::size_t group = 256;

}  // namespace

Reader::Reader(ReaderParts parts) : parts_(std::move(parts)), decoder_(parts_.devices, parts_.dictionaries) {}

bool Reader::read(Batch& batch, const BatchLimits& limits, Microseconds patience) {
    if (batch.full(limits)) return true;
    const std::size_t room = std::min(limits.messages - batch.messages, group);
    std::vector<Arrival> arrivals = parts_.intake.take(room, patience);  // waits here alone
    return arrivals.empty() || decode(arrivals, batch);
}

/// What was taken from the intake is never let go for want of a database.
bool Reader::decode(std::vector<Arrival>& arrivals, Batch& batch) {
    const std::size_t taken = arrivals.size();
    for (const Arrival& arrival : arrivals) {
        batch.bytes += arrival.payload.size();
        batch.oldest = std::min(batch.oldest.value_or(arrival.received), arrival.received);
    }
    const std::size_t frames = batch.frames.size();
    Backoff backoff = parts_.retry;
    while (true) {
        const auto decoded = decoder_.decode(arrivals, batch);  // unreadable ones step aside
        if (decoded) break;
        log::failure(log::Level::warning, "ingest.decode_waits", decoded.error());
        if (!parts_.pause(backoff.next())) return false;
    }
    batch.messages += taken;
    for (std::size_t i = frames; i < batch.frames.size(); ++i) {
        if (const auto* body = std::get_if<ReadableBody>(&batch.frames[i].content))
            batch.samples += body->parameters.size();
    }
    parts_.meters.messages.add(taken);
    for (const Decoder::Drop& drop : decoder_.dropped()) parts_.meters.dropped(drop.reason.name);
    return true;
}

}  // namespace watchglass::ingest
