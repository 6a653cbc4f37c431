// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <unistd.h>

#include "libs/foundation/log.h"
#include "test/simulation/shrink.h"

/// Runs seeds of the simulation, one after the other. See README.md.
namespace watchglass::simulation {
namespace {

struct Arguments {
    std::uint64_t first = 1;
    std::uint64_t last = 0;
    std::optional<Profile> profile;
    Mutant mutant = Mutant::none;
    bool mutants = false;
    bool narrate = false;
    bool shrink = true;
    bool every_point = false;
};

template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
    const std::string line = fmt::format(format, std::forward<Args>(args)...);
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
    std::fflush(stdout);
}

int usage() {
    say("simulation --seed N [-v] | --seeds FROM..TO [--every-point] | --mutants [--seeds FROM..TO]\n"
        "           [--profile NAME] [--mutant NAME] [--no-shrink]\n"
        "  --seed N         one run; -v prints its history\n"
        "  --seeds A..B     runs; a failure is made as short as it will go and printed\n"
        "  --profile NAME   everything, device, network, platform, full-journal, quiet, away, restore, "
        "forks\n"
        "  --every-point    fail when one of the crash points was never hit\n"
        "  --mutant NAME    with the product broken on purpose\n"
        "  --mutants        each mutant over the seeds until one catches it; a survivor is a failure");
    return 2;
}

bool read_seeds(const std::string& text, Arguments& arguments) {
    const auto dots = text.find("..");
    if (dots == std::string::npos) return false;
    arguments.first = std::strtoull(text.c_str(), nullptr, 10);
    arguments.last = std::strtoull(text.c_str() + dots + 2, nullptr, 10);
    return arguments.first > 0 && arguments.last >= arguments.first;
}

bool read_arguments(int argc, char** argv, Arguments& arguments) {
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        const bool more = i + 1 < argc;
        if (name == "--seed" && more) {
            arguments.first = arguments.last = std::strtoull(argv[++i], nullptr, 10);
        } else if (name == "--seeds" && more) {
            if (!read_seeds(argv[++i], arguments)) return false;
        } else if (name == "--profile" && more) {
            arguments.profile = profile_named(argv[++i]);
            if (!arguments.profile) return false;
        } else if (name == "--mutant" && more) {
            const auto mutant = mutant_named(argv[++i]);
            if (!mutant) return false;
            arguments.mutant = *mutant;
        } else if (name == "--mutants") {
            arguments.mutants = true;
        } else if (name == "--every-point") {
            arguments.every_point = true;
        } else if (name == "--no-shrink") {
            arguments.shrink = false;
        } else if (name == "-v") {
            arguments.narrate = true;
        } else {
            return false;
        }
    }
    return arguments.last > 0 || arguments.mutants;
}

Plan plan_of(std::uint64_t seed, const Arguments& arguments) {
    return make_plan(seed, arguments.profile.value_or(profile_of(seed)));
}

void print_run(const Plan& plan, const Report& report) {
    say("seed {}, profile {}, {} devices, a reading every {} ms, {} steps:", plan.seed, to_text(plan.profile),
        plan.devices, plan.machine.reading_every.count() / 1000, plan.steps.size());
    for (const Step& step : plan.steps) say("    {}", describe(step));
    for (const std::string& line : report.history) say("  {}", line);
    for (const std::string& line : report.violations) say("BROKEN: {}", line);
}

void print_failure(const Plan& plan, const Arguments& arguments, const Report& report) {
    const std::string mutant =
        arguments.mutant == Mutant::none ? "" : fmt::format(" --mutant {}", to_text(arguments.mutant));
    say("\nseed {} ({}) FAILED: {}", plan.seed, to_text(plan.profile), report.violations.front());
    say("again: simulation --profile {} --seed {} -v{}", to_text(plan.profile), plan.seed, mutant);
    if (!arguments.shrink) return;
    std::size_t tries = 0;
    const Plan shortest = shrink(plan, arguments.mutant, tries);
    say("the shortest history that fails ({} of {} steps, after {} runs):", shortest.steps.size(),
        plan.steps.size(), tries);
    print_run(shortest, run_plan(shortest, arguments.mutant, true));
}

