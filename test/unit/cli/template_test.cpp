// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/template.h"

#include <catch2/catch.hpp>

namespace watchglass::cli {

TEST_CASE("words between at-signs are replaced, other at-signs stay", "[cli][template]") {
    CHECK(render("bind unix@@socket@ mode 600, a@b, @not a name@", {{"socket", "/run/x"}}).value() ==
          "bind unix@/run/x mode 600, a@b, @not a name@");
    CHECK(render("", {}).value().empty());
}

TEST_CASE("a template and its filler cannot drift apart unnoticed", "[cli][template]") {
    const auto unfilled = render("port @port@", {});
    REQUIRE_FALSE(unfilled);
    CHECK_THAT(unfilled.error().detail, Catch::Contains("@port@"));
    const auto unused = render("port 1", {{"port", "1"}});
    REQUIRE_FALSE(unused);
    CHECK_THAT(unused.error().detail, Catch::Contains("@port@"));
}

}  // namespace watchglass::cli
