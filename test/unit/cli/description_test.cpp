// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/description.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "cli/stack/codes.h"
#include "test/support/temporary_directory.h"

namespace watchglass::cli {

TEST_CASE("what stack.json says is read back as it was written", "[cli][stack]") {
    const test::TemporaryDirectory home;
    const StackLayout layout{home.path()};
    StackDescription written;
    written.launcher_pid = 42;
    written.port = 8443;
    written.trust_bundle = "/x/root.pem";
    written.sockets = {{"ingestd", "/x/ingestd.sock"}};
    written.processes = {{"postgres", 7}};
    REQUIRE(write_description(written, layout));
    const auto read = read_description(layout);
    REQUIRE(read);
    CHECK(to_json(*read, layout) == to_json(written, layout));
}

TEST_CASE("a directory without a running stack is named, and how to start one", "[cli][stack]") {
    const test::TemporaryDirectory home;
    const auto missing = read_description(StackLayout{home.path()});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == codes::not_running);
    CHECK_THAT(missing.error().message(),
               Catch::Contains(home.path().string()) && Catch::Contains("watchglass up"));
    std::ofstream(home.path() / "stack.json") << "{ torn";
    CHECK_FALSE(read_description(StackLayout{home.path()}));
}

TEST_CASE("a state directory too deep for Unix sockets is refused before anything is made", "[cli][stack]") {
    CHECK(check_depth(StackLayout{"/var/lib/watchglass"}));
    const auto deep = check_depth(StackLayout{"/" + std::string(90, 'd')});
    REQUIRE_FALSE(deep);
    CHECK(deep.error().code == codes::directory_too_deep);
}

}  // namespace watchglass::cli
