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

std::int64_t stored_in_all(const RunningStack& stack) {
    return stack.sql_number("SELECT coalesce(sum(cardinality(parameters)), 0) FROM watchglass.frames");
}

std::int64_t readings_in_all(const std::map<std::string, std::vector<Reading>>& expected) {
    std::int64_t count = 0;
    for (const auto& [parameter, readings] : expected) count += static_cast<std::int64_t>(readings.size());
    return count;
}

}  // namespace

TEST_CASE("every changed reading of a recording is in PostgreSQL once, though ingest is killed in the middle",
          "[end_to_end][replay]") {
    const RunningStack stack;
    const auto instrument = stack.scratch() / "pump";
    const auto device = stack.enroll(instrument, "PTB-1", "pump-test-bench");
    const auto recording = pump_recording(stack.scratch(), 20261120, 9000);
    const auto expected = changed_readings(recording);

    auto agent = start_agent(replaying_agent(instrument, recording), instrument);
    REQUIRE(eventually(60s, [&] { return stack.sql_number("SELECT count(*) FROM watchglass.frames") > 0; }));
    stack.kill("ingestd", SIGSTOP);  // so that what follows is true at the kill, on any machine
    REQUIRE(agent.running());
    REQUIRE(stored_in_all(stack) < readings_in_all(expected));
    stack.kill("ingestd", SIGKILL);

    const auto ended = agent.wait(240s);
    INFO(read_file(instrument / "agent.log").value_or(""));
    REQUIRE(ended);
    // Zero says: the journal holds no frame that is not stored.
    CHECK(ended->success());

    check_stored_once(stack, device, recording);
    CHECK(stack.sql_number("SELECT count(*) FROM watchglass.quarantine") == 0);
    CHECK(stack.sql_number("SELECT count(*) FROM watchglass.gaps") == 0);
}

}  // namespace watchglass::test
