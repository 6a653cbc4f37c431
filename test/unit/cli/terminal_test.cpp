// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

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
