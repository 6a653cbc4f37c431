// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/reader.h"

#include <utility>

#include "libs/foundation/log.h"

namespace watchglass::ingest {

Reader::Reader(ReaderParts parts) : parts_(std::move(parts)), decoder_(parts_.devices, parts_.dictionaries) {}

bool Reader::read(Batch& batch, std::size_t most, Microseconds patience) {
    if (batch.messages >= most) return true;
    std::vector<Arrival> arrivals = parts_.intake.take(most - batch.messages, patience);  // waits here alone
    if (arrivals.empty()) return true;
    const std::size_t taken = arrivals.size();
    Backoff backoff = parts_.retry;
    // What was taken from the intake is never let go for want of a database.
    while (true) {
        const auto decoded = decoder_.decode(arrivals, batch);  // unreadable ones step aside
        if (decoded) break;
        log::failure(log::Level::warning, "ingest.decode_waits", decoded.error());
        if (!parts_.pause(backoff.next())) return false;
    }
    batch.messages += taken;
    parts_.meters.messages.add(taken);
    for (const Decoder::Drop& drop : decoder_.dropped()) parts_.meters.dropped(drop.reason.name);
    return true;
}

}  // namespace watchglass::ingest
