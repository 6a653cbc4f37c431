// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <signal.h>

#include "test/faults/support/journal_image.h"
#include "test/faults/support/stand.h"
#include "test/faults/support/sweep.h"

using namespace watchglass;
using namespace watchglass::faults;

namespace {

constexpr Rows before_the_kill{1, 60};
constexpr Rows after_it{61, 70};

/// `call:action:n`
struct Point {
    std::string call, action, n;
    explicit Point(const std::string& text)
        : call(text.substr(0, text.find(':'))),
          action(text.substr(call.size() + 1, text.rfind(':') - call.size() - 1)),
          n(text.substr(text.rfind(':') + 1)) {}
};

/// How many calls of each kind a run makes that nothing ends.
std::vector<std::string> every_point(Stand& stand) {
    const auto counts = stand.directory() / "counts";
    const auto instrument = stand.enroll();
    stand.run_agent(instrument, {before_the_kill, "500", with_faults(counts, {})});
    std::vector<std::string> points;
    const auto add = [&](const std::string& call, const std::vector<std::string>& actions) {
        for (std::uint64_t n = 1; n <= counted(counts, call); ++n)
            for (const std::string& action : actions) points.push_back(fmt::format("{}:{}:{}", call, action, n));
    };
    add("write", {"kill_before", "kill_torn", "kill_after"});
    add("sync", {"kill_before", "kill_after"});
    add("name", {"kill_before", "kill_after"});
    add("send", {"kill_before", "kill_torn", "kill_after"});
    return points;
}

Outcome kill_once(Stand& stand, const std::string& text) {
    const Point point{text};
    const auto instrument = stand.enroll();
    auto agent = stand.spawn_agent(
        instrument, {before_the_kill, "500",
                     with_faults(instrument.directory / "counts",
                                 {{"CALL", point.call}, {"DO", point.action}, {"AT", point.n}})});
    const auto ended = agent.wait(std::chrono::minutes{2});
    if (!ended) throw std::runtime_error("the agent is not done:\n" + stand.words(instrument));
    const bool killed = ended->signal == SIGKILL;
    if (!killed && !ended->success()) throw std::runtime_error(ended->text() + ":\n" + stand.words(instrument));

    Account account;
    account.lives.push_back(killed ? Life::cut_short(told_by(before_the_kill)) : Life::whole(told_by(before_the_kill)));
    if (killed) note_synced(account.lives[0], read_journal(files_in(instrument.journal())));
    stand.run_agent(instrument, {after_it, "max"});
    account.lives.push_back(Life::whole(told_by(after_it)));
    return {killed, stand.judge(account, instrument)};
}

}  // namespace

TEST_CASE("an agent killed at any call that writes, syncs, names or sends loses nothing that its disk holds",
          "[faults]") {
    Stand stand;
    auto ingest = stand.spawn_ingest();
    Sweep sweep{"agent_kill", full_sweep() ? "faults_agent_kill_full" : "faults_agent_kill"};
    sweep.run(sweep.choose(every_point(stand), 64), 6,
              [&](const std::string& point) { return kill_once(stand, point); });
    INFO(stand.ingest_words());
    CHECK(sweep.report());
}
