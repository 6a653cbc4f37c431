// SPDX-License-Identifier: Apache-2.0
#include "schemas/codec/session.h"

#include <limits>

#include <catch2/catch.hpp>

#include "schemas/codec/chain.h"
#include "schemas/codec/codes.h"
#include "schemas/codec/envelope.h"

using namespace watchglass;
namespace why = watchglass::codec::codes;

namespace {

Chain chain_of(std::uint8_t first) {
    Chain chain{};
    for (auto& byte : chain) byte = first++;
    return chain;
}

const StreamId stream{Lane::events, Epoch{0x0123456789abcdef}};

Envelope frame() { return {1, stream, StreamSeq{7}, chain_of(1), Bytes{'b', 'o', 'd', 'y'}}; }

}  // namespace

TEST_CASE("an envelope comes back as it was said, its body untouched", "[schemas][codec]") {
    CHECK(codec::decode_envelope(codec::encode_envelope(frame()).value()).value() == frame());

    Envelope gap = frame();
    gap.content = Gap{StreamSeq{20}, GapCause::journal_damaged, chain_of(99), 1234};
    CHECK(codec::decode_envelope(codec::encode_envelope(gap).value()).value() == gap);

    Envelope empty = frame();
    empty.content = Bytes{};
    CHECK(codec::decode_envelope(codec::encode_envelope(empty).value()).value() == empty);
}

TEST_CASE("an envelope that cannot be placed in a stream is refused", "[schemas][codec]") {
    const auto verdict = [](const Envelope& envelope) {
        const auto decoded = codec::decode_envelope(codec::encode_envelope(envelope).value());
        return decoded ? "accepted" : decoded.error().code.name;
    };
    Envelope bad = frame();
    bad.seq = StreamSeq{0};
    CHECK(verdict(bad) == why::malformed.name);
    bad = frame();
    bad.format = 2;
    CHECK(verdict(bad) == why::unknown_format.name);
    bad = frame();
    bad.stream.lane = static_cast<Lane>(3);
    CHECK(verdict(bad) == why::malformed.name);
    bad = frame();
    bad.content = Gap{StreamSeq{6}, GapCause::journal_full, {}, 0};
    CHECK(verdict(bad) == why::malformed.name);
    bad.content = Gap{StreamSeq{9}, static_cast<GapCause>(0), {}, 0};
    CHECK(verdict(bad) == why::malformed.name);
    CHECK(codec::decode_envelope({}).error().code == why::malformed);
}

TEST_CASE("an envelope has room for the largest body", "[schemas][codec]") {
    Envelope large = frame();
    large.content = Bytes(64 * 1024, 0x5a);
    CHECK(codec::decode_envelope(codec::encode_envelope(large).value()).value() == large);
    large.content = Bytes(128 * 1024, 0x5a);
    CHECK(codec::encode_envelope(large).error().code == why::too_large);
}

