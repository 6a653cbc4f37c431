// SPDX-License-Identifier: Apache-2.0
#include "schemas/dictionaries/dictionary_text.h"

#include <cstdlib>
#include <filesystem>
#include <random>

#include <catch2/catch.hpp>

#include "libs/foundation/file.h"
#include "schemas/dictionaries/codes.h"

using namespace watchglass;
using namespace std::chrono_literals;

namespace {

const std::string head = "name: \"oven\" version: 2 description: \"An oven.\"\n";
const std::string temperature =
    "parameter { number: 7 name: \"temperature\" description: \"Chamber.\" unit: \"Cel\" type: number "
    "resolution: \"0.01\" "
    "data_class: machine }\n";

std::string built_in(const std::string& name) {
    const auto dir = std::filesystem::path{std::getenv("WATCHGLASS_SOURCE_DIR")} / "schemas/dictionaries";
    return read_file(dir / (name + ".textproto")).value();
}

/// A dictionary whose one parameter has these fields besides number, name and description.
std::string with_fields(const std::string& fields) {
    return head + "parameter { number: 1 name: \"p\" description: \"P.\"\n" + fields + "\n}\n";
}

/// The complaints about a text, joined.
std::string complaints(const std::string& text) {
    std::string all;
    for (const auto& complaint : lint_dictionary_text(text)) all += to_text(complaint) + "\n";
    return all;
}

}  // namespace

TEST_CASE("a dictionary is read with everything it says", "[schemas][dictionary]") {
    const auto read = parse_dictionary_text(head + R"(
        parameter {
          number: 9 name: "mode" description: "What it does." type: enumeration label: "idle" label: "heating"
          data_class: machine
        }
        parameter {
          number: 7 name: "temperature" description: "Chamber." unit: "Cel" type: number resolution: "0.25"
          deadband: 0.5 min_interval: "500ms" max_interval: "15m"
          alarm_low: -10 warning_low: 0 warning_high: 180 alarm_high: 200.5 data_class: sample
        }
        alarm { number: 1 name: "door_open" description: "The door is open." }
    )");
    REQUIRE(read.has_value());
    CHECK(read->name == "oven");
    CHECK(read->version == 2);
    REQUIRE(read->parameters.size() == 2);
    CHECK(read->parameters[0].number == ParameterNumber{7});  // by number, whatever the order of the text
    const ParameterDefinition& p = *read->find("temperature");
    CHECK(p.unit == "Cel");
    CHECK(p.type == ParameterType::number);
    CHECK(p.resolution == Resolution{25, 2});
    CHECK(p.deadband == 0.5);
    CHECK(p.min_interval == 500ms);
    CHECK(p.max_interval == 15min);
    CHECK(p.limits == Limits{0, 180, -10, 200.5});
    CHECK(p.data_class == DataClass::sample);
    CHECK(read->find("mode")->labels == std::vector<std::string>{"idle", "heating"});
    CHECK(read->find(ParameterNumber{9})->name == "mode");
    CHECK(read->find(ParameterNumber{8}) == nullptr);
    CHECK(read->find_alarm("door_open")->number == 1);
}

TEST_CASE("the dictionaries that come with Watchglass are accepted", "[schemas][dictionary]") {
    const auto bench = parse_dictionary_text(built_in("pump-test-bench"));
    REQUIRE(bench.has_value());
    CHECK(bench->parameters.size() == 8);
    for (const ParameterDefinition& p : bench->parameters) CHECK(p.deadband == 0);
    const auto host = parse_dictionary_text(built_in("host"));
    REQUIRE(host.has_value());
    for (const ParameterDefinition& p : host->parameters) {
        CHECK(p.data_class == DataClass::machine);
    }
}

TEST_CASE("every complaint comes at once, in the order of the lines", "[schemas][dictionary]") {
    const std::string text =
        "name: \"Oven\"\n"
        "version: 0\n"
        "description: \"An oven.\"\n"
        "parameter {\n"
        "  number: 1 name: \"a\" description: \"A.\" type: number data_class: machine\n"
        "  resolution: \"0\"\n"
        "  unit: \"celsius\"\n"
        "}\n"
        "parameter {\n"
        "  number: 1 name: \"a\" description: \"A.\" type: boolean data_class: machine\n"
        "}\n";
    const auto found = lint_dictionary_text(text);
    std::vector<int> lines;
    for (const auto& complaint : found) lines.push_back(complaint.line);
    CHECK(lines == std::vector<int>{1, 2, 6, 7, 10, 10});

    const auto refused = parse_dictionary_text(text);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == dictionaries::codes::not_accepted);
    CHECK(refused.error().detail.find("line 7: Parameter a: \"celsius\" is not a UCUM code") !=
          std::string::npos);
}

