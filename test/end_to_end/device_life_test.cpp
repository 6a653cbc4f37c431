// SPDX-License-Identifier: Apache-2.0
// An instrument is suspended, comes back, and is revoked: what its operator and the instrument itself see.
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "libs/foundation/file.h"
#include "test/support/running_stack.h"
#include "test/support/wait.h"

namespace watchglass::test {

using namespace std::chrono_literals;

namespace {

/// Readings for longer than any test lasts, one a second.
std::filesystem::path long_recording(const std::filesystem::path& directory) {
    auto file = directory / "long.csv";
    std::ofstream out(file);
    out << "datetime;Temperature;Voltage\n";
    for (int i = 0; i < 3600; ++i)
        out << fmt::format("2020-03-09 10:{:02}:{:02};{}.5;{}\n", i / 60, i % 60, 20 + i % 50, 230 + i % 7);
    return file;
}

/// An instrument that is connected and sends.
struct Instrument {
    RunningStack stack;
    std::filesystem::path directory = stack.scratch() / "pump";
    std::string device = stack.enroll(directory, "LIFE-1", "pump-test-bench");
    std::optional<ChildProcess> agent;

    Instrument() {
        auto options = replaying_agent(directory, long_recording(stack.scratch()), "1");
        options.err = FileStream{stack.scratch() / "agent.log"};
        auto spawned = ChildProcess::spawn(options);
        REQUIRE(spawned);
        agent.emplace(std::move(*spawned));
        REQUIRE(eventually([&] { return presence() == "connected admitted" && frames() > 0; }));
    }
    [[nodiscard]] std::string presence() const {
        const auto rows = stack.sql("SELECT state || ' ' || reason FROM watchglass.presence");
        return rows.empty() ? "never" : rows.front();
    }
    [[nodiscard]] std::int64_t frames() const {
        return stack.sql_number("SELECT count(*) FROM watchglass.frames");
    }
};

}  // namespace

TEST_CASE("an operator suspends an instrument, lets it back in, and revokes it for good",
          "[end_to_end][life]") {
    const Instrument one;
    const auto& stack = one.stack;

    const auto suspended = stack.cli({"device", "suspend", one.device, "--reason", "lent to a trade fair"});
    INFO(suspended.err);
    CHECK(suspended.status.success());
    CHECK_THAT(suspended.out, Catch::Contains("Suspended " + one.device) &&
                                  Catch::Contains("watchglass device reinstate " + one.device));
    CHECK(eventually([&] { return one.presence() == "disconnected denied"; }));

    const auto reinstated = stack.cli({"device", "reinstate", one.device});
    CHECK_THAT(reinstated.out, Catch::Contains("may connect again"));
    CHECK(eventually(60s, [&] { return one.presence() == "connected admitted"; }));

    // For good, so nobody does it by mistake: a script has to say that it is meant.
    const auto unmeant = stack.cli({"device", "revoke", one.device, "--json"});
    CHECK(unmeant.status.code == 2);
    CHECK(json::parse(unmeant.err)->find("error")->text_or("code", "") == "cli.not_confirmed");
    CHECK(stack.cli_json({"device", "show", one.device}).text_or("state", "") == "enrolled");

    const auto revoked = stack.cli_json({"device", "revoke", one.device, "--yes", "--reason", "stolen"});
    CHECK(revoked.text_or("state", "") == "revoked");
    CHECK(revoked.boolean("broker_confirmed").value());
    CHECK(eventually([&] { return one.presence() == "disconnected denied"; }));
    // It asks to come in again and again, and is refused.
    CHECK(eventually(60s, [&] {
        return stack.service_metrics("bridged").find(R"(code="broker.unknown_device")") != std::string::npos;
    }));
    CHECK(one.presence() == "disconnected denied");

    const auto again = stack.cli({"device", "revoke", one.device, "--yes"});
    CHECK(again.status.success());
    const auto back = stack.cli({"device", "reinstate", one.device});
    CHECK(back.status.code == 4);
    CHECK_THAT(back.err, Catch::Contains("registry.device_closed") && Catch::Contains("next:"));
    CHECK(stack.cli({"device", "retire", one.device, "--yes"}).status.code == 4);
    CHECK(stack.cli({"device", "revoke", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "--yes"}).status.code == 5);

    const auto history = stack.cli({"device", "history", one.device});
    CHECK_THAT(history.out, Catch::Contains("WHEN") && Catch::Contains("device.registered") &&
                                Catch::Contains("lent to a trade fair") && Catch::Contains("stolen"));
    const auto newest = stack.cli_json({"device", "history", one.device, "--limit", "1"});
    REQUIRE(newest.items().size() == 1);
    CHECK(newest.items()[0].text_or("action", "") == "device.revoked");
}

}  // namespace watchglass::test
