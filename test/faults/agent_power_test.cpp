// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <signal.h>

#include "test/faults/support/journal_image.h"
#include "test/faults/support/lossy_disk.h"
#include "test/faults/support/pool.h"
#include "test/faults/support/stand.h"
#include "test/faults/support/sweep.h"

using namespace watchglass;
using namespace watchglass::faults;

namespace {

constexpr Rows first_run{1, 50};
constexpr Rows second_run{51, 65};
constexpr Rows last_run{66, 75};
constexpr const char* pace = "500";

/// `kind:n:seed`. Kinds: `cut` at the first run's n-th disk operation; `again` at the second run's, after a cut of the
/// first; `eio`: the n-th sync fails, and a few operations later the power is lost; `full`: from the n-th operation on the
/// disk has no room for a while.
struct Point {
    std::string kind;
    std::uint64_t n = 0;
    std::uint64_t seed = 0;

    explicit Point(const std::string& text) : kind(text.substr(0, text.find(':'))) {
        const auto second = text.find(':', kind.size() + 1);
        n = std::stoull(text.substr(kind.size() + 1));
        seed = std::stoull(text.substr(second + 1));
    }
};

/// An instrument whose journal lies on that disk, which is empty.
Instrument install(Stand& stand, LossyDisk& disk) {
    disk.store().format();
    const auto instrument = stand.enroll();
    std::filesystem::create_directory_symlink(disk.path(), instrument.directory / "journal");
    return instrument;
}

std::vector<std::string> every_point(Stand& stand, LossyDisk& disk) {
    const auto instrument = install(stand, disk);
    std::vector<std::string> points;
    const auto add = [&](const std::string& kind, std::uint64_t last, std::uint64_t seeds) {
        for (std::uint64_t n = 1; n <= last; ++n)
            for (std::uint64_t seed = 1; seed <= seeds; ++seed)
                points.push_back(fmt::format("{}:{}:{}", kind, n, n * 7919 % 1000 + seed));
    };
    stand.run_agent(instrument, {first_run, pace});
    add("cut", disk.store().operations(), 4);
    add("eio", disk.store().syncs(), 4);
    add("full", disk.store().operations(), 1);
    disk.store().power_on();  // counts anew
    stand.run_agent(instrument, {second_run, pace});
    add("again", disk.store().operations(), 4);
    return points;
}

/// One run until its power is lost, or to its end; tells whether it was lost.
bool live(Stand& stand, LossyDisk& disk, const Instrument& instrument, Rows rows, Account& account) {
    auto agent = stand.spawn_agent(instrument, {rows, pace});
    const auto ended = agent.wait(std::chrono::minutes{2});
    if (!ended) throw std::runtime_error("the agent is not done:\n" + stand.words(instrument));
    const bool cut = !disk.store().powered();
    if (cut != (ended->signal == SIGKILL))
        throw std::runtime_error(ended->text() + ":\n" + stand.words(instrument));
    account.lives.push_back(ended->success() ? Life::whole(told_by(rows)) : Life::cut_short(told_by(rows)));
    if (cut) note_synced(account.lives, read_journal(disk.store().promised(instrument.device.id.text())));
    // A journal that could not be opened or closed, because of the disk: what it shows is due.
    if (!cut && !ended->success()) note_synced(account.lives, read_journal(files_in(instrument.journal())));
    return cut;
}

/// Plans the fault of the first run.
void plan(LossyStore& store, const Point& point) {
    if (point.kind == "cut") store.cut_at(point.n, point.seed);
    if (point.kind == "again") store.cut_at(60 + point.seed % 50, point.seed);
    if (point.kind == "eio") {
        store.fail_syncs(point.n, 1);
        store.cut_at(point.n * 3 + point.seed % 40, point.seed);
    }
    if (point.kind == "full") store.full_between(point.n, point.n + 4 + point.seed % 8);
}

Outcome lose_power(Stand& stand, LossyDisk& disk, const std::string& text) {
    const Point point{text};
    const auto instrument = install(stand, disk);
    Account account;
    plan(disk.store(), point);
    bool reached = live(stand, disk, instrument, first_run, account);
    if (point.kind == "full") reached = disk.store().operations() >= point.n;
    disk.store().power_on();
    if (point.kind == "again") {
        disk.store().cut_at(point.n, point.seed);
        reached = live(stand, disk, instrument, second_run, account);
        disk.store().power_on();
    }
    stand.run_agent(instrument, {last_run, "max"});
    account.lives.push_back(Life::whole(told_by(last_run)));
    return {reached, stand.judge(account, instrument)};
}

}  // namespace

TEST_CASE("an agent whose power is lost at any disk operation keeps all that it had synced", "[faults]") {
    if (const auto why = LossyDisk::trouble(); !why.empty()) {
        fmt::print("Skipped: {}.\n", why);
        std::exit(77);
    }
    constexpr std::size_t side_by_side = 6;
    Stand stand;
    auto ingest = stand.spawn_ingest();
    Pool<LossyDisk> disks{side_by_side};
    Sweep sweep{"agent_power", 800};
    std::vector<std::string> points;
    disks.use([&](LossyDisk& disk) { points = every_point(stand, disk); });
    sweep.run(sweep.choose(points, 48), side_by_side, [&](const std::string& point) {
        return disks.use([&](LossyDisk& disk) { return lose_power(stand, disk, point); });
    });
    INFO(stand.ingest_words());
    CHECK(sweep.report());
}
