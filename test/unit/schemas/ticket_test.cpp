// SPDX-License-Identifier: Apache-2.0
#include "schemas/values/ticket.h"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace watchglass;

namespace {

EnrollmentTicket sample_ticket() {
    EnrollmentTicket ticket;
    ticket.host = "gate.example.org";
    ticket.port = 8443;
    for (std::size_t i = 0; i < ticket.secret.size(); ++i) ticket.secret[i] = static_cast<std::uint8_t>(i);
    for (std::size_t i = 0; i < ticket.root_pin.size(); ++i)
        ticket.root_pin[i] = static_cast<std::uint8_t>(200 + i);
    return ticket;
}

std::string in_capitals(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return text;
}

}  // namespace

TEST_CASE("a ticket reads back as it was written", "[schemas][ticket]") {
    const auto text = to_text(sample_ticket());
    CHECK(text.starts_with("wg1:"));
    CHECK(parse_ticket(text).value() == sample_ticket());
    auto address = sample_ticket();
    address.host = "fe80::1";
    CHECK(parse_ticket(to_text(address)).value() == address);
}

TEST_CASE("a ticket survives capitals, line breaks and dashes", "[schemas][ticket]") {
    auto text = in_capitals(to_text(sample_ticket()));
    text.insert(20, "\r\n  ");
    text.insert(40, "-");
    CHECK(parse_ticket("  " + text + "\n").value() == sample_ticket());
}

TEST_CASE("any one wrong or missing letter is noticed", "[schemas][ticket]") {
    const auto text = to_text(sample_ticket());
    for (std::size_t at = 4; at < text.size(); ++at) {
        auto wrong = text;
        wrong[at] = wrong[at] == 'a' ? 'b' : 'a';
        INFO("letter " << at);
        CHECK_FALSE(parse_ticket(wrong));
        auto missing = text;
        missing.erase(at, 1);
        CHECK_FALSE(parse_ticket(missing));
    }
}

TEST_CASE("what is no ticket is told apart from a damaged and from a newer one", "[schemas][ticket]") {
    CHECK(parse_ticket("").error().code == codes::malformed_ticket);
    CHECK(parse_ticket("hello").error().code == codes::malformed_ticket);
    CHECK(parse_ticket(std::string(5000, 'a')).error().code == codes::malformed_ticket);
    CHECK(parse_ticket("wg1:").error().code == codes::damaged_ticket);
    CHECK(parse_ticket("wg1:0189").error().code == codes::damaged_ticket);
    CHECK(parse_ticket("wg2:abcdefgh").error().code == codes::unknown_ticket_version);
}

TEST_CASE("a ticket for no host, a strange host or port 0 is refused", "[schemas][ticket]") {
    auto ticket = sample_ticket();
    ticket.host = "";
    CHECK_FALSE(parse_ticket(to_text(ticket)));
    ticket.host = "gate/../..";
    CHECK_FALSE(parse_ticket(to_text(ticket)));
    ticket = sample_ticket();
    ticket.port = 0;
    CHECK_FALSE(parse_ticket(to_text(ticket)));
}
