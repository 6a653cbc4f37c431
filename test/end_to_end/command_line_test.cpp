// SPDX-License-Identifier: Apache-2.0
// What a field engineer and their scripts get from the command line.
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <signal.h>

#include "test/support/running_stack.h"
#include "test/support/wait.h"

namespace watchglass::test {

using namespace std::chrono_literals;

namespace {

/// A short recording by hand, with an unchanged reading, a damaged line and a value that is no number.
std::filesystem::path short_recording(const std::filesystem::path& directory) {
    auto file = directory / "short.csv";
    std::ofstream(file) << "datetime;Temperature;Voltage\n"
                           "2020-03-09 10:14:33;79.3366;233.062\n"
                           "2020-03-09 10:14:34;79.3366;236.04\n"
                           "this line is damaged\n"
                           "2020-03-09 10:14:35;79.3756;nan\n"
                           "2020-03-09 10:14:36;79.5000;251.38\n";
    return file;
}

Finished replay(const std::filesystem::path& instrument, const std::filesystem::path& recording) {
    auto options = replaying_agent(instrument, recording);
    auto finished = run_program(std::move(options), 60s);
    REQUIRE(finished);
    return std::move(*finished);
}

std::vector<std::string> values_of(const Finished& json_lines) {
    std::vector<std::string> values;
    std::istringstream in(json_lines.out);
    for (std::string line; std::getline(in, line);)
        values.push_back(json::parse(line)->find("value")->dump());
    return values;
}

bool is_watched(const RunningStack& stack) {
    return stack.service_metrics("consoled").find("watchglass_console_tails 1") != std::string::npos;
}

}  // namespace

TEST_CASE("an engineer registers an instrument, sees what it sent, and is told what to do about mistakes",
          "[end_to_end][command_line]") {
    RunningStack stack;
    const auto instrument = stack.scratch() / "pump";
    const auto device = stack.enroll(instrument, "CLI-1", "pump-test-bench");
    const auto agent = replay(instrument, short_recording(stack.scratch()));
    INFO(agent.err);
    REQUIRE(agent.status.success());

    {
        INFO("damaged lines and values that are no number are named by line, and the replay goes on");
        CHECK_THAT(agent.err, Catch::Contains(R"("line":4)") && Catch::Contains(R"("line":5)"));
        const auto history =
            stack.cli({"telemetry", device, "voltage", "--since", "2020-01-01T00:00:00Z", "--json"});
        CHECK(values_of(history) == std::vector<std::string>{"233.062", "236.04", "251.38"});
    }

    {
        INFO("the registry shows the instrument enrolled");
        const auto devices = stack.cli_json({"device", "list"});
        REQUIRE(devices.items().size() == 1);
        CHECK(devices.items()[0].text_or("device", "") == device);
        CHECK(devices.items()[0].text_or("state", "") == "enrolled");
        CHECK_THAT(stack.cli({"device", "list"}).out, Catch::Contains("SERIAL") && Catch::Contains("CLI-1"));
        CHECK_THAT(stack.cli({"device", "show", device}).out,
                   Catch::Contains(device) && Catch::Contains("pump-test-bench") &&
                       Catch::Contains("tenant       default") && Catch::Contains("last heard   20") &&
                       Catch::Contains(" ago") && Catch::Contains("connected"));
    }

    {
        INFO("health tells in words how the instrument is, and why");
        const auto none = stack.cli({"events", device});
        CHECK_THAT(none.out, Catch::StartsWith("Nothing since 24h"));
        (void)stack.sql(
            "INSERT INTO watchglass.frame_events SELECT tenant, device, now(), 2, 1, 1, 0, now(), 0, 3,"
            " (SELECT max(dictionary) FROM watchglass.dictionaries), '', 1, 3, 'lid_open', NULL, NULL, 'The "
            "lid is open.'"
            " FROM watchglass.devices RETURNING 1");
        (void)stack.sql(
            "INSERT INTO watchglass.stream_gaps SELECT tenant, device, 1, 99, 1, 5, 1, 0, now() FROM "
            "watchglass.devices"
            " RETURNING 1");
        CHECK_THAT(stack.cli({"health", device}).out,
                   Catch::Contains("live, ") && Catch::Contains("lost frames    5, 5 within a day") &&
                       Catch::Contains("1 active, worst: alarm") && Catch::Contains("The lid is open."));
        CHECK_THAT(stack.cli({"health", "--trouble"}).out,
                   Catch::Contains(device) && !Catch::Contains("\x1b["));  // no colors where nobody looks
        CHECK(stack.cli_json({"health"}).items().at(0).integer("frames_lost") == 5);
        CHECK_THAT(stack.cli({"events", device, "--severity", "alarm"}).out,
                   Catch::Contains("lid_open") && Catch::Contains("raised"));
        CHECK(stack.cli({"events", device, "--severity", "loud"}).status.code == 2);
        CHECK_THAT(stack.cli({"gaps", device}).out,
                   Catch::Contains("journal_full") && Catch::Contains("lost"));
        CHECK(json::parse(stack.cli({"gaps", device, "--json"}).out)->integer("frames") == 5);
        CHECK_THAT(stack.cli({"gaps", device, "--until", "1h"}).out, Catch::StartsWith("Nothing was lost"));
        CHECK_THAT(stack.cli({"device", "show", device}).out, Catch::Contains("alarms       1 active"));
        CHECK(stack.cli({"health", "aaaaaaaaaaaaaaaaaaaaaaaaaa"}).status.code == 5);
    }

    {
        INFO("unchanged readings are not stored again, and latest knows when each was changed");
        const auto history =
            stack.cli({"telemetry", device, "temperature", "--since", "2020-01-01T00:00:00Z", "--json"});
        CHECK(values_of(history) == std::vector<std::string>{"79.3366", "79.5"});
        REQUIRE(eventually([&] { return stack.latest_is_current(); }));
        const auto current = stack.cli_json({"latest", device});
        REQUIRE(current.items().size() == 2);
        for (const auto& reading : current.items()) {
            CHECK(reading.text_or("changed", "") == "2020-03-09T10:14:36.000000Z");
        }
        CHECK_THAT(stack.cli({"latest", device}).out,
                   Catch::StartsWith("last heard ") && Catch::Contains("79.5") && Catch::Contains("°C"));
    }

    {
        INFO("history comes as CSV, and can be limited");
        const auto csv = stack.cli(
            {"telemetry", device, "temperature", "--since", "2020-01-01T00:00:00Z", "--csv", "--limit", "1"});
        CHECK_THAT(csv.out,
                   Catch::StartsWith("t,value,clock_quality\r\n2020-03-09T10:14:33.000000Z,79.3366,"));
    }

    {
        INFO("an instrument whose ticket cannot be kept is not registered");
        const auto before = stack.sql_number("SELECT count(*) FROM watchglass.devices");
        const auto refused = stack.cli({"device", "add", "--site", "s", "--model", "m", "--serial", "LOST",
                                        "--ticket-file", "/nonexistent/ticket"});
        CHECK(refused.status.code == 1);
        CHECK(stack.sql_number("SELECT count(*) FROM watchglass.devices") == before);
    }

    {
        INFO("a list of instruments is registered once, however often it is imported");
        const auto list = stack.scratch() / "instruments.csv";
        const auto tickets = stack.scratch() / "tickets";
        std::ofstream(list) << "serial;model;site;dictionary\n"
                               "L-1;pump-200;\"Lab 3; window\";pump-test-bench\n"
                               "L-2;pump-200;Lab 3;\n"
                               "CLI-1;pump-test-bench;Lab 1;\n";
        const auto before = stack.sql_number("SELECT count(*) FROM watchglass.devices");
        const auto tried = stack.cli({"device", "import", list.string(), "--dry-run"});
        CHECK(tried.status.success());
        CHECK_THAT(tried.out,
                   Catch::Contains("would be registered") && Catch::Contains("Nothing was changed"));
        CHECK(stack.sql_number("SELECT count(*) FROM watchglass.devices") == before);

        const auto done =
            stack.cli_json({"device", "import", list.string(), "--tickets", tickets.string()}).items();
        REQUIRE(done.size() == 3);
        CHECK(done[0].text_or("result", "") == "registered");
        CHECK(done[1].text_or("result", "") == "registered");
        const auto again = stack.cli_json({"device", "import", list.string()}).items();
        REQUIRE(again.size() == 3);
        CHECK(again[0].text_or("device", "") == done[0].text_or("device", "?"));
        CHECK(stack.sql("SELECT site FROM watchglass.devices WHERE serial = 'L-1'") ==
              std::vector<std::string>{"Lab 3; window"});
        CHECK(stack.sql_number("SELECT count(*) FROM watchglass.devices WHERE serial LIKE 'L-%'") == 2);

        const std::filesystem::path ticket = done[0].text_or("ticket_file", "");
        CHECK(std::filesystem::status(ticket).permissions() ==
              (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
        SpawnOptions options;
        options.argv = {
            program("watchglass-agent").string(),   "enroll", "--ticket-file", ticket.string(), "--dir",
            (stack.scratch() / "imported").string()};
        const auto enrolled = run_program(std::move(options), 60s);
        REQUIRE(enrolled);
        INFO(enrolled->err);
        CHECK(enrolled->status.success());
        const auto in_the_way = stack.cli({"device", "import", list.string(), "--tickets", tickets.string()});
        CHECK(in_the_way.status.code == 2);
        CHECK_THAT(in_the_way.err, Catch::Contains("cli.tickets_in_the_way"));

        std::ofstream(list, std::ios::app) << "L-3;;Lab 3;\nL-4;pump-200;Lab 3;no-such-dictionary\n";
        const auto mistaken = stack.cli({"device", "import", list.string()});
        CHECK(mistaken.status.code == 2);
        CHECK_THAT(mistaken.err, Catch::Contains("row 5: model is empty"));
        std::ofstream(list) << "serial,model,site,dictionary\nL-4,p,Lab 3,no-such-dictionary\nL-5,p,Lab 3,\n";
        const auto partly = stack.cli({"device", "import", list.string()});
        CHECK(partly.status.code == 6);
        CHECK_THAT(partly.out, Catch::Contains("registry.unknown_dictionary"));
        CHECK(stack.sql_number("SELECT count(*) FROM watchglass.devices WHERE serial = 'L-5'") == 1);
    }

    {
        INFO("commissioning waits beside the engineer, and says what is missing");
        const auto ticket = stack.scratch() / "commission.ticket";
        SpawnOptions options;
        const auto told = stack.scratch() / "commission.jsonl";
        options.argv = {program("watchglass").string(),
                        "commission",
                        "--site",
                        "Lab 4",
                        "--model",
                        "pump-test-bench",
                        "--serial",
                        "NEW-1",
                        "--dictionary",
                        "pump-test-bench",
                        "--ticket-file",
                        ticket.string(),
                        "--patience",
                        "60s",
                        "--json",
                        "--dir",
                        stack.directory().string()};
        options.out = FileStream{told};
        auto engineer = ChildProcess::spawn(options);
        REQUIRE(engineer);
        REQUIRE(eventually([&] { return std::filesystem::exists(ticket); }));
        const auto bare = stack.scratch() / "bare";
        SpawnOptions enroll;
        enroll.argv = {program("watchglass-agent").string(),
                       "enroll",
                       "--ticket-file",
                       ticket.string(),
                       "--dir",
                       bare.string()};
        const auto enrolled = run_program(std::move(enroll), 60s);
        REQUIRE(enrolled);
        INFO(enrolled->err);
        REQUIRE(enrolled->status.success());
        REQUIRE(replay(bare, short_recording(stack.scratch())).status.success());
        const auto ended = engineer->wait(90s);
        REQUIRE(ended);
        const auto lines = read_file(told).value_or("");
        INFO(lines);
        CHECK(ended->code == 0);
        CHECK_THAT(lines,
                   Catch::Contains(R"("step":"registered")") && Catch::Contains(R"("step":"enrolled")") &&
                       Catch::Contains(R"("step":"connected")") && Catch::Contains(R"("step":"reading")"));

        const auto quiet =
            stack.cli({"device", "add", "--site", "s", "--model", "m", "--serial", "QUIET", "--json"});
        const auto waiting = json::parse(quiet.out)->text_or("device", "");
        const auto missing = stack.cli({"commission", "--device", waiting, "--patience", "100ms"});
        CHECK(missing.status.code == 6);
        CHECK_THAT(missing.err,
                   Catch::Contains("is not enrolled yet") && Catch::Contains("watchglass-agent enroll"));
        CHECK(stack.cli({"commission", "--site", "s"}).status.code == 2);
        const auto there = stack.cli({"commission", "--device", device, "--patience", "100ms"});
        CHECK_THAT(there.out, Catch::Contains("[ok] The instrument has its certificate."));
    }

    {
        INFO("a ticket stands on a line of its own, and not in a command");
        const auto shown = stack.cli({"device", "add", "--site", "s", "--model", "m", "--serial", "SHOWN"});
        CHECK(shown.status.success());
        CHECK_THAT(shown.out, Catch::Contains("\nwg1:") && Catch::Contains("  watchglass-agent enroll\n"));
        CHECK(stack.sql_number("SELECT count(*) FROM watchglass.idempotent_answers") ==
              stack.sql_number("SELECT count(*) FROM watchglass.devices"));
    }

    {
        INFO("mistakes have stable codes, exit codes and a next step");
        const auto unknown = stack.cli({"latest", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "--json"});
        CHECK(unknown.status.code == 5);
        const auto error = json::parse(unknown.err);
        REQUIRE(error);
        CHECK_FALSE(error->find("error")->text_or("code", "").empty());
        CHECK_FALSE(error->find("error")->text_or("next_step", "").empty());
        CHECK(stack.cli({"telemetry", device, "no_such_parameter"}).status.code == 5);
        const auto incomplete = stack.cli({"device", "add", "--json"});
        CHECK(incomplete.status.code == 2);
        const auto usage = json::parse(incomplete.err);
        REQUIRE(usage);
        CHECK(usage->find("error")->text_or("code", "") == "cli.wrong_usage");
        CHECK_THAT(usage->find("error")->text_or("next_step", ""), Catch::Contains("--help"));
        CHECK_THAT(stack.cli({"device"}).err, Catch::Contains("cli.wrong_usage"));
        CHECK(stack.cli({"no-such-command"}).status.code == 2);
    }

    {
        INFO("a ticket that was used enrolls nobody else");
        const auto ticket = stack.scratch() / "ticket-CLI-1";
        SpawnOptions options;
        options.argv = {
            program("watchglass-agent").string(), "enroll", "--ticket-file", ticket.string(), "--dir",
            (stack.scratch() / "thief").string()};
        const auto second = run_program(std::move(options), 60s);
        REQUIRE(second);
        CHECK_FALSE(second->status.success());
        CHECK_THAT(second->err, Catch::Contains("enroll.ticket_spent"));
    }
}

TEST_CASE("tail shows a reading that is stored while it watches", "[end_to_end][command_line]") {
    const RunningStack stack;
    const auto instrument = stack.scratch() / "pump";
    (void)stack.enroll(instrument, "CLI-1", "pump-test-bench");
    SpawnOptions options;
    options.argv = {program("watchglass").string(), "tail", "--count", "2", "--json", "--dir",
                    stack.directory().string()};
    const auto seen = stack.scratch() / "tail.jsonl";
    options.out = FileStream{seen};
    auto watching = ChildProcess::spawn(options);
    REQUIRE(watching);
    REQUIRE(eventually([&] { return is_watched(stack); }));
    const auto more = stack.scratch() / "more.csv";
    std::ofstream(more) << "datetime;Temperature;Voltage\n2020-03-09 11:00:00;80.1;240.5\n";
    REQUIRE(replay(instrument, more).status.success());
    const auto ended = watching->wait(30s);
    REQUIRE(ended);
    CHECK(ended->success());
    const auto text = read_file(seen).value_or("");
    CHECK_THAT(text, Catch::Contains(R"("parameter":"temperature","value":80.1)") &&
                         Catch::Contains(R"("parameter":"voltage","value":240.5)"));
}

TEST_CASE("tail comes back with the platform, and says what it may have missed",
          "[end_to_end][command_line]") {
    const RunningStack stack;
    const auto instrument = stack.scratch() / "pump";
    (void)stack.enroll(instrument, "CLI-1", "pump-test-bench");
    SpawnOptions options;
    options.argv = {program("watchglass").string(), "tail", "--json", "--patience", "40s", "--dir",
                    stack.directory().string()};
    const auto seen = stack.scratch() / "second.jsonl";
    const auto words = stack.scratch() / "second.words";
    options.out = FileStream{seen};
    options.err = FileStream{words};
    auto watching = ChildProcess::spawn(options);
    REQUIRE(watching);
    const auto said = [&](const char* what) {
        return read_file(words).value_or("").find(what) != std::string::npos;
    };
    REQUIRE(eventually([&] { return is_watched(stack); }));
    stack.kill("consoled", SIGKILL);
    CHECK(eventually(30s, [&] { return said("lost the platform") && said("may be missing"); }));
    REQUIRE(eventually(30s, [&] { return said("the platform is back"); }));
    const auto more = stack.scratch() / "more.csv";
    std::ofstream(more) << "datetime;Temperature;Voltage\n2020-03-09 12:00:00;81.3;241.5\n";
    REQUIRE(replay(instrument, more).status.success());
    CHECK(eventually(30s, [&] {
        return read_file(seen).value_or("").find(R"("parameter":"temperature","value":81.3)") !=
               std::string::npos;
    }));
}

TEST_CASE("tail gives up with a code when the platform stays away", "[end_to_end][command_line]") {
    RunningStack stack;
    SpawnOptions options;
    options.argv = {program("watchglass").string(), "tail", "--patience", "1s", "--dir",
                    stack.directory().string()};
    const auto words = stack.scratch() / "third.words";
    options.err = FileStream{words};
    auto watching = ChildProcess::spawn(options);
    REQUIRE(watching);
    REQUIRE(eventually([&] { return is_watched(stack); }));
    (void)stack.stop(SIGTERM);
    const auto ended = watching->wait(60s);
    REQUIRE(ended);
    CHECK(ended->code == 3);
    CHECK_THAT(read_file(words).value_or(""),
               Catch::Contains("cli.platform_gone") && Catch::Contains("next:"));
}

}  // namespace watchglass::test
