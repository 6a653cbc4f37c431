// SPDX-License-Identifier: Apache-2.0
#include "provisioning/enrollment/failure_limit.h"

#include <catch2/catch.hpp>

#include "provisioning/codes.h"
#include "test/support/manual_clock.h"

using namespace watchglass;
using namespace watchglass::provisioning;
using namespace std::chrono_literals;

TEST_CASE("an address that fails too often waits for its minute to end, others do not",
          "[provisioning][limit]") {
    test::ManualClock clock;
    FailureLimit limit{clock, 3};
    for (int i = 0; i < 3; ++i) {
        CHECK(limit.admit("192.0.2.1"));
        limit.count_failure("192.0.2.1");
    }
    CHECK(limit.admit("192.0.2.1").error().code == provisioning::codes::too_many_failures);
    CHECK(limit.admit("192.0.2.2"));
    clock.advance(59s);
    CHECK_FALSE(limit.admit("192.0.2.1"));
    clock.advance(1s);
    CHECK(limit.admit("192.0.2.1"));
}

TEST_CASE("successes are not limited", "[provisioning][limit]") {
    test::ManualClock clock;
    FailureLimit limit{clock, 1};
    for (int i = 0; i < 100; ++i) CHECK(limit.admit("192.0.2.1"));
}
