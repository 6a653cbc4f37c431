// SPDX-License-Identifier: Apache-2.0
#include "libs/http/incoming.h"

#include <catch2/catch.hpp>

using namespace watchglass;
using http::IncomingHead;
using http::read_head;

namespace {

IncomingHead head(std::vector<std::pair<std::string, std::string>> headers) {
    headers.emplace_back("host", "localhost");
    return IncomingHead{"GET", "/", true, std::move(headers)};
}

}  // namespace

TEST_CASE("behind the front door the verified certificate names the peer", "[http][peer]") {
    const auto request = read_head(
        head({{"x-client-cert", "3q2+7w=="}, {"x-client-verify", "0"}, {"x-real-ip", "192.0.2.7"}}), true);
    REQUIRE(request);
    CHECK(request->peer.certificate_der == "\xde\xad\xbe\xef");
    CHECK(request->peer.verify_result == 0);
    CHECK(request->peer.address == "192.0.2.7");
}

TEST_CASE("only a clear yes is a verified certificate", "[http][peer]") {
    const auto* const said = GENERATE("", "10", "1", "0x", "yes", "00000000000000000000x", "-1");
    const auto request = read_head(head({{"x-client-cert", "3q2+7w=="}, {"x-client-verify", said}}), true);
    REQUIRE(request);
    CHECK(request->peer.verify_result != 0);
    CHECK(read_head(head({{"x-client-cert", "3q2+7w=="}}), true)->peer.verify_result != 0);
}

TEST_CASE("a peer's header that occurs twice or is damaged is refused", "[http][peer]") {
    CHECK_FALSE(read_head(head({{"x-client-cert", "3q2+7w=="}, {"x-client-cert", "3q2+7w=="}}), true));
    CHECK_FALSE(read_head(head({{"x-client-verify", "0"}, {"x-client-verify", "1"}}), true));
    CHECK_FALSE(read_head(head({{"x-client-cert", "not base64!"}}), true));
}

TEST_CASE("without a front door nobody can claim to be somebody", "[http][peer]") {
    const auto request = read_head(head({{"x-client-cert", "3q2+7w=="}, {"x-client-verify", "0"}}), false);
    REQUIRE(request);
    CHECK(request->peer.certificate_der.empty());
    CHECK(request->header("x-client-cert").empty());
}

TEST_CASE("a request has exactly one host", "[http]") {
    CHECK_FALSE(read_head(IncomingHead{"GET", "/", true, {}}, true));
    CHECK_FALSE(read_head(IncomingHead{"GET", "/", true, {{"host", "a"}, {"host", "b"}}}, true));
    CHECK(read_head(IncomingHead{"GET", "/", false, {}}, true));
}

TEST_CASE("a client's request id is kept when it is harmless", "[http]") {
    CHECK(http::request_id_from("abc-1.2_Z") == "abc-1.2_Z");
    CHECK(http::request_id_from("a b") != "a b");
    CHECK(http::request_id_from(std::string(65, 'a')).size() == 16);
    CHECK(http::request_id_from("").size() == 16);
    CHECK(http::request_id_from("") != http::request_id_from(""));
}
