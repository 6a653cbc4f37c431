// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <signal.h>

#include "cli/stack/demo_recording.h"
#include "test/end_to_end/stored_readings.h"
#include "test/support/wait.h"

namespace watchglass::test {

using namespace std::chrono_literals;

namespace {

constexpr WallTime march{1'583'020'800'000'000};
constexpr Microseconds month{30LL * 86'400'000'000};

/// One line for all that ingest has stored: every row of telemetry, events and gaps with its place, the latest values, and
/// where each stream stands. Times of receipt are left out: what is sent again is received again.
std::string digest(const RunningStack& stack) {
    return stack
        .sql(
            "SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM ("
            " SELECT format('frame %s %s %s %s %s %s %s %s %s %s %s %s %s', device, lane, epoch, seq, t, "
            "device_us,"
            "               dictionary, clock_quality, time_replaced, sub_device, parameters, offsets_us, "
            "numbers)"
            "        || coalesce(texts::text, '')"
            "   FROM watchglass.frames"
            " UNION ALL SELECT format('event %s %s %s %s %s %s %s %s %s %s %s', device, lane, epoch, seq, "
            "ordinal, t, kind,"
            "                         severity, name, parameter, value) || text"
            "   FROM watchglass.frame_events"
            " UNION ALL SELECT format('gap %s %s %s %s %s %s %s', device, lane, epoch, from_seq, to_seq, "
            "cause, changes_lost)"
            "   FROM watchglass.stream_gaps"
            " UNION ALL SELECT format('latest %s %s %s %s %s %s', device, sub_device, parameters, numbers, "
            "texts, changed)"
            "   FROM watchglass.latest_values WHERE cardinality(parameters) > 0"
            " UNION ALL SELECT format('stream %s %s %s %s %s', device, lane, epoch, stored_through, chain)"
            "   FROM watchglass.streams WHERE stored_through > 0"
            ") AS all_rows(line)")
        .front();
}

std::filesystem::path recording_of(const RunningStack& stack, std::uint64_t seed, WallTime start) {
    const auto file = stack.scratch() / fmt::format("recording-{}.csv", seed);
    REQUIRE(cli::write_recording({.seed = seed, .start = start, .rows = 1500}, file));
    return file;
}

void replay(const std::filesystem::path& instrument, const std::filesystem::path& recording) {
    const auto ended = run_program(replaying_agent(instrument, recording), 120s);
    REQUIRE(ended);
    INFO(ended->err);
    REQUIRE(ended->status.success());
}

/// An agent that only keeps its link: nothing new is read.
ChildProcess idle_agent(const std::filesystem::path& instrument) {
    SpawnOptions options;
    options.argv = {program("watchglass-agent").string(),
                    "run",
                    "--dir",
                    instrument.string(),
                    "--source",
                    "lines",
                    "--socket",
                    (instrument / "lines.sock").string(),
                    "--dictionary",
                    "pump-test-bench"};
    options.out = FileStream{instrument / "agent.log"};
    options.err = FileStream{instrument / "agent.log"};
    auto agent = ChildProcess::spawn(options);
    REQUIRE(agent);
    return std::move(*agent);
}

}  // namespace

TEST_CASE("a platform restored from an old backup is refilled by its instruments, row by row, without a hand",
          "[end_to_end][restore]") {
    RunningStack stack;
    const auto cluster = stack.directory() / "postgres";
    const auto backup = stack.scratch() / "backup";
    const auto copy = [&](const std::filesystem::path& from, const std::filesystem::path& to) {
        std::filesystem::remove_all(to);
        // With owners and modes, as a backup has them.
        const auto copied = run_program({.argv = {"cp", "-a", from.string(), to.string()}}, 60s);
        REQUIRE((copied && copied->status.success()));
    };

    std::vector<std::filesystem::path> instruments;
    std::vector<std::string> devices;
    for (int i = 0; i < 2; ++i) {
        instruments.push_back(stack.scratch() / fmt::format("pump-{}", i));
        devices.push_back(stack.enroll(instruments.back(), fmt::format("PTB-{}", i), "pump-test-bench"));
        replay(instruments.back(), recording_of(stack, 10 + static_cast<std::uint64_t>(i), march));
    }
    const auto port = stack.description().port;

    REQUIRE(stack.stop(SIGTERM).code == 0);
    copy(cluster, backup);
    stack.start({"--port", std::to_string(port)});

    for (int i = 0; i < 2; ++i)
        replay(instruments[static_cast<std::size_t>(i)],
               recording_of(stack, 20 + static_cast<std::uint64_t>(i), march + month));
    const std::string before = digest(stack);
    const auto frames = stack.sql_number("SELECT count(*) FROM watchglass.frames");

    REQUIRE(stack.stop(SIGTERM).code == 0);
    copy(backup, cluster);
    stack.start({"--port", std::to_string(port)});
    REQUIRE(stack.sql_number("SELECT count(*) FROM watchglass.frames") < frames);
    REQUIRE(digest(stack) != before);

    std::vector<ChildProcess> agents;
    for (const auto& instrument : instruments) agents.push_back(idle_agent(instrument));
    CHECK(eventually(
        90s, [&] { return digest(stack) == before; }, 200ms));
    INFO(stack.words());

    CHECK(stack.sql("SELECT count(*) FROM watchglass.platform_histories WHERE witness <> ''") ==
          std::vector<std::string>{"1"});
    for (std::size_t i = 0; i < 2; ++i) {
        check_stored_once(stack, devices[i], stack.scratch() / fmt::format("recording-{}.csv", 10 + i));
        check_stored_once(stack, devices[i], stack.scratch() / fmt::format("recording-{}.csv", 20 + i));
    }
    CHECK(stack.sql_number("SELECT count(*) FROM watchglass.quarantine") == 0);
    CHECK(stack.sql_number("SELECT count(*) FROM watchglass.possible_repeats") == 0);
}

}  // namespace watchglass::test
