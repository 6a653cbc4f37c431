// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "libs/foundation/backoff.h"
#include "libs/foundation/bounded_queue.h"
#include "test/support/seeded_rng.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace std::chrono_literals;

TEST_CASE("waiting times double up to the most, each between half and full", "[foundation][backoff]") {
    test::SeededRng rng{3};
    Backoff backoff{100ms, 1000ms, rng};
    for (int round = 0; round < 50; ++round) {
        for (const auto full : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
            const auto wait = backoff.next();
            CHECK(wait >= full / 2);
            CHECK(wait <= full);
        }
        backoff.reset();
    }
}

TEST_CASE("two instruments that start together do not come back together", "[foundation][backoff]") {
    std::set<std::int64_t> waits;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        test::SeededRng rng{seed};
        waits.insert(Backoff{60'000ms, 60'000ms, rng}.next().count());
    }
    CHECK(waits.size() > 15);
}

TEST_CASE("a full queue says no and leaves the item with its owner", "[foundation][queue]") {
    BoundedQueue<std::string> queue{2};
    std::string a = "a";
    std::string b = "b";
    std::string c = "c";
    CHECK(queue.try_push(a));
    CHECK(queue.try_push(b));
    CHECK_FALSE(queue.try_push(c));
    CHECK(c == "c");
    CHECK(queue.take(1, 0us) == std::vector<std::string>{"a"});
    CHECK(queue.try_push(c));
    CHECK(queue.take(10, 0us) == std::vector<std::string>{"b", "c"});
    CHECK(queue.take(10, 1ms).empty());
}

TEST_CASE("a closed queue gives what is left and takes nothing more", "[foundation][queue]") {
    BoundedQueue<int> queue{2};
    CHECK(queue.push(1));
    queue.close();
    CHECK_FALSE(queue.push(2));
    CHECK(queue.take(10, 10s) == std::vector<int>{1});
    CHECK(queue.take(10, 10s).empty());
}

TEST_CASE("producers wait for room and nothing is lost between threads", "[foundation][queue]") {
    BoundedQueue<int> queue{3};
    std::vector<std::thread> producers;
    for (int p = 0; p < 4; ++p) {
        producers.emplace_back([&queue, p] {
            for (int i = 0; i < 250; ++i) queue.push(p * 250 + i);
        });
    }
    std::set<int> seen;
    while (seen.size() < 1000) {
        const auto taken = queue.take(10, test::patience);
        REQUIRE_FALSE(taken.empty());
        seen.insert(taken.begin(), taken.end());
    }
    for (auto& producer : producers) producer.join();
    CHECK(queue.size() == 0);
}

TEST_CASE("closing wakes a producer that waits", "[foundation][queue]") {
    BoundedQueue<int> queue{1};
    queue.push(1);
    bool pushed = true;
    std::thread producer{[&] { pushed = queue.push(2); }};
    queue.close();
    producer.join();
    CHECK_FALSE(pushed);
}
