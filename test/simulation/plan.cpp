// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/plan.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "test/simulation/ingest_process.h"

namespace watchglass::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, static_cast<std::size_t>(Act::count)> act_names{
    "alarm",         "burst",         "device dies",  "device closes", "write errors",  "sync errors",
    "read errors",   "disk full",     "bit rot",      "take image",    "roll back",     "clone",
    "wipe",          "clock at 1970", "clock jumps",  "cut",           "half-open",     "away",
    "disorder",      "broker dies",   "small queues", "ingest dies",   "second ingest", "database away",
    "database dies", "database full", "data refused", "answer lost",   "back up",       "restore"};

constexpr std::array<std::string_view, static_cast<std::size_t>(Profile::count)> profile_names{
    "everything", "device", "network", "platform", "full-journal", "quiet", "away", "restore", "forks"};

constexpr std::array device_acts{Act::device_dies,   Act::device_closes, Act::write_errors, Act::sync_errors,
                                 Act::read_errors,   Act::disk_full,     Act::bit_rot,      Act::wipe,
                                 Act::clock_at_1970, Act::clock_jumps};
constexpr std::array network_acts{Act::cut,      Act::half_open,   Act::away,
                                  Act::disorder, Act::broker_dies, Act::small_queues};
constexpr std::array platform_acts{Act::ingest_dies,   Act::second_ingest, Act::database_away,
                                   Act::database_dies, Act::database_full, Act::data_refused,
                                   Act::answer_lost};

/// How often a kind of fault is chosen, beside the others that are switched on.
std::uint64_t weight(Act act) {
    switch (act) {
        case Act::device_dies:
        case Act::ingest_dies: return 4;
        case Act::answer_lost:
        case Act::cut: return 2;
        default: return 1;
    }
}

std::vector<Act> acts_of(Profile profile) {
    std::vector<Act> acts;
    const auto take = [&](const auto& list) { acts.insert(acts.end(), list.begin(), list.end()); };
    switch (profile) {
        case Profile::everything:
            take(device_acts);
            take(network_acts);
            take(platform_acts);
            break;
        case Profile::device: take(device_acts); break;
        case Profile::network:
            take(network_acts);
            take(std::array{Act::database_away});
            break;
        case Profile::platform: take(platform_acts); break;
        case Profile::full_journal:
            take(std::array{Act::device_dies, Act::away, Act::sync_errors, Act::disk_full});
            break;
        case Profile::quiet: break;
        case Profile::away: take(std::array{Act::device_dies}); break;
        case Profile::restore:
            take(std::array{Act::device_dies, Act::ingest_dies, Act::cut, Act::database_dies,
                            Act::answer_lost});
            break;
        case Profile::forks:
            take(std::array{Act::device_dies, Act::ingest_dies, Act::cut, Act::broker_dies, Act::take_image,
                            Act::wipe, Act::roll_back, Act::clone});
            break;
        case Profile::count: break;
    }
    return acts;
}

std::uint64_t ms(Dice& dice, std::uint64_t least, std::uint64_t most) {
    return dice.between(least, most) * 1000;
}

