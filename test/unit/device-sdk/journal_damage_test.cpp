// SPDX-License-Identifier: Apache-2.0
// What disks do to a journal: torn and flipped bytes, refused writes, reads that fail; and what is declared then.
#include "device-sdk/src/journal/codes.h"
#include "test/unit/device-sdk/journal_instrument.h"

using namespace watchglass;
using namespace watchglass::device;
using namespace watchglass::device::test;

TEST_CASE("a file cut at any byte opens, keeps whole synced frames and invents none",
          "[device-sdk][journal]") {
    Instrument original;
    original.boot();
    original.record(2, 20);
    REQUIRE(original.journal->sync());
    original.record(2, 20);
    REQUIRE(original.journal->sync());
    const std::string name = original.disk.names().front();
    const std::size_t end = 600;

    for (std::size_t cut = 0; cut <= end; ++cut) {
        Instrument instrument{original.disk.image()};
        auto& bytes = instrument.disk.bytes(name);
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(cut), bytes.end(), std::uint8_t{0});
        instrument.boot();
        INFO("cut at byte " << cut);
        const auto entries = instrument.everything();
        std::uint8_t expected = 1;
        for (const auto& entry : entries) {
            if (const auto* body = std::get_if<Bytes>(&entry.content)) CHECK(*body == Bytes(20, expected++));
        }
        CHECK(Instrument::frames(entries) <= 4);
        if (cut == end) CHECK(Instrument::frames(entries) == 4);
        instrument.record(1);
        REQUIRE(instrument.journal->sync());
        CHECK(instrument.everything().size() >= 1);
    }
}

TEST_CASE("any flipped byte is noticed: a frame comes back whole or as a declared gap",
          "[device-sdk][journal]") {
    Instrument original;
    original.boot();
    original.record(3, 20);
    REQUIRE(original.journal->sync());
    original.record(3, 20);
    REQUIRE(original.journal->sync());
    const std::string name = original.disk.names().front();
    const StreamId epoch = original.journal->live();

    for (std::size_t at = 0; at < 700; ++at) {
        Instrument instrument{original.disk.image()};
        instrument.disk.bytes(name)[at] ^= 0x20;
        instrument.boot();
        INFO("flipped byte " << at);
        std::uint64_t accounted = 0;
        std::uint64_t whole = 0;
        for (const StreamState& stream : instrument.journal->streams()) {
            for (StreamSeq next{1}; next <= stream.synced_through;) {
                const auto entry = instrument.journal->read(stream.id, next);
                REQUIRE(entry);
                if (const auto* body = std::get_if<Bytes>(&entry->content)) {
                    CHECK(*body == Bytes(20, static_cast<std::uint8_t>(entry->seq.value())));
                    ++whole;
                }
                // What follows the six is the declaration of the unclean start.
                if (stream.id == epoch && next <= StreamSeq{6}) {
                    accounted += std::min<std::uint64_t>(entry->last.value(), 6) - next.value() + 1;
                }
                next = after(entry->last);
            }
        }
        CHECK(accounted == 6);
        if (at < segment_header_bytes) CHECK(whole == 6);
    }
}

TEST_CASE("damage below what was synced ends the epoch and is declared", "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    instrument.record(3, 20);
    REQUIRE(instrument.journal->sync());
    instrument.record(3, 20);
    REQUIRE(instrument.journal->sync());
    const StreamId damaged = instrument.journal->live();
    auto& bytes = instrument.disk.bytes(instrument.disk.names().front());
    const auto second = std::search_n(bytes.begin(), bytes.end(), 20, 2);
    REQUIRE(second != bytes.end());
    *second ^= 1;
    instrument.boot();

    CHECK(instrument.journal->live() != damaged);
    CHECK(instrument.journal->report().damaged_segments == 1);
    const auto first = instrument.journal->read(damaged, StreamSeq{1});
    REQUIRE(first);
    CHECK(std::holds_alternative<Bytes>(first->content));
    const auto lost = instrument.journal->read(damaged, StreamSeq{2});
    REQUIRE(lost);
    REQUIRE(gap_in(*lost) != nullptr);
    CHECK(gap_in(*lost)->cause == GapCause::journal_damaged);
}

TEST_CASE("bit rot found while reading seals the epoch and appends go on in another",
          "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    instrument.record(6, 20);
    REQUIRE(instrument.journal->sync());
    const StreamId damaged = instrument.journal->live();
    auto& bytes = instrument.disk.bytes(instrument.disk.names().front());
    *std::search_n(bytes.begin(), bytes.end(), 20, 4) ^= 1;
    instrument.record(1, 20);

    const auto lost = instrument.journal->read(damaged, StreamSeq{4});
    REQUIRE(lost);
    REQUIRE(gap_in(*lost) != nullptr);
    CHECK(lost->last == StreamSeq{6});
    CHECK(instrument.journal->live() != damaged);
    REQUIRE(instrument.journal->sync());
    CHECK(instrument.everything().size() == 1);
}