TEST_CASE("what a dictionary must not say is complained about", "[schemas][dictionary]") {
    struct Row {
        std::string fields;
        std::string complaint;
    };
    const std::string number = "unit: \"V\" type: number resolution: \"0.1\" data_class: machine ";
    const std::vector<Row> table{
        {number, ""},
        {"unit: \"V\" resolution: \"0.1\" data_class: machine", "needs a type"},
        {"unit: \"V\" type: number resolution: \"0.1\"", "needs a data_class"},
        {"type: number resolution: \"0.1\" data_class: machine", "a pure number has the unit"},
        {"unit: \"1\" type: number data_class: machine", "needs a resolution"},
        {"unit: \"v\" type: number resolution: \"0.1\" data_class: machine", "not a UCUM code"},
        {"type: integer resolution: \"1\" data_class: machine", "Only a number has a resolution"},
        {"type: text unit: \"V\" data_class: machine", "has no unit"},
        {"type: text deadband: 1 data_class: machine", "has no deadband"},
        {"type: boolean warning_high: 1 data_class: machine", "has no limits"},
        {"type: boolean label: \"x\" data_class: machine", "Only an enumeration has labels"},
        {"type: boolean data_class: free_text", "Only a text"},
        {"type: enumeration data_class: machine", "at least two labels"},
        {"type: enumeration label: \"on\" label: \"on\" data_class: machine", "twice"},
        {"type: enumeration label: \"On\" label: \"off\" data_class: machine", "label \"On\""},
        {number + "deadband: 0.25", "deadband is not a multiple"},
        {number + "deadband: -0.1", "deadband is negative"},
        {number + "deadband: nan", "deadband is not a number"},
        {number + "warning_high: 0.05", "warning_high is not a multiple"},
        {number + "warning_high: inf", "warning_high is not a number"},
        {number + "warning_low: 5 warning_high: 5", "warning_high is not above warning_low"},
        {number + "alarm_low: 5 alarm_high: 4", "alarm_high is not above alarm_low"},
        {number + "min_interval: \"5\"", "is not a duration"},
        {number + "min_interval: \"2h\"", "min_interval is not shorter"},
        {number + "max_interval: \"500ms\"", "shortest max_interval"},
        {number + "max_interval: \"8d\"", "longest max_interval"},
        {number + "colour: \"red\"", "colour"},
    };
    for (const Row& row : table) {
        INFO(row.fields);
        const std::string found = complaints(with_fields(row.fields));
        if (row.complaint.empty()) {
            CHECK(found.empty());
        } else {
            CHECK(found.find(row.complaint) != std::string::npos);
        }
    }
    CHECK(complaints(head).find("no parameters") != std::string::npos);
    CHECK(complaints(head + "parameter {").find("line") != std::string::npos);
    CHECK(
        complaints(head + temperature + "alarm { name: \"x\" description: \"X.\" }").find("needs a number") !=
        std::string::npos);
    CHECK(complaints(head + temperature + "alarm { number: 1 name: \"x.y\" description: \"X.\" }")
              .find("form") != std::string::npos);
}

TEST_CASE("the digest names the content, not its layout", "[schemas][dictionary]") {
    const auto digest = [](const std::string& text) {
        return dictionary_digest(parse_dictionary_text(text).value());
    };
    const std::string alarm = "alarm { number: 1 name: \"a\" description: \"A.\" }\n";
    CHECK(digest(head + temperature + alarm) == digest("# oven\n" + alarm + temperature + "\n\n" + head));
    CHECK(digest(head + temperature).size() == 64);

    std::string finer = temperature;
    finer.replace(finer.find("0.01"), 4, "0.001");
    CHECK(digest(head + finer) != digest(head + temperature));
    CHECK(digest(head + temperature + alarm) != digest(head + temperature));
}

TEST_CASE("any bytes are a legal dictionary text to refuse", "[schemas][dictionary]") {
    std::mt19937_64 random{99};
    const std::string valid = built_in("pump-test-bench");
    for (int round = 0; round < 300; ++round) {
        std::string text = valid;
        for (int k = 0; k < 4; ++k) text[random() % text.size()] = static_cast<char>(random());
        (void)parse_dictionary_text(text);
    }
    CHECK_FALSE(parse_dictionary_text(std::string(5u << 20, ' ')).has_value());
    CHECK_FALSE(parse_dictionary_text(std::string("\0\0", 2)).has_value());
}
