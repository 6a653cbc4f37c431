// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "cli/terminal/health.h"
#include "cli/terminal/qr_code.h"
#include "cli/terminal/reading.h"
#include "cli/terminal/table.h"

namespace watchglass::cli {

TEST_CASE("a table's columns are as wide as what people see in them", "[cli][terminal]") {
    Table table({"NAME", "VALUE"});
    table.align_right(1);
    table.add({"Prüfstand", "7"});
    table.add({"B", "1234567"});
    CHECK(table.text() ==
          "NAME         VALUE\n"
          "Prüfstand        7\n"
          "B          1234567\n");
}

TEST_CASE("what is bad stands out on a terminal, and only there", "[cli][terminal]") {
    Table table({"WHAT", "SEVERITY"});
    table.add({"a", "info"}, emphasis_of("info"));
    table.add({"b", "warning"}, emphasis_of("warning"));
    table.add({"c", "alarm"}, emphasis_of("alarm"));
    CHECK(table.text() ==
          "WHAT  SEVERITY\n"
          "a     info\n"
          "b     warning\n"
          "c     alarm\n");
    CHECK(table.text(true) ==
          "WHAT  SEVERITY\n"
          "a     info\n"
          "\x1b[33mb     warning\x1b[0m\n"
          "\x1b[31mc     alarm\x1b[0m\n");
    CHECK(worse(emphasis_of("late"), emphasis_of("silent")) == Emphasis::alarm);
}

TEST_CASE("health is told in words, with what is not known named as such", "[cli][terminal]") {
    const auto well = json::parse(R"({"presence": {"state": "connected", "reason": "admitted",
        "since": "2026-11-20T20:00:00.000000Z", "age_s": 60}, "staleness": "live", "heard_age_s": 20.4, "parameters": 8,
        "parameters_silent": 0, "newest_reading_age_s": 3, "catching_up": true, "frames_lost": 12,
        "frames_lost_last_day": 3, "active_alarms": 2, "worst_severity": "warning",
        "clock": {"quality": "set", "error_s": -1.5, "checked_age_s": 7200}})")
                          .value();
    CHECK(heard_text(well) == "live, 20 s ago");
    CHECK(readings_text(well) == "8 parameters, newest 3 s ago, catching up");
    CHECK(clock_text(well) == "set, 1.500 s behind when it was told 2 h ago");
    CHECK(alarms_text(well) == "2 active, worst: warning");
    CHECK(count_and_day(well, "frames_lost") == "12, 3 within a day");
    CHECK(connection_text(well).starts_with("connected (admitted) since "));

    const auto never =
        json::parse(R"({"presence": null, "staleness": "never", "heard_age_s": null, "parameters": 2,
        "parameters_silent": 1, "catching_up": false, "clock": null, "active_alarms": 0})")
            .value();
    CHECK(heard_text(never) == "never");
    CHECK(readings_text(never) == "1 of 2 parameters silent");
    CHECK(clock_text(never) == "never told");
    CHECK(alarms_text(never) == "none");
    CHECK(count_and_day(never, "frames_lost") == "0");
    CHECK(connection_text(never) == "never connected");
}

TEST_CASE("an instrument's text cannot drive a terminal", "[cli][terminal]") {
    CHECK(printable("\x1b[2Jgone") == "\\x1b[2Jgone");
    CHECK(printable("line\nbreak\t") == "line\\x0abreak\\x09");
    CHECK(printable("\xc2\x9b"
                    "31m") == "\\xc2\\x9b31m");  // C1: CSI in one character
    CHECK(printable("broken \xff\xfe") == "broken \\xff\\xfe");
    CHECK(printable("cut \xe2\x82") == "cut \\xe2\\x82");
    CHECK(printable("23 °C, 5 µm") == "23 °C, 5 µm");
}

TEST_CASE("a reading is shown as it was sent, with its unit's symbol", "[cli][terminal]") {
    const auto reading = [](json::Value value, const char* symbol) {
        return json::Value::object({{"value", std::move(value)}, {"symbol", symbol}});
    };
    CHECK(value_with_unit(reading(79.3366, "°C")) == "79.3366 °C");
    CHECK(value_text(reading(2.0, "")) == "2");
    CHECK(value_text(reading(true, "")) == "true");
    CHECK(value_text(reading("ready\x07", "")) == "ready\\x07");
    CHECK(value_text(reading(json::Value{}, "")) == "-");
}

TEST_CASE("ages are told in the unit that a glance needs", "[cli][terminal]") {
    CHECK(age(3.2) == "3 s");
    CHECK(age(600) == "10 min");
    CHECK(age(36'000) == "10 h");
    CHECK(age(864'000) == "10 d");
}

TEST_CASE("a ticket as a QR code is square, and one too long for a code is not drawn", "[cli][terminal]") {
    const auto code =
        qr_code("wg1:bfwg6y3bnrug643uqorzvsjobfdxogzgtdtsnid3sckprof5fiypnybihajpzknxm52rpex7ro");
    const auto rows = std::count(code.begin(), code.end(), '\n');
    const auto first = code.substr(0, code.find('\n'));
    // The first row of characters is the quiet zone: as many blanks as there are modules, two modules a row.
    CHECK(std::count(first.begin(), first.end(), ' ') == 2 * rows - 1);
    CHECK(qr_code(std::string(5000, 'x')).empty());
}

}  // namespace watchglass::cli
