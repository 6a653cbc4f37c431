// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <filesystem>

#include <catch2/catch.hpp>

#include "libs/foundation/file.h"
#include "schemas/codec/body.h"
#include "schemas/codec/chain.h"
#include "schemas/codec/envelope.h"
#include "schemas/codec/session.h"
#include "test/unit/schemas/sample_bodies.h"

// The commands to refresh test/golden/ are in its README.
using namespace watchglass;
using namespace watchglass::test;

namespace {

std::filesystem::path golden(const std::string& name) {
    return std::filesystem::path{std::getenv("WATCHGLASS_SOURCE_DIR")} / "test/golden/wire" / name;
}

bool refreshing() { return std::getenv("WATCHGLASS_REFRESH_GOLDEN") != nullptr; }

/// The kept bytes. When refreshing, keeps `now` first.
Bytes kept(const std::string& name, const Bytes& now) {
    if (refreshing()) REQUIRE(write_file_atomically(golden(name), to_hex(now) + "\n").has_value());
    std::string text = read_file(golden(name)).value();
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return from_hex(text).value();
}

constexpr WallTime noon{1'700'000'000'000'000};

Chain chain_of(std::uint8_t first) {
    Chain chain{};
    for (auto& byte : chain) byte = first++;
    return chain;
}

/// Uses every field of a body.
Body full_body() {
    const auto at = [](std::int64_t us) { return noon + Microseconds{us}; };
    const auto number = [](std::uint32_t n) { return ParameterNumber{n}; };
    Body body;
    body.dictionary = "mixed";
    body.dictionary_version = 3;
    body.sub_device = "block-1";
    body.boot = BootId{0x1122334455667788};
    body.monotonic = Microseconds{5'000'000};
    body.wall = at(750'000);
    body.clock_quality = ClockQuality::set;
    body.snapshot = true;
    body.changes = {{number(1), at(0), 36.6},
                    {number(2), at(0), -0.0000001},
                    {number(3), at(1000), 0.75},
                    {number(4), at(2000), 120.0},
                    {number(1), at(2000), 1.0 / 3},
                    {number(40), at(2000), -17.0},
                    {number(41), at(2000), 1.0},
                    {number(42), at(3000), 2.0},
                    {number(70'000), at(3000), std::string{"Z\xc3\xbcrich"}},
                    {number(1), at(4000), 36.7}};
    body.confirmations = {{number(2), at(4000)}, {number(3), at(4000)}, {number(41), at(5000)}};
    body.events = {
        {EventKind::raised, Severity::warning, "limit.coarse", number(1), 36.7, "Above 36.5.", at(4000)},
        {EventKind::state, Severity::info, "door_open", std::nullopt, std::nullopt, "", at(-1)}};
    return body;
}

Envelope frame(const Bytes& body) {
    return {1, {Lane::telemetry, Epoch{0xfedcba9876543210}}, StreamSeq{300}, chain_of(1), body};
}

}  // namespace

TEST_CASE("the wire's messages have kept their fields", "[schemas][golden]") {
    const std::string now = read_file(WG_DESCRIPTOR_SET).value();
    if (refreshing()) REQUIRE(write_file_atomically(golden("descriptors.binpb"), now).has_value());
    INFO("A change of schemas/proto; read test/golden/README.md");
    CHECK(read_file(golden("descriptors.binpb")).value() == now);
}

TEST_CASE("a kept body still says what it said, and is still said so", "[schemas][golden]") {
    const Bytes now = codec::encode_body(full_body(), mixed_dictionary()).value();
    const Bytes old = kept("body.hex", now);
    CHECK(codec::decode_body(old, mixed_dictionary()).value() == full_body());
    CHECK(to_hex(old) == to_hex(now));
}

TEST_CASE("kept envelopes still say what they said", "[schemas][golden]") {
    const Envelope telemetry = frame(codec::encode_body(full_body(), mixed_dictionary()).value());
    CHECK(codec::decode_envelope(kept("envelope.hex", codec::encode_envelope(telemetry).value())).value() ==
          telemetry);
    CHECK(to_hex(codec::chain_after(telemetry)) == "5aecbc7879262651809d3f149a93ce33");

    Envelope repeat = telemetry;
    repeat.possible_repeat = true;
    CHECK(codec::decode_envelope(kept("repeat.hex", codec::encode_envelope(repeat).value())).value() ==
          repeat);

    Envelope gap = frame({});
    gap.stream.lane = Lane::events;
    gap.content = Gap{StreamSeq{450}, GapCause::journal_full, chain_of(100), 12'345};
    CHECK(codec::decode_envelope(kept("gap.hex", codec::encode_envelope(gap).value())).value() == gap);
}

TEST_CASE("kept session messages still say what they said", "[schemas][golden]") {
    const StreamId telemetry{Lane::telemetry, Epoch{7}};
    const StreamId events{Lane::events, Epoch{0xffffffffffffffff}};
    const Hello hello{.streams = {{telemetry, StreamSeq{1}, StreamSeq{5}, StreamSeq{9}, chain_of(3)},
                                  {events, StreamSeq{2}, StreamSeq{2}, StreamSeq{2}, {}}},
                      .boot = BootId{42},
                      .monotonic = Microseconds{123'456},
                      .wall = noon,
                      .clock_quality = ClockQuality::synchronized,
                      .software = "watchglass-agent 0.1.0"};
    CHECK(codec::decode_hello(kept("hello.hex", codec::encode_hello(hello).value())).value() == hello);

    const Stored stored{.streams = {{telemetry, StreamSeq{8}, chain_of(4), StoredWhy::hole},
                                    {events, StreamSeq{1}, chain_of(5), StoredWhy::progress}},
                        .history = 99,
                        .server_time = noon};
    CHECK(codec::decode_stored(kept("stored.hex", codec::encode_stored(stored).value())).value() == stored);

    const Hello probing{.streams = {{telemetry,
                                     StreamSeq{3},
                                     StreamSeq{1},
                                     StreamSeq{9},
                                     chain_of(3),
                                     2,
                                     chain_of(6),
                                     {{StreamSeq{4}, chain_of(7)}, {StreamSeq{8}, chain_of(8)}}}},
                        .boot = BootId{42},
                        .wall = noon,
                        .software = "",
                        .history = 0xfedcba9876543210};
    CHECK(codec::decode_hello(kept("hello_after_fork.hex", codec::encode_hello(probing).value())).value() ==
          probing);

    const Stored narrowed{
        .streams = {{telemetry, StreamSeq{8}, chain_of(4), StoredWhy::hello, 2, StreamSeq{4}, StreamSeq{8}}},
        .history = 99,
        .server_time = noon,
        .asked = 98};
    CHECK(
        codec::decode_stored(kept("stored_after_fork.hex", codec::encode_stored(narrowed).value())).value() ==
        narrowed);

    const Status status{true, "connected", "watchglass-agent 0.1.0", BootId{42}};
    CHECK(codec::decode_status(kept("status.hex", codec::encode_status(status).value())).value() == status);
}
