// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/demo_recording.h"

#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "libs/foundation/file.h"
#include "test/support/temporary_directory.h"

namespace watchglass::cli {

TEST_CASE("a made-up recording is the same for the same seed and has the form of a real export",
          "[cli][demo]") {
    const test::TemporaryDirectory home;
    const DemoRecording recording{
        .seed = 3, .start = {1'583'748'873'000'000}, .rows = 100, .pause_after_row = 50};
    REQUIRE(write_recording(recording, home.path() / "a.csv"));
    REQUIRE(write_recording(recording, home.path() / "b.csv"));
    const auto text = read_file(home.path() / "a.csv").value();
    CHECK(text == read_file(home.path() / "b.csv").value());
    CHECK_THAT(text,
               Catch::StartsWith("datetime;Accelerometer1RMS;") && Catch::Contains("\n2020-03-09 10:14:33;"));
    std::istringstream in(text);
    int rows = -1;  // the head line is none
    for (std::string line; std::getline(in, line); ++rows)
        CHECK(std::count(line.begin(), line.end(), ';') == 8);
    CHECK(rows == 100);
    CHECK_THAT(text, Catch::Contains("\n2020-03-09 11:1"));  // behind the pause
}

}  // namespace watchglass::cli
