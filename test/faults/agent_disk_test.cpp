// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "test/faults/support/journal_image.h"
#include "test/faults/support/point.h"
#include "test/faults/support/sweep.h"

using namespace watchglass;
using namespace watchglass::faults;

namespace {

constexpr Rows first_run{1, 40};
constexpr Rows last_run{41, 50};
constexpr const char* pace = "500";

/// One call that fails, and a disk that stays so for a while.
constexpr int passing = 1;
constexpr int lasting = 12;

/// Of 80 places in a lane: what may be given up while the disk is full for that long.
constexpr std::uint64_t most_given_up = 20;

/// `sync:EIO:n`, `write:ENOSPC:n` and so on; `lasting.` before it: that call and the next ones.
const std::string for_a_while = "lasting.";

std::vector<std::string> every_point(Stand& stand) {
    const auto counts = stand.directory() / "counts";
    stand.run_agent(stand.enroll(), {first_run, pace, with_faults(counts, {})});
    std::vector<std::string> points;
    for (const std::string& prefix : {std::string{}, for_a_while}) {
        add_points(points, counts, "sync", {"EIO"}, prefix);
        add_points(points, counts, "write", {"EIO", "ENOSPC"}, prefix);
        add_points(points, counts, "name", {"EIO", "ENOSPC"}, prefix);
    }
    return points;
}

/// The agent is not killed: what it holds in memory goes to the disk later. Only an agent that gives up, because it cannot
/// open or close its journal, may leave something out.
Outcome trouble_once(Stand& stand, const std::string& text) {
    const bool lasts = text.starts_with(for_a_while);
    const CallPoint fault{lasts ? text.substr(for_a_while.size()) : text};
    const auto instrument = stand.enroll();
    const auto counts = instrument.directory / "counts";
    auto environment = fault.environment(counts);
    environment.emplace_back("WATCHGLASS_FAULT_FOR", std::to_string(lasts ? lasting : passing));
    auto agent = stand.spawn_agent(instrument, {first_run, pace, environment});
    const auto ended = agent.wait(std::chrono::minutes{2});
    if (!ended || ended->signal != 0)
        throw std::runtime_error("the agent did not end well:\n" + stand.words(instrument));

    // A disk that is full for long takes the oldest of what it holds, and says so. One call takes nothing.
    Account account{.lives = {Life::whole(told_by(first_run))}, .excused = {}};
    if (lasts && fault.action == "ENOSPC") account.excused = {{GapCause::journal_full, most_given_up}};
    if (!ended->success()) {
        account.lives[0].ended_early = true;
        note_synced(account.lives, read_journal(files_in(instrument.journal())));
    }
    const bool reached = counted(counts, fault.call) >= std::stoull(fault.n);
    stand.run_agent(instrument, {last_run, "max"});
    account.lives.push_back(Life::whole(told_by(last_run)));
    return {reached, stand.judge(account, instrument)};
}

}  // namespace

TEST_CASE("an agent whose disk fails or is full for a while stores all the same", "[faults]") {
    Stand stand;
    auto ingest = stand.spawn_ingest();
    Sweep sweep{"agent_disk", 200};
    sweep.run(sweep.choose(every_point(stand), 30), 8,
              [&](const std::string& point) { return trouble_once(stand, point); });
    INFO(stand.ingest_words());
    CHECK(sweep.report());
}
