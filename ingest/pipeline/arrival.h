// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "libs/foundation/bounded_queue.h"
#include "libs/foundation/bytes.h"
#include "libs/foundation/clock.h"

namespace watchglass::ingest {

/// One message as the broker handed it over, with the moment that happened: a frame that waited in our queue must not
/// look late because of it.
struct Arrival {
    std::string topic;
    Bytes payload;
    WallTime received;
};

/// Between the broker's thread and the pipeline. Full means that the broker's thread waits, so that the wait reaches
/// the broker and, through missing answers, the instruments' journals: memory here stays bounded.
using Intake = BoundedQueue<Arrival>;

}  // namespace watchglass::ingest
