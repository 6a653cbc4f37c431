// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "test/simulation/database.h"
#include "test/simulation/ingest_process.h"
#include "test/simulation/machine.h"
#include "test/simulation/plan.h"

namespace watchglass::simulation {

/// What came of one run.
struct Report {
    std::vector<std::string> violations;
    std::vector<std::string> history;  ///< when it was asked for
    PointCounts points{};
    std::uint64_t events = 0;
    std::uint64_t places = 0;  ///< made durable by devices
    std::uint64_t stored = 0;  ///< rows
};

/// One plan in one world: instruments, network, broker, ingest and database, until all is at rest, and then the
/// question whether every promise was kept.
class Scenario {
public:
    Scenario(const Plan& plan, Mutant mutant, bool narrate);
    Report run();

private:
    friend class Check;

    void apply(const Step& step);
    void apply_to_device(const Step& step);
    void apply_to_platform(const Step& step);
    void start_ingest();
    [[nodiscard]] std::size_t living_ingests() const;
    IngestProcess* some_ingest();
    void add_clone(Machine& of);
    void go_away(Machine& machine, Microseconds time);
    void calm();
    void come_to_rest();
    [[nodiscard]] bool at_rest() const;

    Plan plan_;
    Mutant mutant_;
    World world_;
    Network network_;
    Database database_;
    Registry registry_;
    std::deque<Identity> identities_;
    std::vector<std::unique_ptr<Machine>> machines_;
    std::vector<std::unique_ptr<IngestProcess>> ingests_;
    std::map<std::size_t, Machine::Image> images_;  ///< by machine
    Microseconds ingest_down_{1'000'000};
    bool restored_ = false;
};

Report run_plan(const Plan& plan, Mutant mutant, bool narrate);

}  // namespace watchglass::simulation
