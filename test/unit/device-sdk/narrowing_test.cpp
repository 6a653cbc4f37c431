// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/publish/narrowing.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "schemas/codec/limits.h"

using namespace watchglass;
using namespace watchglass::device;

namespace {

/// What a platform answers that has everything up to `common` as we have it, and other frames behind.
struct Answerer {
    StreamSeq common{};
    StreamSeq kept_from{1};  ///< chains of places before are no longer kept

    void answer(Narrowing& narrowing) const {
        StreamSeq agreed{};
        StreamSeq differs{};
        const auto places = narrowing.places();
        REQUIRE(places.size() <= codec::limits::probes);
        REQUIRE(std::is_sorted(places.begin(), places.end()));
        for (const StreamSeq place : places) {
            if (place < kept_from) continue;
            if (place <= common) agreed = place;
            if (place > common && differs == StreamSeq{}) differs = place;
        }
        narrowing.answer(narrowing.round(), agreed, differs);
    }
};

}  // namespace

TEST_CASE("the last common place is found wherever it is, in a few rounds", "[device-sdk][narrowing]") {
    for (std::uint64_t common = 10; common <= 1'000; common += 9) {
        Narrowing narrowing{StreamSeq{10}, StreamSeq{1'001}, 7};
        int rounds = 0;
        while (!narrowing.done()) {
            Answerer{StreamSeq{common}}.answer(narrowing);
            REQUIRE(++rounds <= 5);
        }
        INFO("the last common place is " << common);
        CHECK(narrowing.common() == StreamSeq{common});
        CHECK(narrowing.foreign() == StreamSeq{common + 1});
    }
}

TEST_CASE("where chains are no longer kept the search ends, and says what it does not know",
          "[device-sdk][narrowing]") {
    Narrowing narrowing{StreamSeq{10}, StreamSeq{101}, 7};
    int rounds = 0;
    while (!narrowing.done()) {
        Answerer{StreamSeq{40}, StreamSeq{60}}.answer(narrowing);
        REQUIRE(++rounds <= 10);
    }
    CHECK(narrowing.common() == StreamSeq{10});
    CHECK(narrowing.foreign() >= StreamSeq{60});
    CHECK(narrowing.foreign() <= StreamSeq{75});
}

TEST_CASE("an answer to another round is somebody else's", "[device-sdk][narrowing]") {
    Narrowing narrowing{StreamSeq{10}, StreamSeq{101}, 7};
    narrowing.answer(6, StreamSeq{50}, StreamSeq{51});
    narrowing.answer(8, StreamSeq{50}, StreamSeq{51});
    CHECK(narrowing.common() == StreamSeq{10});
    CHECK(narrowing.foreign() == StreamSeq{101});
    CHECK(narrowing.round() == 7);
}

TEST_CASE("nothing between needs no question", "[device-sdk][narrowing]") {
    CHECK(Narrowing(StreamSeq{10}, StreamSeq{11}, 1).done());
    CHECK(Narrowing(StreamSeq{10}, StreamSeq{11}, 1).places().empty());
}
