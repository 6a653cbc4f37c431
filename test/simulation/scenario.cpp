// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/scenario.h"

#include <algorithm>

#include "test/simulation/check.h"

namespace watchglass::simulation {
namespace {

using namespace std::chrono_literals;

/// With nothing going wrong any more, all is stored after this long or never.
constexpr Microseconds rest_patience = 20min;
/// So long it has to stay at rest: a heartbeat of everybody, and each clone's turn, may still bring something to light.
constexpr Microseconds rest_proved = 10s;
constexpr Microseconds rest_proved_after_restore = 150s;
/// Clones share a name, so that only one of them is connected: each gets this long in turn.
constexpr Microseconds turn_of_a_clone = 20s;

DeviceId device_id(std::size_t n) {
    std::string text(device_id_length, 'b');
    text.front() = 'a';
    text.back() = static_cast<char>('a' + n);
    return DeviceId::parse(text).value();
}

}  // namespace

Scenario::Scenario(const Plan& plan, Mutant mutant, bool narrate)
    : plan_(plan),
      mutant_(mutant),
      world_(narrate),
      network_(world_, plan.seed, plan.network),
      database_(world_) {
    database_.on_history = [this](std::uint64_t history) {
        world_.after(50ms, [this, history] {
            for (std::size_t i = 0; i < ingests_.size(); ++i) ingests_[i]->follow_history(history);
        });
    };
    for (std::size_t n = 0; n < plan_.devices; ++n) {
        identities_.push_back(
            Identity{.id = device_id(n), .number = static_cast<std::int32_t>(n + 1), .ledger = {}});
        registry_.enroll(identities_.back().id, identities_.back().number);
        machines_.push_back(std::make_unique<Machine>(
            world_, network_, identities_.back(), static_cast<int>(n), plan_.seed, plan_.machine, mutant));
    }
}

Report Scenario::run() {
    start_ingest();
    for (std::size_t n = 0; n < machines_.size(); ++n) {
        world_.at(Microseconds{300'000 + 50'000 * static_cast<std::int64_t>(n)},
                  [this, n] { machines_[n]->boot(); });
    }
    for (const Step& step : plan_.steps) {
        world_.at(step.at, [this, &step] {
            world_.note("-- {}", describe(step));
            apply(step);
        });
    }
    world_.run_until(plan_.end);
    calm();
    come_to_rest();

    Check(*this).everything();
    Report report;
    report.violations = world_.violations();
    report.history = world_.history();
    report.points = world_.points();
    report.events = world_.events();
    for (const Identity& identity : identities_) report.places += identity.ledger.places().size();
    report.stored = database_.tables.rows.size();
    return report;
}

void Scenario::start_ingest() {
    const int number = static_cast<int>(ingests_.size());
    ingests_.push_back(std::make_unique<IngestProcess>(world_, network_, database_, registry_,
                                                       fmt::format("ingest {}", number), plan_.seed, number,
                                                       mutant_));
    ingests_.back()->on_death = [this] {
        world_.after(ingest_down_, [this] {
            if (living_ingests() == 0) start_ingest();
        });
    };
    ingests_.back()->start();
}

std::size_t Scenario::living_ingests() const {
    return static_cast<std::size_t>(
        std::count_if(ingests_.begin(), ingests_.end(), [](const auto& ingest) { return !ingest->dead(); }));
}

IngestProcess* Scenario::some_ingest() {
    const auto found =
        std::find_if(ingests_.rbegin(), ingests_.rend(), [](const auto& i) { return !i->dead(); });
    return found == ingests_.rend() ? nullptr : found->get();
}

void Scenario::calm() {
    world_.note("-- nothing goes wrong from here on");
    ingest_down_ = 100ms;
    database_.calm();
    network_.set_disorder(0);
    network_.set_queue_most(10'000);
    for (const auto& ingest : ingests_) ingest->calm();
    for (const auto& machine : machines_) {
        machine->stop_recording();
        machine->calm();
        machine->set_reachable(true);
        machine->drain();
    }
}

void Scenario::come_to_rest() {
    const Microseconds patience = world_.now() + rest_patience;
    std::map<const Identity*, std::vector<Machine*>> bearers;
    for (const auto& machine : machines_) bearers[&machine->identity()].push_back(machine.get());
    std::size_t round = 0;
    Microseconds next_round{0};
    const bool complicated = restored_ || machines_.size() > plan_.devices;
    const Microseconds enough = complicated ? rest_proved_after_restore : rest_proved;
    Microseconds busy_at = world_.now();
    while (world_.now() - busy_at < enough) {
        if (!at_rest()) busy_at = world_.now();
        if (world_.now() > patience) {
            world_.violation(
                "the world does not come to rest: something is not stored, though nothing is in its way");
            return;
        }
        if (world_.now() >= next_round) {
            for (const auto& [identity, machines] : bearers) {
                for (std::size_t n = 0; n < machines.size(); ++n) {
                    machines[n]->set_reachable(n == round % machines.size());
                }
            }
            ++round;
            next_round = world_.now() + turn_of_a_clone;
        }
        world_.run_until(world_.now() + 500ms);
    }
}

bool Scenario::at_rest() const {
    return std::all_of(machines_.begin(), machines_.end(),
                       [](const auto& machine) { return machine->drained(); });
}

Report run_plan(const Plan& plan, Mutant mutant, bool narrate) {
    return Scenario(plan, mutant, narrate).run();
}

}  // namespace watchglass::simulation
