// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/intake.h"

#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

using namespace watchglass;
using namespace watchglass::ingest;

namespace {

Arrival named(std::string topic) { return {std::move(topic), {}, {}}; }

std::vector<std::string> topics(const std::vector<Arrival>& arrivals) {
    std::vector<std::string> all;
    for (const Arrival& arrival : arrivals) all.push_back(arrival.topic);
    return all;
}

}  // namespace

TEST_CASE("alarms are taken before telemetry that came earlier, each in its order", "[ingest][intake]") {
    Intake intake{10};
    intake.push(named("t1"), Urgency::bulk);
    intake.push(named("t2"), Urgency::bulk);
    intake.push(named("a1"), Urgency::alarm);
    intake.push(named("a2"), Urgency::alarm);
    CHECK(intake.size() == 4);
    CHECK(topics(intake.take(3, Microseconds{0})) == std::vector<std::string>{"a1", "a2", "t1"});
    CHECK(topics(intake.take(3, Microseconds{0})) == std::vector<std::string>{"t2"});
    CHECK(intake.take(3, Microseconds{0}).empty());
}

TEST_CASE("telemetry that fills its queue leaves room for alarms", "[ingest][intake]") {
    Intake intake{1};
    Arrival first = named("t1");
    Arrival second = named("t2");
    Arrival alarm = named("a1");
    CHECK(intake.try_push(first));
    CHECK_FALSE(intake.try_push(second));
    CHECK(second.topic == "t2");
    CHECK(intake.try_push(alarm, Urgency::alarm));
}

TEST_CASE("who waits for room goes on when there is some, or when the intake is closed", "[ingest][intake]") {
    Intake intake{1};
    REQUIRE(intake.push(named("t1"), Urgency::bulk));
    const bool closes = GENERATE(false, true);
    std::atomic<bool> pushed{false};
    std::thread waiting([&] { pushed = intake.push(named("t2"), Urgency::bulk); });
    if (closes) {
        intake.close();
    } else {
        CHECK(intake.take(1, Microseconds{0}).size() == 1);
    }
    waiting.join();
    CHECK(pushed == !closes);
}

TEST_CASE("large messages fill a queue before their number does, and one always fits", "[ingest][intake]") {
    Intake intake{100, 1000};
    Arrival large{"t", Bytes(1500), {}};
    CHECK(intake.try_push(large));
    Arrival small{"t", Bytes(1), {}};
    CHECK_FALSE(intake.try_push(small));
    CHECK(intake.bytes() == 1500);
    CHECK(intake.take(1, Microseconds{0}).size() == 1);
    CHECK(intake.bytes() == 0);
    CHECK(intake.try_push(small));
}