TEST_CASE("Hello, Stored and Status come back as they were said", "[schemas][codec]") {
    const Hello hello{
        .streams = {{stream, StreamSeq{1}, StreamSeq{5}, StreamSeq{9}, chain_of(3)},
                    {{Lane::telemetry, Epoch{0}}, StreamSeq{1}, StreamSeq{1}, StreamSeq{1}, {}}},
        .boot = BootId{42},
        .monotonic = Microseconds{123},
        .wall = {-5},
        .clock_quality = ClockQuality::floor,
        .software = "watchglass-agent 0.1.0"};
    CHECK(codec::decode_hello(codec::encode_hello(hello).value()).value() == hello);

    const Stored stored{.streams = {{stream, StreamSeq{8}, chain_of(4), StoredWhy::fork}},
                        .history = std::numeric_limits<std::uint64_t>::max(),
                        .server_time = {1'700'000'000'000'000}};
    CHECK(codec::decode_stored(codec::encode_stored(stored).value()).value() == stored);

    const Status status{true, "connected", "watchglass-agent 0.1.0", BootId{42}};
    CHECK(codec::decode_status(codec::encode_status(status).value()).value() == status);
    CHECK(codec::decode_status({}).value() == Status{});
}

TEST_CASE("session messages keep their limits", "[schemas][codec]") {
    Hello hello;
    hello.streams.resize(256);
    CHECK(codec::encode_hello(hello).has_value());
    hello.streams.resize(257);
    CHECK(codec::encode_hello(hello).error().code == why::too_many_streams);
    Stored stored;
    stored.streams.resize(257);
    CHECK(codec::encode_stored(stored).error().code == why::too_many_streams);
    Status status;
    status.reason.assign(257, 'x');
    CHECK(codec::encode_status(status).error().code == why::text_too_long);
    status.reason = "\xff";
    CHECK(codec::encode_status(status).error().code == why::not_utf8);
}

TEST_CASE("the chain covers what came before, the position and the body", "[schemas][codec]") {
    const Bytes body{'b', 'o', 'd', 'y'};
    const Chain chain = codec::next_chain(chain_of(1), stream, StreamSeq{7}, body);
    CHECK(chain == codec::next_chain(chain_of(1), stream, StreamSeq{7}, body));
    CHECK(chain != codec::next_chain(chain_of(2), stream, StreamSeq{7}, body));
    CHECK(chain != codec::next_chain(chain_of(1), {Lane::telemetry, stream.epoch}, StreamSeq{7}, body));
    CHECK(chain != codec::next_chain(chain_of(1), {stream.lane, Epoch{1}}, StreamSeq{7}, body));
    CHECK(chain != codec::next_chain(chain_of(1), stream, StreamSeq{8}, body));
    CHECK(chain != codec::next_chain(chain_of(1), stream, StreamSeq{7}, Bytes{'b', 'o', 'd', 'x'}));
    CHECK(codec::chain_after(frame()) == chain);
}

TEST_CASE("the chain is the hash that docs/formats/wire.md writes down", "[schemas][codec]") {
    // printf '01 02 .. 10 | 02 | 0123456789abcdef | 0000000000000007 | "body"' | sha256sum, first 16 bytes
    const Chain chain = codec::next_chain(chain_of(1), stream, StreamSeq{7}, as_bytes("body"));
    CHECK(to_hex(chain) == "3683bbb5b76446bb47e2ce7a1a317b98");
}

TEST_CASE("a gap states the chain after it", "[schemas][codec]") {
    Envelope gap = frame();
    gap.content = Gap{StreamSeq{20}, GapCause::journal_full, chain_of(99), 0};
    CHECK(codec::chain_after(gap) == chain_of(99));
}

TEST_CASE("probes are few and in rising order", "[schemas][codec]") {
    Hello hello;
    hello.streams = {{stream, StreamSeq{1}, StreamSeq{1}, StreamSeq{50}, chain_of(1), 1, chain_of(2), {}}};
    for (std::uint64_t seq = 1; seq <= 8; ++seq)
        hello.streams[0].probes.push_back({StreamSeq{seq}, chain_of(1)});
    CHECK(codec::decode_hello(codec::encode_hello(hello).value()).value() == hello);

    std::swap(hello.streams[0].probes[3], hello.streams[0].probes[4]);
    CHECK(codec::decode_hello(codec::encode_hello(hello).value()).error().code == why::malformed);
    std::swap(hello.streams[0].probes[3], hello.streams[0].probes[4]);
    hello.streams[0].probes.push_back({StreamSeq{40}, chain_of(1)});
    CHECK(codec::encode_hello(hello).error().code == why::malformed);
}

TEST_CASE("a stream is named once in a message", "[schemas][codec]") {
    Hello hello;
    hello.streams = {{stream, StreamSeq{1}, StreamSeq{1}, StreamSeq{5}, chain_of(1)},
                     {stream, StreamSeq{1}, StreamSeq{1}, StreamSeq{5}, chain_of(1)}};
    CHECK(codec::decode_hello(codec::encode_hello(hello).value()).error().code == why::malformed);
    Stored stored;
    stored.streams = {{stream, StreamSeq{1}, chain_of(1), StoredWhy::hello},
                      {stream, StreamSeq{2}, chain_of(1), StoredWhy::hello}};
    CHECK(codec::decode_stored(codec::encode_stored(stored).value()).error().code == why::malformed);
}
