// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "libs/foundation/process.h"
#include "test/faults/support/relay.h"
#include "test/faults/support/stand.h"
#include "test/faults/support/sweep.h"

namespace watchglass::faults {

/// `kind:direction:byte`, kinds `cut`, `stall` (half open, then forgotten by a router) and `silent` (half open until the
/// program finds out by itself); directions `up` to the server and `down` from it.
struct LinkPoint {
    std::string kind;
    Direction direction = Direction::to_server;
    std::uint64_t byte = 0;

    explicit LinkPoint(const std::string& text);
    [[nodiscard]] Gate gate() const {
        return at_byte(direction, byte, kind == "cut" ? Then::cut : Then::stall);
    }
};

/// For both directions, of the bytes that have passed the relay at most `most` each, spread evenly.
void add_link_points(std::vector<std::string>& points, const std::string& kind, const Relay& relay,
                     std::uint64_t most);

/// Waits for the agent's good end. A stalled connection is forgotten once it has been hit, unless it is a silent one.
void see_through(ChildProcess& agent, Relay& relay, const std::string& kind);

/// A whole run of a new instrument, ingestd and all, while the gate does to the relay what the point says.
Outcome run_behind(Stand& stand, Relay& relay, const AgentRun& run, const std::string& kind, Gate gate);

/// A stand whose ingestd reaches PostgreSQL over a relay.
struct RelayedStand {
    Stand stand;
    test::TemporaryDirectory directory;
    Relay relay;

    RelayedStand();
};

}  // namespace watchglass::faults
