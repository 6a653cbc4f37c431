// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/metrics.h"

#include <stdexcept>
#include <thread>

#include <catch2/catch.hpp>

using namespace watchglass::metrics;

TEST_CASE("metrics are written in the Prometheus text format", "[foundation][metrics]") {
    Registry registry;
    registry.counter("watchglass_frames_total", "Frames taken.", {{"outcome", "stored"}}).add(3);
    registry.counter("watchglass_frames_total", "Frames taken.", {{"outcome", "a\"b\\c\nd"}}).add();
    registry.gauge("watchglass_queue_frames", "Frames\nwaiting.").set(2.5);
    auto& seconds = registry.histogram("watchglass_commit_seconds", "Time.", {0.1, 1}, {{"step", "copy"}});
    for (const double v : {0.05, 0.1, 0.5, 7.0}) seconds.observe(v);
    CHECK(registry.exposition() ==
          "# HELP watchglass_commit_seconds Time.\n"
          "# TYPE watchglass_commit_seconds histogram\n"
          "watchglass_commit_seconds_bucket{step=\"copy\",le=\"0.1\"} 2\n"
          "watchglass_commit_seconds_bucket{step=\"copy\",le=\"1\"} 3\n"
          "watchglass_commit_seconds_bucket{step=\"copy\",le=\"+Inf\"} 4\n"
          "watchglass_commit_seconds_sum{step=\"copy\"} 7.65\n"
          "watchglass_commit_seconds_count{step=\"copy\"} 4\n"
          "# HELP watchglass_frames_total Frames taken.\n"
          "# TYPE watchglass_frames_total counter\n"
          "watchglass_frames_total{outcome=\"a\\\"b\\\\c\\nd\"} 1\n"
          "watchglass_frames_total{outcome=\"stored\"} 3\n"
          "# HELP watchglass_queue_frames Frames\\nwaiting.\n"
          "# TYPE watchglass_queue_frames gauge\n"
          "watchglass_queue_frames 2.5\n");
}

TEST_CASE("the same name and labels are the same metric, from any thread", "[foundation][metrics]") {
    Registry registry;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 1000; ++i) registry.counter("watchglass_x_total", "X.").add();
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(registry.counter("watchglass_x_total", "X.").value() == 4000);
    CHECK_THROWS_AS(registry.gauge("watchglass_x_total", "X."), std::logic_error);
}
