// SPDX-License-Identifier: Apache-2.0
#include "libs/http/event_parser.h"

#include <catch2/catch.hpp>

#include "libs/http/event_queue.h"

using namespace watchglass;

namespace {

using Events = std::vector<std::pair<std::string, std::string>>;

/// What is read when the bytes arrive in pieces of `size`.
Events read_in_pieces(std::string_view bytes, std::size_t size) {
    Events events;
    http::EventParser parser;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) {
        parser.feed(bytes.substr(0, size), [&](std::string_view event, std::string_view data) {
            events.emplace_back(event, data);
            return true;
        });
    }
    return events;
}

}  // namespace

TEST_CASE("events read the same however the network cuts them", "[http][events]") {
    const auto size = GENERATE(1u, 2u, 3u, 7u, 1000u);
    const std::string bytes =
        ":comment\n\nevent: change\r\ndata: one\r\ndata:two\r\n\r\ndata\rid: 7\r\rdata: last\nretry: "
        "5\n\nevent: "
        "lost\n\ndata: unfinished";
    CHECK(read_in_pieces(bytes, size) ==
          Events{{"change", "one\ntwo"}, {"message", ""}, {"message", "last"}});
}

TEST_CASE("what the server formats the client reads back", "[http][events]") {
    const auto bytes = http::format_event("change\nevil", "line 1\nline 2\n", "4\r5");
    CHECK(bytes == "id: 45\nevent: changeevil\ndata: line 1\ndata: line 2\ndata: \n\n");
    CHECK(read_in_pieces(bytes, 5) == Events{{"changeevil", "line 1\nline 2\n"}});
}

TEST_CASE("reading stops when the reader says so or an event never ends", "[http][events]") {
    http::EventParser parser;
    int seen = 0;
    CHECK_FALSE(parser.feed("data: 1\n\ndata: 2\n\n", [&](auto, auto) { return ++seen < 1; }));
    CHECK(seen == 1);

    http::EventParser endless;
    const std::string piece(1u << 16, 'x');
    bool going_on = endless.feed("data: ", [](auto, auto) { return true; });
    for (int i = 0; i < 20 && going_on; ++i) going_on = endless.feed(piece, [](auto, auto) { return true; });
    CHECK_FALSE(going_on);
    CHECK(endless.too_long());
}
