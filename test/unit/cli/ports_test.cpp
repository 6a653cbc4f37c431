// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/ports.h"

#include <catch2/catch.hpp>

#include "cli/stack/codes.h"
#include "test/support/occupied_port.h"

namespace watchglass::cli {

TEST_CASE("the public port is open from the moment it is chosen", "[cli][ports]") {
    const auto first = open_public_port(0);
    REQUIRE(first);
    CHECK(first->port != 0);
    const auto second = open_public_port(first->port);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == codes::port_taken);
}

TEST_CASE("nobody asking for a port, it is that of the last time, where instruments look for it",
          "[cli][ports]") {
    const test::OccupiedPort taken;
    const auto free = free_loopback_port();
    REQUIRE(free);
    const auto known = open_public_port(std::nullopt, *free);
    REQUIRE(known);
    CHECK(known->port == *free);
    CHECK_FALSE(open_public_port(taken.port(), *free));
}

TEST_CASE("a port that another program holds is named", "[cli][ports]") {
    const test::OccupiedPort taken;
    const auto opened = open_public_port(taken.port());
    REQUIRE_FALSE(opened);
    CHECK_THAT(opened.error().message(),
               Catch::Contains(std::to_string(taken.port())) && Catch::Contains("--port"));
}

}  // namespace watchglass::cli
