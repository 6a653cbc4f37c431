// SPDX-License-Identifier: Apache-2.0
#include "libs/http/problem.h"

#include <catch2/catch.hpp>

#include "libs/http/server_problem.h"

using namespace watchglass;

namespace {
constexpr Code spent{"enroll.ticket_spent", "This ticket was already used.", "Ask for a new one."};
}

TEST_CASE("a problem document carries the code, and what the sender made of it reads back",
          "[http][problem]") {
    auto response = http::problem(409, Failure{spent, Next::give_up, "Used on \"Monday\".", "row 17"});
    http::add_request_id(response, "req-9");
    const auto document = json::parse(response.body);
    REQUIRE(document);
    CHECK(*document->text("type") == "urn:watchglass:problem:enroll.ticket_spent");
    CHECK(*document->integer("status") == 409);
    CHECK(*document->text("request_id") == "req-9");
    CHECK(response.body.find("row 17") == std::string::npos);

    const auto failure = http::failure_of_answer(response.status, response.body);
    CHECK(failure.code == spent);
    CHECK(failure.code.sentence == spent.sentence);
    CHECK(failure.code.next_step == spent.next_step);
    CHECK(failure.detail == "Used on \"Monday\".");
    CHECK(failure.cause == "request_id req-9");
}

TEST_CASE("a failure without a status of its own gets the one that fits", "[http][problem]") {
    CHECK(http::problem(Failure{codes::not_found, Next::give_up, {}, {}}).status == 404);
    CHECK(http::problem(Failure{json::codes::malformed, Next::give_up, {}, {}}).status == 400);
    CHECK(http::problem(Failure{spent, Next::give_up, {}, {}}).status == 400);
    CHECK(http::problem(Failure{spent, Next::retry_later, {}, {}}).status == 503);
    CHECK(http::problem(Failure{spent, Next::tell_operator, {}, {}}).status == 500);
}

TEST_CASE("only problem documents get a request id", "[http][problem]") {
    auto response = http::text(400, "application/json", "{}");
    http::add_request_id(response, "req-9");
    CHECK(response.body == "{}");
}

TEST_CASE("an answer that is no problem document is still a failure with its status", "[http][problem]") {
    const auto failure = http::failure_of_answer(502, "<html>\x1b[31mBad Gateway</html>");
    CHECK(failure.code.name == "http.refused");
    CHECK(failure.next == Next::retry_later);
    CHECK(failure.detail.find("502") != std::string::npos);
    CHECK(failure.cause.find('\x1b') == std::string::npos);
    CHECK(http::failure_of_answer(400, R"({"code":"Not A Code!"})").code.name == "http.refused");
}

TEST_CASE("a server that makes up codes without end costs bounded memory", "[http][problem]") {
    bool refused = false;
    for (int i = 0; i < 2000 && !refused; ++i) {
        const auto name = "made.up_" + std::to_string(i);
        const auto failure = http::failure_of_answer(400, R"({"code":")" + name + R"(","title":"T."})");
        refused = failure.code.name == "http.refused";
        if (refused) CHECK(failure.detail.find(name) != std::string::npos);
    }
    CHECK(refused);
}