Step make_step(Act act, const Plan& plan, Dice& dice) {
    Step step;
    step.act = act;
    step.at =
        Microseconds{static_cast<std::int64_t>(ms(dice, 1'000, static_cast<std::uint64_t>(plan.end / 1ms)))};
    step.who = dice.below(plan.devices);
    switch (act) {
        case Act::alarm: break;
        case Act::burst: step.a = dice.between(5, 60); break;
        case Act::device_dies:
            step.a = dice.below(static_cast<std::uint64_t>(Moment::count)) | (dice.chance(0.5) ? 0x100u : 0u);
            step.b = dice.below(dice.chance(0.5) ? 2 : 8);
            step.c = ms(dice, 10, 4'000);
            break;
        case Act::device_closes:
        case Act::wipe:
        case Act::roll_back: step.c = ms(dice, 10, 4'000); break;
        case Act::write_errors:
        case Act::sync_errors:
        case Act::read_errors: step.a = dice.between(1, dice.chance(0.5) ? 2 : 12); break;
        case Act::disk_full:
        case Act::database_full:
        case Act::database_away:
        case Act::small_queues:
        case Act::disorder:
            step.a = ms(dice, 100, 15'000);
            step.b = dice.between(1, 40);
            break;
        case Act::bit_rot:
        case Act::take_image:
        case Act::clone:
        case Act::clock_at_1970: break;
        case Act::clock_jumps: step.a = dice.below(4 * 86'400); break;
        case Act::cut: break;
        case Act::half_open: step.a = ms(dice, 1'000, 45'000); break;
        case Act::away: step.a = ms(dice, 1'000, 40'000); break;
        case Act::broker_dies:
        case Act::database_dies: step.a = ms(dice, 10, 6'000); break;
        case Act::ingest_dies:
            step.a = dice.below(static_cast<std::uint64_t>(IngestMoment::count));
            step.b = dice.below(4);
            step.c = ms(dice, 5, 5'000);
            break;
        case Act::second_ingest: break;
        case Act::data_refused: step.a = dice.between(1, 20); break;
        case Act::answer_lost: step.a = dice.below(3); break;
        case Act::back_up:
        case Act::restore:
            step.a = ms(dice, 10, 3'000);
            step.b = dice.below(3);
            break;
        case Act::count: break;
    }
    return step;
}

void add_swarm(Plan& plan, Dice& dice) {
    std::vector<Act> weighted;
    for (const Act act : acts_of(plan.profile)) {
        if (dice.chance(0.6)) weighted.insert(weighted.end(), weight(act), act);
    }
    const std::uint64_t faults = weighted.empty() ? 0 : dice.between(1, 12);
    for (std::uint64_t i = 0; i < faults; ++i) {
        plan.steps.push_back(make_step(weighted[dice.below(weighted.size())], plan, dice));
    }
}

void add_what_the_profile_is_about(Plan& plan, Dice& dice) {
    if (plan.profile == Profile::away) {
        Step away{1s, Act::away, 0, static_cast<std::uint64_t>(Microseconds{720h}.count()), 0, 0};
        away.at = Microseconds{static_cast<std::int64_t>(ms(dice, 1'000, 20'000))};
        plan.steps.push_back(away);
        plan.end = away.at + Microseconds{720h} + 10s;
    }
    if (plan.profile == Profile::restore) {
        Step back_up = make_step(Act::back_up, plan, dice);
        Step restore = make_step(Act::restore, plan, dice);
        if (back_up.at > restore.at) std::swap(back_up.at, restore.at);
        plan.steps.push_back(back_up);
        plan.steps.push_back(restore);
    }
    if (plan.profile == Profile::full_journal && dice.chance(0.7)) {
        Step death = make_step(Act::device_dies, plan, dice);
        death.a =
            static_cast<std::uint64_t>(dice.chance(0.5) ? Moment::before_remove : Moment::after_remove) |
            (death.a & 0x100);
        plan.steps.push_back(death);
    }
    if (plan.profile == Profile::forks) {
        Step image = make_step(Act::take_image, plan, dice);
        Step fork = make_step(dice.chance(0.5) ? Act::roll_back : Act::clone, plan, dice);
        if (image.at > fork.at) std::swap(image.at, fork.at);
        fork.who = image.who;
        plan.steps.push_back(image);
        plan.steps.push_back(fork);
        for (std::uint64_t i = dice.below(3); i > 0; --i) {
            Step death = make_step(Act::device_dies, plan, dice);
            death.at = fork.at + Microseconds{static_cast<std::int64_t>(fork.c + 1'000)};
            death.who = dice.chance(0.5) ? fork.who : plan.devices;
            death.a = static_cast<std::uint64_t>(dice.chance(0.7) ? Moment::rekeying : Moment::new_epoch) |
                      (death.a & 0x100);
            plan.steps.push_back(death);
        }
    }
}

void set_up(Plan& plan, Dice& dice) {
    plan.devices = plan.profile == Profile::away ? 1 : dice.between(1, 3);
    plan.end = Microseconds{static_cast<std::int64_t>(ms(dice, 15'000, 60'000))};
    plan.machine.reading_every = Microseconds{static_cast<std::int64_t>(ms(dice, 100, 1'500))};
    plan.machine.policy.flush_interval = std::chrono::milliseconds{dice.between(50, 1'000)};
    plan.machine.policy.sync_interval = std::chrono::milliseconds{dice.between(100, 5'000)};
    plan.network.latency_most = Microseconds{static_cast<std::int64_t>(ms(dice, 1, 150))};
    if (plan.profile == Profile::full_journal) {
        plan.machine.lane_bytes = 256u << 10;
        plan.machine.ballast_bytes = dice.between(2'000, 4'000);
        plan.machine.reading_every = Microseconds{static_cast<std::int64_t>(ms(dice, 100, 250))};
        plan.devices = 1;
    }
}

}  // namespace

std::string_view to_text(Act act) { return act_names.at(static_cast<std::size_t>(act)); }
std::string_view to_text(Profile profile) { return profile_names.at(static_cast<std::size_t>(profile)); }

std::optional<Profile> profile_named(std::string_view name) {
    const auto found = std::find(profile_names.begin(), profile_names.end(), name);
    if (found == profile_names.end()) return std::nullopt;
    return static_cast<Profile>(found - profile_names.begin());
}

std::string describe(const Step& step) {
    std::string text = fmt::format("{:>10.3f}s  device {}  {}", static_cast<double>(step.at.count()) / 1e6,
                                   step.who, to_text(step.act));
    if (step.act == Act::device_dies) {
        text +=
            fmt::format(" {} ({} later), {}, back after {} ms", to_text(static_cast<Moment>(step.a & 0xff)),
                        step.b, (step.a & 0x100) != 0 ? "power cut" : "killed", step.c / 1000);
    } else if (step.act == Act::ingest_dies) {
        text += fmt::format(" {} ({} later), back after {} ms", to_text(static_cast<IngestMoment>(step.a)),
                            step.b, step.c / 1000);
    } else if (step.a + step.b + step.c > 0) {
        text += fmt::format(" {} {} {}", step.a, step.b, step.c);
    }
    return text;
}

Plan make_plan(std::uint64_t seed, Profile profile) {
    Dice dice(seed, "plan", static_cast<std::uint64_t>(profile));
    Plan plan;
    plan.seed = seed;
    plan.profile = profile;
    set_up(plan, dice);
    add_swarm(plan, dice);
    add_what_the_profile_is_about(plan, dice);
    if (profile != Profile::quiet) {
        for (std::uint64_t i = dice.below(4); i > 0; --i)
            plan.steps.push_back(make_step(Act::alarm, plan, dice));
        if (dice.chance(0.3)) plan.steps.push_back(make_step(Act::burst, plan, dice));
    }
    std::stable_sort(plan.steps.begin(), plan.steps.end(),
                     [](const Step& x, const Step& y) { return x.at < y.at; });
    return plan;
}

Profile profile_of(std::uint64_t seed) {
    static constexpr std::array mix{
        Profile::everything, Profile::device,   Profile::everything, Profile::network,
        Profile::everything, Profile::platform, Profile::everything, Profile::full_journal,
        Profile::forks,      Profile::restore,  Profile::everything, Profile::device,
        Profile::forks,      Profile::platform, Profile::quiet,      Profile::everything};
    // One in a hundred is away for a month.
    return seed % 100 == 50 ? Profile::away : mix[seed % mix.size()];
}

}  // namespace watchglass::simulation
