// SPDX-License-Identifier: Apache-2.0
#include "libs/http/event_queue.h"

#include <catch2/catch.hpp>

using namespace watchglass;
using http::EventQueue;

TEST_CASE("events wait until the connection takes them, in order", "[http][events]") {
    int woken = 0;
    EventQueue queue{10, [&] { ++woken; }};
    CHECK(queue.send("a", "1", ""));
    CHECK(queue.send("a", "2", ""));
    CHECK(woken == 2);
    CHECK(queue.next_piece() == "event: a\ndata: 1\n\nevent: a\ndata: 2\n\n");
    CHECK(queue.next_piece().empty());
    CHECK_FALSE(queue.finished());
}

TEST_CASE("a client that falls too far behind is told by the end of its stream", "[http][events]") {
    EventQueue queue{3, [] {}};
    CHECK(queue.send("", "1", ""));
    CHECK(queue.send("", "2", ""));
    const auto being_written = queue.next_piece();
    CHECK(queue.send("", "3", ""));  // two that are being written and this one: full
    CHECK_FALSE(queue.send("", "4", ""));
    CHECK_FALSE(queue.open());
    CHECK(queue.next_piece().empty());  // no gap is ever shown as a whole
    CHECK(queue.finished());
}

TEST_CASE("closing lets out what was sent before", "[http][events]") {
    EventQueue queue{3, [] {}};
    CHECK(queue.send("", "1", ""));
    queue.close();
    CHECK_FALSE(queue.send("", "2", ""));
    CHECK_FALSE(queue.finished());
    CHECK(queue.next_piece() == "data: 1\n\n");
    CHECK(queue.finished());
}

TEST_CASE("a sender may outlive the connection", "[http][events]") {
    int woken = 0;
    EventQueue queue{3, [&] { ++woken; }};
    queue.detach();
    CHECK_FALSE(queue.send("", "1", ""));
    queue.close();
    CHECK(woken == 0);
}
