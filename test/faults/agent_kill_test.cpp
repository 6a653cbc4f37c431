// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <signal.h>

#include "test/faults/support/journal_image.h"
#include "test/faults/support/point.h"
#include "test/faults/support/sweep.h"

using namespace watchglass;
using namespace watchglass::faults;

namespace {

constexpr Rows first_run{1, 160};
constexpr Rows second_run{161, 185};
constexpr Rows last_run{186, 195};

/// A point of the second run is one of the first run's with this before it: the first one was killed already.
const std::string in_second_run = "again.";
constexpr const char* first_kill = "send:kill_before:40";

/// Every call of a run that nothing ends, with every way to die in it.
std::vector<std::string> every_point(Stand& stand) {
    const auto instrument = stand.enroll();
    std::vector<std::string> points;
    const auto count = [&](Rows rows, const std::string& prefix) {
        const auto counts = stand.directory() / "counts";
        stand.run_agent(instrument, {rows, "500", with_faults(counts, {})});
        add_points(points, counts, "write", {"kill_before", "kill_torn", "kill_after"}, prefix);
        add_points(points, counts, "sync", {"kill_before", "kill_after"}, prefix);
        add_points(points, counts, "name", {"kill_before", "kill_after"}, prefix);
        add_points(points, counts, "send", {"kill_before", "kill_torn", "kill_after"}, prefix);
    };
    count(first_run, "");
    count(second_run, in_second_run);
    return points;
}

/// One run that may be killed; tells whether it was.
bool live(Stand& stand, const Instrument& instrument, Rows rows, const std::string& point, Account& account) {
    const CallPoint fault{point};
    auto agent =
        stand.spawn_agent(instrument, {rows, "500", fault.environment(instrument.directory / "counts")});
    const auto ended = agent.wait(std::chrono::minutes{2});
    if (!ended) throw std::runtime_error("the agent is not done:\n" + stand.words(instrument));
    const bool killed = ended->signal == SIGKILL;
    if (!killed && !ended->success())
        throw std::runtime_error(ended->text() + ":\n" + stand.words(instrument));
    account.lives.push_back(killed ? Life::cut_short(told_by(rows)) : Life::whole(told_by(rows)));
    if (!killed) return false;
    const auto image = read_journal(files_in(instrument.journal()));
    note_synced(account.lives, image);
    return true;
}

Outcome kill_once(Stand& stand, const std::string& text) {
    const auto instrument = stand.enroll();
    Account account;
    bool reached = false;
    if (text.starts_with(in_second_run)) {
        live(stand, instrument, first_run, first_kill, account);
        reached = live(stand, instrument, second_run, text.substr(in_second_run.size()), account);
    } else {
        reached = live(stand, instrument, first_run, text, account);
    }
    stand.run_agent(instrument, {last_run, "max"});
    account.lives.push_back(Life::whole(told_by(last_run)));
    return {reached, stand.judge(account, instrument)};
}

}  // namespace

TEST_CASE("an agent killed at any call that writes, syncs, names or sends loses nothing that its disk holds",
          "[faults]") {
    Stand stand;
    auto ingest = stand.spawn_ingest();
    Sweep sweep{"agent_kill", 1'000};
    sweep.run(sweep.choose(every_point(stand), 48), 6,
              [&](const std::string& point) { return kill_once(stand, point); });
    INFO(stand.ingest_words());
    CHECK(sweep.report());
}
