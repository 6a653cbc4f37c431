// SPDX-License-Identifier: Apache-2.0
#include "test/faults/support/agents.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "test/support/wait.h"

namespace watchglass::faults {

Agents::Agents(Stand& stand, int count, const AgentRun& run) : stand_(stand), rows_(run.rows) {
    const auto told = told_by(rows_);
    const auto readings =
        std::count_if(told.begin(), told.end(), [](const Told& t) { return t.lane == Lane::telemetry; });
    told_ = static_cast<std::uint64_t>(readings) * static_cast<std::uint64_t>(count);
    for (int i = 0; i < count; ++i) {
        const auto instrument = stand_.enroll();
        agents_.emplace_back(instrument, stand_.spawn_agent(instrument, run));
    }
}

std::uint64_t Agents::stored() const {
    std::string devices;
    for (const auto& [instrument, agent] : agents_)
        devices += fmt::format("{}{}", devices.empty() ? "" : ",", instrument.key.device.value());
    return static_cast<std::uint64_t>(stand_.database().number(fmt::format(
        "SELECT coalesce(sum(cardinality(parameters)), 0) FROM watchglass.frames WHERE device IN ({})",
        devices)));
}

void Agents::wait_until_stored(std::uint64_t readings) const {
    if (test::eventually(std::chrono::minutes{2}, [&] { return stored() >= readings; })) return;
    throw std::runtime_error(fmt::format("{} of {} readings are stored, and no more come", stored(), told_));
}

Outcome Agents::see_through() {
    Outcome outcome;
    for (auto& [instrument, agent] : agents_) {
        const auto ended = agent.wait(std::chrono::minutes{3});
        if (!ended || !ended->success())
            throw std::runtime_error("an agent is not done:\n" + stand_.words(instrument) +
                                     stand_.ingest_words());
        outcome.verdict.add(
            stand_.judge({.lives = {Life::whole(told_by(rows_))}, .excused = {}}, instrument));
    }
    return outcome;
}

}  // namespace watchglass::faults
