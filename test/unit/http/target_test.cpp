// SPDX-License-Identifier: Apache-2.0
#include "libs/http/target.h"

#include <catch2/catch.hpp>

using namespace watchglass;
using http::parse_target;

TEST_CASE("a target is taken apart and decoded", "[http][target]") {
    const auto target =
        parse_target("/v1/devices/a%20b?since=2026-11-20T00%3A00%3A00Z&name=x+y&flag&&empty=");
    REQUIRE(target);
    CHECK(target->path == "/v1/devices/a b");
    const std::vector<std::pair<std::string, std::string>> expected{
        {"since", "2026-11-20T00:00:00Z"}, {"name", "x y"}, {"flag", ""}, {"empty", ""}};
    CHECK(target->query == expected);
}

TEST_CASE("a path keeps its shape", "[http][target]") {
    CHECK(parse_target("/")->path == "/");
    CHECK(parse_target("/a/")->path == "/a/");
    CHECK(parse_target("//a")->path == "//a");
    CHECK(parse_target("/a+b")->path == "/a+b");
    CHECK(parse_target("/...")->path == "/...");
    CHECK(parse_target("/%C3%A9")->path == "/\xc3\xa9");
}

TEST_CASE("a target that could mean two things is refused", "[http][target]") {
    const auto* const bad = GENERATE("", "v1", "*", "http://host/v1", "/a/../b", "/..", "/.", "/a/%2e%2e/b",
                                     "/a/%2E", "/a%2fb", "/a%00b", "/%", "/%4", "/%zz", "/a%0d%0a", "/a%7f",
                                     "/%ff", "/a#b", "/?x=%00", "/?x=%f", "/?%c0%80=1");
    INFO(bad);
    const auto target = parse_target(bad);
    REQUIRE_FALSE(target);
    CHECK(target.error().code.name == "http.malformed_request");
}

TEST_CASE("what is encoded reads back", "[http][target]") {
    std::string text = "a/b?c=d&e f+\xc3\xa9~-._%";
    CHECK(http::percent_encode("a b/\xc3\xa9~") == "a%20b%2F%C3%A9~");
    const auto target = parse_target("/?q=" + http::percent_encode(text));
    REQUIRE(target);
    CHECK(target->query.at(0).second == text);
}
