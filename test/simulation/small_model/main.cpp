// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "test/simulation/small_model/configurations.h"
#include "test/simulation/small_model/mutants.h"

/// The small model by hand: searches worlds, breaks designs, and tells how.
namespace {

using namespace watchglass::small_model;

struct Wishes {
    bool list = false;
    bool large = false;
    bool print_history = false;
    std::string mutant;
    std::string configuration;
};

template <class Work>
double seconds_for(Work work) {
    const auto began = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

void print_histories(const Findings& findings) {
    for (int harm = 0; harm < harm_count; ++harm) {
        const auto& history = findings.histories[static_cast<std::size_t>(harm)];
        if (!history) continue;
        fmt::print("\n  {}, in {} steps:\n", in_words(static_cast<Harm>(harm)), history->steps.size());
        for (std::size_t i = 0; i < history->steps.size(); ++i)
            fmt::print("    {:2}. {}\n", i + 1, history->steps[i]);
        if (!history->then.empty()) fmt::print("    From here on nothing fails, the broker starts empty:\n");
        for (const std::string& line : history->then) fmt::print("        {}\n", line);
    }
    fmt::print("\n");
}

std::string harms_in_words(Harms harms) {
    std::string text;
    for (int harm = 0; harm < harm_count; ++harm) {
        if ((harms & harm_bit(static_cast<Harm>(harm))) == 0) continue;
        text += (text.empty() ? "" : ", ") + std::string(in_words(static_cast<Harm>(harm)));
    }
    return text.empty() ? "no harm" : text;
}

void list() {
    fmt::print("Configurations (--config NAME):\n");
    for (const auto* some : {&configurations(), &larger_configurations(), &known_limits()}) {
        for (const Configuration& c : *some) fmt::print("  {:28} {}\n", c.name, c.says);
    }
    fmt::print("\nMutants (--mutant NAME):\n");
    for (const Mutant& mutant : mutants()) fmt::print("  {:28} {}\n", mutant.name, mutant.says);
}

/// True when the design does no harm there.
bool search(const Configuration& configuration, const Design& design, const Wishes& wishes) {
    Findings found;
    const double seconds = seconds_for([&] { found = run({configuration, design}); });
    fmt::print("{:28} {:>9} {:>10} {:>5} {:>6.1f}  {}{}\n", configuration.name, found.explored.states,
               found.explored.transitions, found.explored.depth, seconds, harms_in_words(harms_in(found)),
               found.overflowed ? " (a bound of the model was met)" : "");
    std::fflush(stdout);
    if (wishes.print_history) print_histories(found);
    return found.clean();
}

bool search_all(const std::vector<Configuration>& some, const Wishes& wishes) {
    fmt::print("{:28} {:>9} {:>10} {:>5} {:>6}  found\n", "configuration", "states", "steps", "depth", "s");
    bool clean = true;
    for (const Configuration& configuration : some) clean = search(configuration, Design{}, wishes) && clean;
    return clean;
}

const char* cell(Harms harms, Harm harm) { return (harms & harm_bit(harm)) != 0 ? "yes" : "-"; }

/// True when the mutant is caught.
bool try_mutant(const Mutant& mutant, const Wishes& wishes) {
    const Findings found = run(mutant);
    const Harms harms = harms_in(found);
    const bool caught = (harms & mutant.harms) == mutant.harms;
    const Harms others = harms & ~(harm_bit(lost) | harm_bit(duplicated) | harm_bit(discarded));
    fmt::print("| {:54} | {:5} | {:10} | {:9} | {}{}\n", mutant.says, cell(harms, lost),
               cell(harms, duplicated), cell(harms, discarded), others != 0 ? harms_in_words(others) : "-",
               caught ? " |" : " | SURVIVES");
    std::fflush(stdout);
    if (wishes.print_history) print_histories(found);
    return caught;
}

bool try_all_mutants(const Wishes& wishes) {
    fmt::print("\n| {:54} | {:5} | {:10} | {:9} | other\n", "design", "lost", "duplicated", "discarded");
    bool caught = true;
    for (const Mutant& mutant : mutants()) caught = try_mutant(mutant, wishes) && caught;
    fmt::print("| {:54} | {:5} | {:10} | {:9} | {} |\n", "the design", "never", "never", "never", "never");
    return caught;
}

int unknown(const char* what, const std::string& name) {
    fmt::print(stderr, "There is no {} \"{}\". --list shows what there is.\n", what, name);
    return 2;
}

int fulfill(const Wishes& wishes) {
    if (wishes.list) {
        list();
        return 0;
    }
    const Mutant* mutant = find_mutant(wishes.mutant);
    if (!wishes.mutant.empty() && mutant == nullptr) return unknown("mutant", wishes.mutant);
    if (!wishes.configuration.empty()) {
        const Configuration* configuration = find_configuration(wishes.configuration);
        if (configuration == nullptr) return unknown("configuration", wishes.configuration);
        return search(*configuration, mutant != nullptr ? mutant->design : Design{}, wishes) ? 0 : 1;
    }
    if (mutant != nullptr) return try_mutant(*mutant, wishes) ? 0 : 1;
    if (wishes.large) return search_all(larger_configurations(), wishes) ? 0 : 1;
    const bool clean = search_all(configurations(), wishes);
    if (!clean) fmt::print("\nThe design does harm: --config NAME --print-history tells how.\n");
    const bool caught = try_all_mutants(wishes);
    return clean && caught ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    Wishes wishes;
    CLI::App app{"Searches every state of a small model of the delivery protocol.", "small_model"};
    app.add_flag("--list", wishes.list, "what can be searched and what can be broken");
    app.add_option("--config", wishes.configuration, "only this configuration");
    app.add_option("--mutant", wishes.mutant, "a design with one decision undone");
    app.add_flag("--print-history", wishes.print_history, "the shortest history to each harm");
    app.add_flag("--large", wishes.large, "the larger configurations: minutes");
    CLI11_PARSE(app, argc, argv);
    return fulfill(wishes);
}
