// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <unistd.h>

#include "device-sdk/agent/arguments.h"
#include "device-sdk/agent/codes.h"
#include "device-sdk/agent/commands.h"
#include "device-sdk/agent/csv_reader.h"
#include "device-sdk/agent/host_readings.h"
#include "libs/foundation/file.h"

using namespace watchglass;
using namespace watchglass::agent;

namespace {

Dictionary pump() {
    Dictionary dictionary;
    dictionary.name = "pump";
    for (const char* name : {"accelerometer_1_rms", "pressure", "volume_flow_rate_rms"}) {
        ParameterDefinition parameter;
        parameter.number = ParameterNumber{static_cast<std::uint32_t>(dictionary.parameters.size() + 1)};
        parameter.name = name;
        dictionary.parameters.push_back(parameter);
    }
    return dictionary;
}

}  // namespace

TEST_CASE("columns find their parameters, strange ones are skipped with a notice", "[agent][csv]") {
    const auto reader = CsvReader::from_head(
        "datetime;Accelerometer1RMS;Pressure;Volume Flow RateRMS;anomaly;changepoint\r", pump(), {});
    REQUIRE(reader);
    CHECK(reader->used_columns() == 3);
    CHECK(reader->skipped_columns() == std::vector<std::string>{"anomaly", "changepoint"});
    const auto row = reader->read("2020-03-09 10:14:33;0.0265878;0.054711;32.0;0.0;0.0\r");
    REQUIRE(row);
    CHECK(to_rfc3339(row->at) == "2020-03-09T10:14:33.000000Z");
    REQUIRE(row->values.size() == 3);
    CHECK(row->values[0].second == 0.0265878);
    CHECK(row->values[2].first == ParameterNumber{3});
}

TEST_CASE("commas, a mapping and times with a zone are read too", "[agent][csv]") {
    const auto reader = CsvReader::from_head("timestamp,value", pump(), {{"value", "pressure"}});
    REQUIRE(reader);
    const auto row = reader->read("2013-12-02T22:15:00.5+01:00,73.96732207");
    REQUIRE(row);
    CHECK(to_rfc3339(row->at) == "2013-12-02T21:15:00.500000Z");
    CHECK(row->values[0] == std::pair{ParameterNumber{2}, 73.96732207});
    CHECK(reader->read("2013-12-02 21:15:00,")->values.empty());
}

TEST_CASE("a line that cannot be read is refused with its reason", "[agent][csv]") {
    const auto reader = CsvReader::from_head("datetime;Pressure", pump(), {});
    REQUIRE(reader);
    for (const char* line :
         {"", "garbage", "2020-03-09 10:14:33", "2020-03-09 10:14:33;1;2", "2020-13-09 10:14:33;1",
          "2020-03-09 10:14:33;1,5", "2020-03-09 10:14:33;nan", "2020-03-09 10:14:33;-inf",
          "2020-03-09 10:14:33;0x10", "yesterday at noon;1", "2020-03-09 10:14:33;1e999"}) {
        const auto row = reader->read(line);
        INFO(line);
        REQUIRE_FALSE(row);
        CHECK(row.error().code == agent::codes::csv_bad_line);
    }
}

TEST_CASE("a file that is no recording of this instrument is refused as a whole", "[agent][csv]") {
    CHECK(CsvReader::from_head("datetime;Humidity", pump(), {}).error().code == agent::codes::csv_no_column);
    CHECK(CsvReader::from_head("2020-03-09 10:14:33;1", pump(), {}).error().code ==
          agent::codes::csv_no_head);
    CHECK(CsvReader::from_head("", pump(), {}).error().code == agent::codes::csv_no_head);
    CHECK_FALSE(CsvReader::from_head("t,value", pump(), {{"value", "humidity"}}));
}

TEST_CASE("flags win over the environment, and other programs' variables are none of ours", "[agent]") {
    const SettingsReader::Environment environment{{"WATCHGLASS_AGENT_DIR", "/from/environment"},
                                                  {"WATCHGLASS_AGENT_SYNC_INTERVAL", "250ms"},
                                                  {"WATCHGLASS_BUILD_DIR", "/elsewhere"}};
    const auto arguments =
        parse_arguments({"run", "--dir", "/from/flag", "--source", "csv", "--file", "a.csv", "--speed", "max",
                         "--map", "a=b=pressure", "--exit-when-stored"},
                        environment);
    REQUIRE(arguments);
    CHECK(arguments->directory == "/from/flag");
    CHECK(arguments->sync_interval == std::chrono::milliseconds{250});
    CHECK(arguments->speed == 0);
    CHECK(arguments->map.at("a=b") == "pressure");
    CHECK(arguments->exit_when_stored);
    CHECK_FALSE(parse_arguments({"run", "--speed", "0"}, {}));
    CHECK_FALSE(parse_arguments({"run", "--nonsense"}, {}));
    CHECK_FALSE(parse_arguments({"run", "--sync", "1 fortnight"}, {}));
    CHECK_FALSE(parse_arguments({"enroll", "wg1:abc", "--ticket-file", "x"}, {}));
}

TEST_CASE("the machine this runs on has load, memory and a disk, and rates from the second reading on",
          "[agent][host]") {
    HostReader reader;
    const auto first = reader.read(SteadyTime{0});
    CHECK(first.contains("load_1m"));
    CHECK(std::get<double>(first.at("memory_total")) > 0);
    CHECK(std::get<double>(first.at("disk_total")) > 0);
    CHECK_FALSE(first.contains("network_receive_rate"));
}

TEST_CASE("a ticket need not stand on the command line: enroll reads it from standard input", "[agent]") {
    for (const std::vector<std::string>& words : {std::vector<std::string>{"enroll"}, {"enroll", "-"}}) {
        const auto arguments = parse_arguments(words, {});
        REQUIRE(arguments);
        CHECK(arguments->ticket.empty());
        CHECK(arguments->ticket_file.empty());
    }
    CHECK_FALSE(parse_arguments({"enroll", "-", "--ticket-file", "x"}, {}));

    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    UniqueFd read_end{ends[0]};
    UniqueFd write_end{ends[1]};
    const std::string_view given = "wg1:abc \r\nand something else\n";
    REQUIRE(::write(write_end.get(), given.data(), given.size()) == static_cast<ssize_t>(given.size()));
    const auto ticket = read_ticket(read_end.get(), false);
    REQUIRE(ticket);
    CHECK(*ticket == "wg1:abc");
    write_end.reset();
    CHECK(read_ticket(read_end.get(), false).error().code == agent::codes::usage);
}
