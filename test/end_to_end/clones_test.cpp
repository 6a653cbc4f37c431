// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <signal.h>

#include "libs/json/json.h"
#include "test/end_to_end/pumps.h"
#include "test/end_to_end/stored_readings.h"
#include "test/support/free_port.h"
#include "test/support/wait.h"

namespace watchglass::test {

using namespace std::chrono_literals;

namespace {

/// The same journal and the same identity in another directory; it looks for the platform on another port.
void clone_instrument(const std::filesystem::path& original, const std::filesystem::path& clone,
                      std::uint16_t port) {
    copy_tree(original, clone);
    const auto file = clone / "identity/identity.json";
    auto document = json::parse(read_file(file).value()).value();
    const json::Value mqtt = *document.find("mqtt");
    document.set("mqtt", json::Value::object({{"host", mqtt.text("host").value()},
                                              {"port", static_cast<std::int64_t>(port)},
                                              {"alpn", mqtt.text("alpn").value()}}));
    REQUIRE(write_file_atomically(file, document.dump(2)));
}

/// Lets connections through to the platform from now on, unopened, as a router does when somebody plugs the cable in.
ChildProcess open_door(const RunningStack& stack, std::uint16_t port) {
    const auto file = stack.scratch() / "door.cfg";
    std::ofstream(file) << fmt::format(
        "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n"
        "listen door\n  bind 127.0.0.1:{}\n  server platform 127.0.0.1:{}\n",
        port, stack.description().port);
    SpawnOptions options;
    options.argv = {"/usr/sbin/haproxy", "-db", "-f", file.string()};
    options.out = FileStream{stack.scratch() / "door.log"};
    options.err = FileStream{stack.scratch() / "door.log"};
    auto door = ChildProcess::spawn(options);
    REQUIRE(door);
    return std::move(*door);
}

std::int64_t recorded(const std::filesystem::path& instrument) {
    const auto text = read_file(instrument / "status.json");
    const auto document = text ? json::parse(*text) : Result<json::Value>{json::Value{}};
    return document ? document->integer("recorded").value_or(0) : 0;
}

std::int64_t readings_of(const std::filesystem::path& recording) {
    std::int64_t count = 0;
    for (const auto& [parameter, readings] : changed_readings(recording))
        count += static_cast<std::int64_t>(readings.size());
    return count;
}

}  // namespace

TEST_CASE(
    "two clones of one journal, both running: no reading of either is lost or doubled, and an alarm names "
    "the clone",
    "[end_to_end][clones]") {
    const RunningStack stack;
    const auto original = stack.scratch() / "original";
    const auto clone = stack.scratch() / "clone";
    const auto device = stack.enroll(original, "PTB-1", "pump-test-bench");
    const auto common = recording_of(stack, 1);
    replay(original, common);

    // The second one records behind a closed door while the first one is served.
    const auto port = free_port();
    clone_instrument(original, clone, port);
    const auto of_original = recording_of(stack, 2);
    const auto of_clone = recording_of(stack, 3);
    auto held = start_agent(replaying_agent(clone, of_clone), clone);
    auto served = start_agent(replaying_agent(original, of_original), original);
    CHECK(eventually(60s, [&] { return recorded(clone) == readings_of(of_clone); }));
    const auto ended = served.wait(120s);
    REQUIRE(ended);
    CHECK(ended->success());
    check_stored_once(stack, device, of_original);
    CHECK(held.running());

    auto door = open_door(stack, port);
    const auto drained = held.wait(120s);
    INFO(read_file(clone / "agent.log").value_or(""));
    REQUIRE(drained);
    CHECK(drained->success());

    // And the first one goes on as if nothing had been.
    const auto later = recording_of(stack, 4);
    replay(original, later);

    for (const auto& recording : {common, of_original, of_clone, later})
        check_stored_once(stack, device, recording);
    const auto alarms =
        stack.sql("SELECT text FROM watchglass.events WHERE name = 'wg.fork' AND device_id = '" + device +
                  "' AND severity = 'alarm'");
    REQUIRE_FALSE(alarms.empty());
    for (const auto& text : alarms) CHECK(text.find("clone") != std::string::npos);
    CHECK(stack.sql_number("SELECT count(*) FROM watchglass.possible_repeats") == 0);
    CHECK(stack.sql_number("SELECT count(*) FROM watchglass.quarantine") == 0);
    CHECK(stack.sql_number("SELECT count(*) FROM watchglass.platform_histories WHERE witness <> ''") == 0);
}

}  // namespace watchglass::test
