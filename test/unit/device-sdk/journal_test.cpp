// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/journal/codes.h"
#include "libs/foundation/crc32c.h"
#include "schemas/codec/chain.h"
#include "test/unit/device-sdk/journal_instrument.h"

using namespace watchglass;
using namespace watchglass::device;
using namespace watchglass::device::test;

TEST_CASE("what is only appended cannot be read, what is synced can", "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    CHECK(instrument.journal->report().first_boot);
    instrument.record(3);
    CHECK_FALSE(instrument.journal->read(instrument.journal->live(), StreamSeq{1}));
    CHECK(instrument.live().synced_through == StreamSeq{0});

    REQUIRE(instrument.journal->sync());
    const auto entries = instrument.everything();
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].chain ==
          codec::next_chain(Chain{}, instrument.journal->live(), StreamSeq{1}, Bytes(100, 1)));
    CHECK(entries[2].chain == instrument.live().chain);
    CHECK(entries[1].changes == 3);
}

TEST_CASE("a synced frame survives a power cut and an unsynced one does not come back",
          "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    instrument.record(5);
    REQUIRE(instrument.journal->sync());
    const StreamId before = instrument.journal->live();
    instrument.record(2);
    instrument.disk.power_cut();
    instrument.boot();

    CHECK(instrument.journal->live() == before);
    CHECK(instrument.journal->report().unclean);
    const auto entries = instrument.everything();
    REQUIRE(entries.size() == 6);
    CHECK(Instrument::frames(entries) == 5);
    REQUIRE(gap_in(entries.back()) != nullptr);
    CHECK(gap_in(entries.back())->cause == GapCause::unclean_boot);
}

TEST_CASE("a journal that was closed goes on without a gap, and knows what was stored",
          "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    instrument.record(4);
    REQUIRE(instrument.journal->sync());
    const Chain at_two = instrument.everything()[1].chain;
    instrument.journal->set_history(77);
    REQUIRE(instrument.journal->mark_stored(instrument.journal->live(), StreamSeq{2}, at_two));
    REQUIRE(instrument.journal->close());
    instrument.disk.power_cut();
    instrument.boot();

    CHECK_FALSE(instrument.journal->report().unclean);
    CHECK(instrument.journal->history() == 77);
    CHECK(instrument.live().stored_through == StreamSeq{2});
    CHECK(instrument.live().stored_chain == at_two);
    CHECK(instrument.everything().size() == 2);
    instrument.record(1);
    REQUIRE(instrument.journal->sync());
    CHECK(instrument.everything().back().seq == StreamSeq{5});
}

TEST_CASE("when full the oldest goes first: stored before unstored, and only the unstored leave a gap",
          "[device-sdk][journal]") {
    Instrument instrument;
    instrument.settings.bytes_most = 4u * (64u << 10);
    instrument.boot();
    for (int i = 0; i < 20; ++i) {
        instrument.record(10, 1000);
        REQUIRE(instrument.journal->sync());
    }
    const StreamState half = instrument.live();
    CHECK(half.first_retained == StreamSeq{1});
    const auto at = instrument.journal->read(half.id, StreamSeq{200});
    REQUIRE(instrument.journal->mark_stored(half.id, StreamSeq{200}, at->chain));
    for (int i = 0; i < 12; ++i) {
        instrument.record(10, 1000);
        REQUIRE(instrument.journal->sync());
    }
    CHECK(instrument.journal->dropped_places() == 0);
    CHECK(instrument.live().first_retained > StreamSeq{1});
    CHECK(Instrument::frames(instrument.everything()) == 120);

    for (int i = 0; i < 40; ++i) {
        instrument.record(10, 1000);
        REQUIRE(instrument.journal->sync());
    }
    CHECK(instrument.journal->bytes_on_disk() <= instrument.settings.bytes_most);
    const auto check = [&] {
        const auto entries = instrument.everything();
        REQUIRE(gap_in(entries.front()) != nullptr);
        CHECK(gap_in(entries.front())->cause == GapCause::journal_full);
        CHECK(gap_in(entries.front())->changes_lost + 3 * Instrument::frames(entries) == 3 * 520);
        CHECK(entries.front().prev_chain == at->chain);
    };
    check();
    REQUIRE(instrument.journal->close());
    instrument.boot();
    check();
}

TEST_CASE("a full disk drops the oldest instead of the newest", "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    instrument.disk.capacity = 4u * (64u << 10);
    for (int i = 0; i < 60; ++i) {
        instrument.record(10, 1000);
        REQUIRE(instrument.journal->sync());
    }
    const auto entries = instrument.everything();
    CHECK(gap_in(entries.front()) != nullptr);
    CHECK(entries.back().last == StreamSeq{600});
}

TEST_CASE("many starts do not fill the disk with small files", "[device-sdk][journal]") {
    Instrument instrument;
    instrument.settings.bytes_most = 4u * (64u << 10);
    for (int i = 0; i < 200; ++i) {
        instrument.boot();
        instrument.record(1);
        REQUIRE(instrument.journal->sync());
        const StreamState live = instrument.live();
        REQUIRE(instrument.journal->mark_stored(live.id, live.synced_through, live.chain));
        REQUIRE(instrument.journal->close());
    }
    CHECK(instrument.disk.names().size() <= 64);
    CHECK(instrument.live().synced_through == StreamSeq{200});
}

TEST_CASE("a journal of a newer version is left alone", "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    SegmentHeader header{Lane::telemetry, 9, Epoch{5}, StreamSeq{1}, Chain{}, WallTime{}};
    Bytes bytes = encode_header(header);
    bytes[8] = 200;
    const std::uint32_t crc = crc32c(ByteSpan{bytes}.first(segment_header_bytes - 4));
    for (std::size_t i = 0; i < 4; ++i)
        bytes[segment_header_bytes - 4 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
    REQUIRE((*instrument.disk.create(segment_name(header), 100))->write_at(0, bytes));
    const auto opened = Journal::open(instrument.settings, instrument.disk, instrument.rng, instrument.clock);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == device::codes::journal_newer);
}