int print_points(const PointCounts& points, bool every_point) {
    int never = 0;
    for (std::size_t i = 0; i < point_count; ++i) {
        say("{:>8}  {}", points[i], to_text(static_cast<Point>(i)));
        never += points[i] == 0 ? 1 : 0;
    }
    if (never > 0 && every_point) say("{} crash points were NEVER HIT", never);
    return every_point ? never : 0;
}

int run_seeds(const Arguments& arguments) {
    const auto began = std::chrono::steady_clock::now();
    PointCounts points{};
    std::uint64_t failures = 0;
    std::uint64_t places = 0;
    std::uint64_t stored = 0;
    std::uint64_t events = 0;
    for (std::uint64_t seed = arguments.first; seed <= arguments.last; ++seed) {
        const Plan plan = plan_of(seed, arguments);
        const Report report = run_plan(plan, arguments.mutant, arguments.narrate);
        if (arguments.narrate) print_run(plan, report);
        for (std::size_t i = 0; i < point_count; ++i) points[i] += report.points[i];
        places += report.places;
        stored += report.stored;
        events += report.events;
        if (report.violations.empty()) continue;
        if (++failures <= 3)
            print_failure(plan, arguments, report);
        else
            say("seed {} ({}) FAILED: {}", seed, to_text(plan.profile), report.violations.front());
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    const auto seeds = arguments.last - arguments.first + 1;
    const int never = print_points(points, arguments.every_point);
    std::uint64_t faults = 0;
    for (const std::uint64_t hits : points) faults += hits;
    say("{} seeds, {} fault points, {} events, {} places made durable, {} rows stored: {} seeds failed",
        seeds, faults, events, places, stored, failures);
    say("{:.1f} s, {:.0f} seeds a minute", seconds, static_cast<double>(seeds) * 60.0 / seconds);
    return failures > 0 || never > 0 ? 1 : 0;
}

/// The profile in which a mutant's mistake can show.
Profile profile_for(Mutant mutant, std::uint64_t seed) {
    switch (mutant) {
        case Mutant::rewind_on_progress: return Profile::quiet;
        case Mutant::repeats_not_compared:
        case Mutant::no_mapping: return Profile::forks;
        default: return profile_of(seed);
    }
}

int run_mutants(Arguments arguments) {
    if (arguments.last == 0) arguments.last = 400;
    int survivors = 0;
    for (const Mutant mutant : mutants) {
        std::string caught;
        std::uint64_t seed = arguments.first;
        for (; seed <= arguments.last && caught.empty(); ++seed) {
            const Profile profile = arguments.profile.value_or(profile_for(mutant, seed));
            const Plan plan = make_plan(seed, profile);
            const Report report = run_plan(plan, mutant, false);
            // What the product itself would have got wrong is no proof of anything.
            if (report.violations.empty() || !run_plan(plan, Mutant::none, false).violations.empty())
                continue;
            caught = report.violations.front();
        }
        if (caught.empty()) {
            ++survivors;
            say("{:<24} SURVIVED {} seeds", to_text(mutant), arguments.last - arguments.first + 1);
        } else {
            say("{:<24} caught by seed {}: {}", to_text(mutant), seed - 1, caught);
        }
    }
    return survivors == 0 ? 0 : 1;
}

}  // namespace
}  // namespace watchglass::simulation

int main(int argc, char** argv) {
    using namespace watchglass;
    simulation::Arguments arguments;
    if (!simulation::read_arguments(argc, argv, arguments)) return simulation::usage();
    log::start("simulation", log::Level::error);
    log::redirect([](std::string_view) {});
    return arguments.mutants ? simulation::run_mutants(arguments) : simulation::run_seeds(arguments);
}
