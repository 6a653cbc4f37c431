// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "test/simulation/small_model/configurations.h"
#include "test/simulation/small_model/mutants.h"
#include "test/simulation/small_model/steps.h"

using namespace watchglass::small_model;

namespace {

/// Two jugs of 3 and 5 liters: a search that everybody can check by hand.
struct Jugs {
    struct State {
        std::uint32_t three = 0;
        std::uint32_t five = 0;
    };
    struct Step {
        State after;
    };
    State first() const { return {}; }
    const std::vector<Step>& successors(const State& now) {
        const std::uint32_t to_five = std::min(now.three, 5 - now.five);
        const std::uint32_t to_three = std::min(now.five, 3 - now.three);
        steps = {{{3, now.five}},
                 {{now.three, 5}},
                 {{0, now.five}},
                 {{now.three, 0}},
                 {{now.three - to_five, now.five + to_five}},
                 {{now.three + to_three, now.five - to_three}}};
        return steps;
    }
    bool visit(const State& state, std::uint32_t number) {
        if (state.five == 4 && !four_liters) four_liters = number;
        return true;
    }
    std::vector<Step> steps;
    std::optional<std::uint32_t> four_liters;
};

State a_cloned_device() {
    Rules rules;
    rules.configuration.clones = 1;
    State state = beginning(rules);
    std::vector<Step> steps;
    steps_from(rules, state, true, steps);
    for (const Step& step : steps) {
        if (step.words.find("second device") != std::string::npos) state = step.after;
    }
    return state;
}

}  // namespace

TEST_CASE("a search finds every state once, and a shortest way", "[simulation][small_model]") {
    Jugs jugs;
    Seen seen;
    const Explored explored = explore(jugs, seen, 1000);
    CHECK(explored.complete);
    CHECK(explored.states == 16);
    REQUIRE(jugs.four_liters);
    CHECK(seen.path_to(*jugs.four_liters).size() == 7);  // the famous six steps, and the beginning
}

TEST_CASE("a search that was cut short does not call a design clean", "[simulation][small_model]") {
    const Configuration& crashes = *find_configuration("crashes");
    const Findings findings = run({crashes, Design{}}, 100);
    CHECK_FALSE(findings.explored.complete);
    CHECK_FALSE(findings.clean());
}

TEST_CASE("chains are equal when the same was said in each place", "[simulation][small_model]") {
    const Chain one = Chain{}.then(1);
    CHECK(one.then(2).through(1) == one);
    CHECK(one.then(2) != one.then(3));
    CHECK(one.then(2) != Chain{}.then(2).then(1));
    CHECK(one.then(nothing).at(2) == nothing);
    CHECK(Chain{}.then(1).then(2).then(3).size() == 3);
}

TEST_CASE("two copies that changed places are one state", "[simulation][small_model]") {
    State state = a_cloned_device();
    REQUIRE(state.devices[1].present == 1);
    state.devices[1].memory.streams[0].places = Chain{}.then(1);
    State other = state;
    std::swap(other.devices[0], other.devices[1]);
    REQUIRE_FALSE(state == other);
    canonicalize(state);
    canonicalize(other);
    CHECK(state == other);
}

TEST_CASE("harm comes with its shortest history", "[simulation][small_model]") {
    const Findings findings = run(*find_mutant("rewind-on-progress"));
    REQUIRE(findings.found(sent_again));
    const History& history = *findings.histories[sent_again];
    // Two readings appended and synced, both sent, one taken, committed, told and heard; and the other goes again.
    CHECK(history.steps.size() == 10);
    CHECK(history.steps.back() == "device 1 sends frame 2 of epoch 1 (reading 2 after [1])");
    CHECK(history.then.empty());
}

TEST_CASE("harm that shows only at rest comes with what was said until then", "[simulation][small_model]") {
    const Findings findings = run(*find_mutant("release-on-puback"));
    REQUIRE(findings.found(lost));
    CHECK_FALSE(findings.histories[lost]->steps.empty());
}

TEST_CASE("what the protocol does not withstand is still what the list says", "[simulation][small_model]") {
    for (const Configuration& limit : known_limits()) {
        INFO(limit.name << " does no harm any more: move it to configurations()");
        CHECK(harms_in(run({limit, Design{}}, 300'000)) != 0);
    }
}

TEST_CASE("configurations and mutants have names of their own", "[simulation][small_model]") {
    std::set<std::string> names;
    std::size_t count = 0;
    for (const auto* some : {&configurations(), &larger_configurations(), &known_limits()}) {
        for (const Configuration& configuration : *some) names.insert(configuration.name);
        count += some->size();
    }
    for (const Mutant& mutant : mutants()) {
        names.insert(mutant.name);
        for (const char* name : mutant.configurations) CHECK(find_configuration(name) != nullptr);
    }
    CHECK(names.size() == count + mutants().size());
}
