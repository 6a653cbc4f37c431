// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/ledger.h"

#include <catch2/catch.hpp>

#include "test/unit/ingest/frames.h"

using namespace watchglass;
using namespace watchglass::ingest;
using example::chain_of;

namespace {

StreamPosition at(std::uint8_t seq) { return {StreamSeq{seq}, chain_of(seq)}; }
Offer frame(std::uint8_t seq) {
    return {StreamSeq{seq}, StreamSeq{seq}, chain_of(static_cast<std::uint8_t>(seq - 1)), chain_of(seq),
            false};
}
Offer gap(std::uint8_t from, std::uint8_t to) {
    return {StreamSeq{from}, StreamSeq{to}, chain_of(static_cast<std::uint8_t>(from - 1)), chain_of(to),
            true};
}

}  // namespace

TEST_CASE("the next frame with the right chain is accepted", "[ingest][ledger]") {
    CHECK(judge(at(0), {}, frame(1)) == Verdict::accept);
    CHECK(judge(at(4), {}, frame(5)) == Verdict::accept);
}

TEST_CASE("a frame at or below the stored position is a repeat", "[ingest][ledger]") {
    CHECK(judge(at(4), {}, frame(4)) == Verdict::repeat);
    CHECK(judge(at(4), {}, frame(1)) == Verdict::repeat);
}

TEST_CASE("a frame beyond the next place is a hole", "[ingest][ledger]") {
    CHECK(judge(at(0), {}, frame(2)) == Verdict::hole);
    CHECK(judge(at(4), {}, gap(6, 9)) == Verdict::hole);
}

TEST_CASE("another history under the same name is a fork", "[ingest][ledger]") {
    Offer next = frame(5);
    next.before = chain_of(77);
    CHECK(judge(at(4), {}, next) == Verdict::fork);

    RecentChains recent;
    recent.add(StreamSeq{3}, chain_of(3));
    Offer repeat = frame(3);
    repeat.after = chain_of(77);
    CHECK(judge(at(4), recent, repeat) == Verdict::fork);
    CHECK(judge(at(4), recent, frame(3)) == Verdict::repeat);
}

TEST_CASE("a declared gap is accepted in the place of its frames", "[ingest][ledger]") {
    CHECK(judge(at(4), {}, gap(5, 9)) == Verdict::accept);
    SECTION("also when it begins among frames that are stored") {
        CHECK(judge(at(4), {}, gap(2, 9)) == Verdict::accept);
    }
    SECTION("a gap over stored frames changes nothing") {
        CHECK(judge(at(9), {}, gap(2, 9)) == Verdict::repeat);
    }
    SECTION("also when the frame before it was lost with its chain") {
        Offer blind = gap(5, 9);
        blind.before = Chain{};
        CHECK(judge(at(4), {}, blind) == Verdict::accept);
    }
    SECTION("but not on top of another history") {
        Offer foreign = gap(5, 9);
        foreign.before = chain_of(77);
        CHECK(judge(at(4), {}, foreign) == Verdict::fork);
    }
}

TEST_CASE("a hole is asked for once per 200 ms and stored position", "[ingest][ledger]") {
    const StreamKey key = example::frame(1).key();
    StreamLedger ledger;
    ledger.learn(key, at(4));
    CHECK(ledger.may_ask_for_hole(key, SteadyTime{0}));
    CHECK_FALSE(ledger.may_ask_for_hole(key, SteadyTime{199'999}));
    CHECK(ledger.may_ask_for_hole(key, SteadyTime{200'000}));

    ledger.moved(key, at(5));
    CHECK(ledger.may_ask_for_hole(key, SteadyTime{200'001}));
}

TEST_CASE("a forgotten stream must be learned again but keeps its chains", "[ingest][ledger]") {
    const StreamKey key = example::frame(1).key();
    StreamLedger ledger;
    CHECK_FALSE(ledger.knows(key));
    ledger.learn(key, at(4));
    ledger.forget(key);
    CHECK_FALSE(ledger.knows(key));
    ledger.learn(key, at(6));
    CHECK(ledger.knows(key));
    CHECK(ledger.recent(key).at(StreamSeq{4}) == chain_of(4));
}

TEST_CASE("a ledger that is bounded lets go of what was used longest ago", "[ingest][ledger]") {
    StreamLedger ledger;
    const auto key = [](std::uint64_t epoch) {
        return StreamKey{{TenantNumber{1}, DeviceNumber{1}}, {Lane::telemetry, Epoch{epoch}}};
    };
    for (std::uint64_t epoch = 1; epoch <= 100; ++epoch) ledger.learn(key(epoch), {StreamSeq{epoch}, {}});
    ledger.moved(key(1), {StreamSeq{2}, {}});
    ledger.bound(100);
    CHECK(ledger.size() == 100);
    ledger.bound(80);
    CHECK(ledger.size() == 60);
    CHECK(ledger.knows(key(1)));  // used last
    CHECK_FALSE(ledger.knows(key(2)));
    CHECK(ledger.knows(key(100)));
}
