// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "test/faults/support/stand.h"
#include "test/faults/support/sweep.h"

namespace watchglass::faults {

/// Several agents that replay the same rows side by side, each on an instrument of its own. The stand outlives them.
class Agents {
public:
    Agents(Stand& stand, int count, const AgentRun& run);

    /// Readings that all of them have to tell.
    [[nodiscard]] std::uint64_t told() const { return told_; }
    /// Waits until so many of them are stored: a moment of the run, the same one on any machine. Throws when it never comes.
    void wait_until_stored(std::uint64_t readings) const;

    /// Waits for the good end of each, then judges what is stored of it.
    Outcome see_through();

private:
    [[nodiscard]] std::uint64_t stored() const;

    Stand& stand_;
    Rows rows_;
    std::uint64_t told_ = 0;
    std::vector<std::pair<Instrument, ChildProcess>> agents_;
};

}  // namespace watchglass::faults