TEST_CASE("a failed fsync seals the segment and the same frames go into a new one", "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    instrument.record(2);
    REQUIRE(instrument.journal->sync());
    instrument.record(2);
    instrument.disk.failing_syncs = 1;
    REQUIRE(instrument.journal->sync());
    CHECK(instrument.disk.names().size() == 2);
    instrument.disk.power_cut();
    instrument.boot();
    CHECK(Instrument::frames(instrument.everything()) == 4);
}

TEST_CASE("a disk that refuses for long costs memory up to a bound, then a declared gap",
          "[device-sdk][journal]") {
    Instrument instrument;
    instrument.settings.pending_bytes_most = 10'000;
    instrument.boot();
    instrument.disk.failing_syncs = 1'000'000;
    for (int i = 0; i < 300; ++i) {
        instrument.record(1);
        (void)instrument.journal->sync();
        CHECK(instrument.journal->pending_bytes() <= 10'200);
    }
    instrument.disk.failing_syncs = 0;
    REQUIRE(instrument.journal->sync());
    const auto entries = instrument.everything();
    REQUIRE(gap_in(entries.front()) != nullptr);
    CHECK(gap_in(entries.front())->cause == GapCause::journal_full);
    const auto frames = Instrument::frames(entries);
    CHECK(gap_in(entries.front())->changes_lost + 3 * frames == 900);
    CHECK(instrument.live().synced_through == StreamSeq{300});
}

TEST_CASE("every file of any size and content opens", "[device-sdk][journal]") {
    SeededRng rng{11};
    for (int round = 0; round < 200; ++round) {
        Instrument original;
        original.boot();
        original.record(8, 30);
        REQUIRE(original.journal->sync());
        auto& bytes = original.disk.bytes(original.disk.names().front());
        bytes.resize(800 + rng.next_u64() % 200);
        for (int i = 0; i < 20; ++i)
            bytes[rng.next_u64() % bytes.size()] = static_cast<std::uint8_t>(rng.next_u64());
        Instrument instrument{original.disk.image()};
        instrument.boot();
        instrument.record(1);
        REQUIRE(instrument.journal->sync());
        CHECK(!instrument.everything().empty());
    }
}

TEST_CASE("a disk that does not answer now costs no frame: the same place is read later",
          "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    instrument.record(4, 20);
    REQUIRE(instrument.journal->sync());
    const StreamId before = instrument.journal->live();

    SECTION("no descriptor left") { instrument.disk.failing_opens = 1; }
    SECTION("a read error at the first record") { instrument.disk.failing_reads = 1; }
    SECTION("a read error further on") {
        REQUIRE(instrument.journal->read(before, StreamSeq{1}));
        instrument.disk.failing_reads = 1;
    }
    const auto refused = instrument.journal->read(before, StreamSeq{2});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == device::codes::journal_io);
    CHECK(instrument.journal->live() == before);
    CHECK(instrument.journal->report().damaged_segments == 0);
    CHECK(Instrument::frames(instrument.everything()) == 4);
}

TEST_CASE("a place that cannot be read for minutes is declared, so that the rest goes on",
          "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    instrument.record(4, 20);
    REQUIRE(instrument.journal->sync());
    const StreamId before = instrument.journal->live();
    instrument.disk.failing_reads = 1'000;
    CHECK_FALSE(instrument.journal->read(before, StreamSeq{1}));
    instrument.clock.advance(std::chrono::minutes{9});
    CHECK_FALSE(instrument.journal->read(before, StreamSeq{1}));
    instrument.clock.advance(std::chrono::minutes{2});
    const auto lost = instrument.journal->read(before, StreamSeq{1});
    REQUIRE(lost);
    REQUIRE(gap_in(*lost) != nullptr);
    CHECK(gap_in(*lost)->cause == GapCause::journal_damaged);
    CHECK(lost->last == StreamSeq{4});
}

TEST_CASE("a journal whose disk does not answer at the start does not open, and gives up nothing",
          "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    instrument.record(4, 20);
    REQUIRE(instrument.journal->sync());
    const StreamId before = instrument.journal->live();
    instrument.journal.reset();
    SECTION("no descriptor left for the header") { instrument.disk.failing_opens = 1; }
    SECTION("the header cannot be read") { instrument.disk.failing_reads = 1; }
    const auto opened = Journal::open(instrument.settings, instrument.disk, instrument.rng, instrument.clock);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == device::codes::journal_io);
    instrument.boot();
    CHECK(instrument.journal->live() == before);
    CHECK(Instrument::frames(instrument.everything()) == 4);
}

