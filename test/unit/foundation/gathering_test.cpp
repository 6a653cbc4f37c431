// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/gathering.h"

#include <thread>

#include <catch2/catch.hpp>

#include "test/support/wait.h"

using namespace watchglass;
using namespace std::chrono_literals;

namespace {

/// A queue of nothing but its length.
struct Counted {
    std::mutex mutex;
    std::condition_variable filled;
    Gathering gathering;
    std::size_t waiting = 0;
    bool ended = false;
    int notified = 0;

    void put(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            const std::lock_guard lock(mutex);
            ++waiting;
            if (!gathering.worth_waking(waiting)) continue;
            ++notified;
            filled.notify_one();
        }
    }
    std::size_t take(std::chrono::microseconds patience) {
        std::unique_lock lock(mutex);
        gathering.wait(
            lock, filled, patience, [&] { return waiting; }, [&] { return ended; });
        return std::exchange(waiting, 0);
    }
};

}  // namespace

TEST_CASE("what waits already is taken without a wait, and none is never waited for",
          "[foundation][gathering]") {
    Counted queue;
    queue.put(3);
    CHECK(queue.take(0us) == 3);
    CHECK(queue.take(0us) == 0);
    queue.put(2);
    CHECK(queue.take(10min) == 2);
}

TEST_CASE("the first of a quiet queue wakes whoever waits", "[foundation][gathering]") {
    Counted queue;
    std::thread consumer{[&] { CHECK(queue.take(10min) == 1); }};
    queue.put(1);
    consumer.join();
    CHECK(queue.notified == 1);
}

TEST_CASE("an end is heard whatever is being waited for", "[foundation][gathering]") {
    Counted queue;
    CHECK(queue.take(1us) == 0);  // was here a moment ago: waits for a group now
    std::thread consumer{[&] { CHECK(queue.take(10min) == 0); }};
    {
        const std::lock_guard lock(queue.mutex);
        queue.ended = true;
    }
    queue.filled.notify_all();
    consumer.join();
}

TEST_CASE("a consumer that comes back at once is woken for a group, not for the first",
          "[foundation][gathering]") {
    Counted queue;
    // Whether it comes back at once is the machine's affair: tried until it does.
    const auto waits_for_a_group = [&] {
        std::unique_lock lock(queue.mutex);
        bool group = false;
        queue.gathering.wait(
            lock, queue.filled, 1us,
            [&] {
                group = group || (!queue.gathering.worth_waking(Gathering::enough - 1) &&
                                  queue.gathering.worth_waking(Gathering::enough));
                return queue.waiting;
            },
            [] { return false; });
        CHECK(queue.gathering.worth_waking(1));  // not beyond its wait
        return group;
    };
    CHECK(test::eventually(waits_for_a_group, 0ms));
}

TEST_CASE("all that is put is taken, whoever is quicker", "[foundation][gathering]") {
    Counted queue;
    constexpr std::size_t all = 20'000;
    std::size_t taken = 0;
    std::thread consumer{[&] {
        while (taken < all) taken += queue.take(10min);
    }};
    queue.put(all);
    consumer.join();
    CHECK(taken == all);
}
