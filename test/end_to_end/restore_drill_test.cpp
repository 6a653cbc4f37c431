// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <signal.h>

#include "test/end_to_end/pumps.h"
#include "test/end_to_end/stored_readings.h"
#include "test/support/wait.h"

namespace watchglass::test {

using namespace std::chrono_literals;

namespace {

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
    return start_agent(std::move(options), instrument);
}

}  // namespace

TEST_CASE("a platform restored from an old backup is refilled by its instruments, row by row, without a hand",
          "[end_to_end][restore]") {
    RunningStack stack;
    const auto cluster = stack.directory() / "postgres";
    const auto backup = stack.scratch() / "backup";
    struct Pump {
        std::filesystem::path directory;
        std::string device;
        std::filesystem::path before_backup;
        std::filesystem::path after_backup;
    };
    std::vector<Pump> pumps;
    for (int i = 0; i < 2; ++i) {
        const auto directory = stack.scratch() / fmt::format("pump-{}", i);
        const auto device = stack.enroll(directory, fmt::format("PTB-{}", i), "pump-test-bench");
        pumps.push_back({directory, device, recording_of(stack, 2 * i), recording_of(stack, 2 * i + 1)});
    }
    const auto port = std::to_string(stack.description().port);

    for (const Pump& pump : pumps) replay(pump.directory, pump.before_backup);
    REQUIRE(stack.stop(SIGTERM).code == 0);
    copy_tree(cluster, backup);
    stack.start({"--port", port});

    for (const Pump& pump : pumps) replay(pump.directory, pump.after_backup);
    REQUIRE(eventually([&] { return stack.latest_is_current(); }));
    const std::string before = digest(stack);
    const auto frames = stack.sql_number("SELECT count(*) FROM watchglass.frames");

    REQUIRE(stack.stop(SIGTERM).code == 0);
    copy_tree(backup, cluster);
    stack.start({"--port", port});
    REQUIRE(stack.sql_number("SELECT count(*) FROM watchglass.frames") < frames);
    REQUIRE(digest(stack) != before);

    std::vector<ChildProcess> agents;
    for (const Pump& pump : pumps) agents.push_back(idle_agent(pump.directory));
    const bool refilled = eventually(
        90s, [&] { return digest(stack) == before; }, 200ms);
    INFO(stack.words());
    CHECK(refilled);

    CHECK(stack.sql_number("SELECT count(*) FROM watchglass.platform_histories WHERE witness <> ''") == 1);
    for (const Pump& pump : pumps) {
        check_stored_once(stack, pump.device, pump.before_backup);
        check_stored_once(stack, pump.device, pump.after_backup);
    }
    CHECK(stack.sql_number("SELECT count(*) FROM watchglass.quarantine") == 0);
    CHECK(stack.sql_number("SELECT count(*) FROM watchglass.possible_repeats") == 0);
}

}  // namespace watchglass::test