TEST_CASE("a damaged header costs no frames when the segment before tells its chain",
          "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    instrument.record(40, 4000);
    REQUIRE(instrument.journal->sync());
    const StreamId epoch = instrument.journal->live();
    const auto entries = instrument.everything();
    const auto names = instrument.disk.names();
    REQUIRE(names.size() >= 3);
    const auto expect_all = [&] {
        for (const JournalEntry& expected : entries) {
            const auto entry = instrument.journal->read(epoch, expected.seq);
            REQUIRE(entry);
            CHECK(entry->content.index() == 0);
            CHECK(entry->prev_chain == expected.prev_chain);
            CHECK(entry->chain == expected.chain);
        }
    };
    SECTION("of the newest segment") {
        instrument.disk.bytes(names.back())[30] ^= 1;
        instrument.boot();
        CHECK(instrument.journal->live() != epoch);
        expect_all();
    }
    SECTION("of one in the middle") {
        instrument.disk.bytes(names[1])[30] ^= 1;
        instrument.boot();
        CHECK(instrument.journal->live() == epoch);
        expect_all();
    }
    SECTION("of the two newest, the last of which is then a gap as long as it was") {
        instrument.disk.bytes(names[names.size() - 2])[segment_header_bytes + 400] ^= 1;
        instrument.disk.bytes(names.back())[30] ^= 1;
        instrument.boot();
        std::uint64_t places = 0;
        for (StreamSeq next{1}; next <= instrument.journal->streams().front().synced_through;) {
            const auto entry = instrument.journal->read(epoch, next);
            REQUIRE(entry);
            places += entry->last.value() - next.value() + 1;
            next = after(entry->last);
        }
        CHECK(places == 40);
    }
}

TEST_CASE("closing after a commit that could not be written closes in order, or says that it did not",
          "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    instrument.record(2);
    instrument.disk.good_writes = 1;
    SECTION("the disk works again") {
        instrument.disk.failing_writes = 1;
        REQUIRE(instrument.journal->close());
        instrument.disk.power_cut();
        instrument.boot();
        CHECK_FALSE(instrument.journal->report().unclean);
    }
    SECTION("it does not") {
        instrument.disk.failing_writes = 1'000;
        CHECK_FALSE(instrument.journal->close());
        instrument.disk.failing_writes = 0;
        instrument.disk.power_cut();
        instrument.boot();
    }
    CHECK(Instrument::frames(instrument.everything()) == 2);
}

TEST_CASE("what was synced behind the last commit is declared as well when there is damage before it",
          "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    for (int group = 0; group < 3; ++group) {
        instrument.record(3, 20);
        REQUIRE(instrument.journal->sync());
    }
    const StreamId damaged = instrument.journal->live();
    auto& bytes = instrument.disk.bytes(instrument.disk.names().front());
    const auto second = std::search_n(bytes.begin(), bytes.end(), 20, 2);
    REQUIRE(second != bytes.end());
    *second ^= 1;
    // The last commit record never reached the disk; its group did.
    const auto last = std::search_n(bytes.begin(), bytes.end(), 20, 9);
    REQUIRE(last != bytes.end());
    std::fill(last + 20, bytes.end(), std::uint8_t{0});
    instrument.boot();

    const auto lost = instrument.journal->read(damaged, StreamSeq{2});
    REQUIRE(lost);
    REQUIRE(gap_in(*lost) != nullptr);
    CHECK(lost->last == StreamSeq{9});
    CHECK(instrument.journal->live() != damaged);
    CHECK(instrument.journal->report().unclean);
    REQUIRE(instrument.everything().size() == 1);
    CHECK(gap_in(instrument.everything()[0])->cause == GapCause::unclean_boot);
}

TEST_CASE("damage that the platform was told of is not news at the next start", "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    instrument.record(3, 20);
    REQUIRE(instrument.journal->sync());
    instrument.record(3, 20);
    REQUIRE(instrument.journal->sync());
    auto& bytes = instrument.disk.bytes(instrument.disk.names().front());
    *std::search_n(bytes.begin(), bytes.end(), 20, 2) ^= 1;
    instrument.boot();
    CHECK(instrument.journal->report().damaged_segments == 1);
    for (const StreamState& stream : instrument.journal->streams())
        REQUIRE(instrument.journal->mark_stored(stream.id, stream.synced_through, stream.chain));
    REQUIRE(instrument.journal->close());
    instrument.boot();
    CHECK(instrument.journal->report().damaged_segments == 0);
}
