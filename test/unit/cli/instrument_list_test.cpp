// SPDX-License-Identifier: Apache-2.0
#include "cli/import/instrument_list.h"

#include <catch2/catch.hpp>

#include "cli/commands/codes.h"

namespace watchglass::cli {
namespace {

InstrumentList parsed(std::string_view csv) {
    auto list = parse_instrument_list(csv);
    INFO((list ? "" : list.error().message()));
    REQUIRE(list);
    return std::move(*list);
}

std::string refusal_of(std::string_view csv) {
    const auto list = parse_instrument_list(csv);
    REQUIRE_FALSE(list);
    CHECK(list.error().code == codes::list_unreadable);
    return list.error().detail;
}

/// The only mistake of a list.
RowMistake mistake_of(std::string_view csv) {
    const auto list = parsed(csv);
    REQUIRE(list.mistakes.size() == 1);
    return list.mistakes[0];
}

}  // namespace

TEST_CASE("a list is read as spreadsheets write it", "[cli][import]") {
    const auto list = parsed(
        "\xEF\xBB\xBFSerial;Model;SITE;Dictionary\r\n"
        "A-1;pump-200;\"Lab 3; window\";pump-test-bench\r\n"
        "\r\n"
        "A-2;\"the \"\"small\"\" one\";Lab 3;\r\n"
        "A-3;pump-200;Lab 3;");
    CHECK(list.mistakes.empty());
    REQUIRE(list.instruments.size() == 3);
    CHECK(list.instruments[0].site == "Lab 3; window");
    CHECK(list.instruments[0].dictionary == "pump-test-bench");
    CHECK(list.instruments[1].model == "the \"small\" one");
    CHECK(list.instruments[1].dictionary.empty());
    CHECK(list.instruments[2].serial == "A-3");
    // Rows are counted as the spreadsheet numbers them.
    CHECK(list.instruments[0].row == 2);
    CHECK(list.instruments[1].row == 4);
}

TEST_CASE("commas, line feeds and no last line end are as good", "[cli][import]") {
    const auto list = parsed("site,model,serial\nLab,m,1\nLab,m,2");
    REQUIRE(list.instruments.size() == 2);
    CHECK(list.instruments[1].serial == "2");
    CHECK(list.instruments[1].row == 3);
}

TEST_CASE("a head line that could be misunderstood is refused", "[cli][import]") {
    CHECK_THAT(refusal_of(""), Catch::Contains("no head line"));
    CHECK_THAT(refusal_of("site,model\nLab,m\n"), Catch::Contains("no column 'serial'"));
    CHECK_THAT(refusal_of("site,model,serial,dictionnary\n"), Catch::Contains("'dictionnary'"));
    CHECK_THAT(refusal_of("site,model,serial,Site\n"), Catch::Contains("two columns 'site'"));
    CHECK_THAT(refusal_of("Lab,m,1\n"), Catch::Contains("'Lab'"));
}

TEST_CASE("broken quotes are refused with their row", "[cli][import]") {
    CHECK_THAT(refusal_of("site,model,serial\nLab,m,1\nLab,\"m,2\n"), Catch::Contains("Row 3"));
    CHECK_THAT(refusal_of("site,model,serial\nLab,\"m\"x,1\n"), Catch::Contains("Row 2"));
}

TEST_CASE("every mistake of a list is told at once, each with its row", "[cli][import]") {
    const auto list = parsed(
        "site,model,serial,dictionary\n"
        ",m,1,\n"
        "Lab,m,2\n"
        "Lab,m,3,No Such\n"
        "Lab,m,4,\n"
        "Lab,m,4,\n");
    REQUIRE(list.mistakes.size() == 4);
    CHECK(list.instruments.size() == 1);
    CHECK(list.mistakes[0].row == 2);
    CHECK_THAT(list.mistakes[0].why, Catch::Contains("site is empty"));
    CHECK_THAT(list.mistakes[1].why, Catch::Contains("3 fields instead of 4"));
    CHECK_THAT(list.mistakes[2].why, Catch::Contains("'No Such'"));
    CHECK_THAT(list.mistakes[3].why, Catch::Contains("row 5"));
}

TEST_CASE("texts that the platform would refuse, or that would drive a terminal, are mistakes",
          "[cli][import]") {
    CHECK_THAT(mistake_of("site,model,serial\nLab,m,\"1\x1b[2J\"\n").why,
               Catch::Contains("control character"));
    CHECK_THAT(mistake_of("site,model,serial\nLab,m,\xff\n").why, Catch::Contains("UTF-8"));
    CHECK_THAT(mistake_of("site,model,serial\n" + std::string(201, 'x') + ",m,1\n").why,
               Catch::Contains("longer than 200"));
}

}  // namespace watchglass::cli
