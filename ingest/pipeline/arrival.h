// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

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

/// Which queue a message waits in.
enum class Urgency { alarm = 0, bulk = 1 };

}  // namespace watchglass::ingest
