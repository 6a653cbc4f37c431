// SPDX-License-Identifier: Apache-2.0
// A disk that takes nothing, or only some of it, for a while.
#include <map>

#include "test/unit/device-sdk/journal_instrument.h"

using namespace watchglass;
using namespace watchglass::device;
using namespace watchglass::device::test;

TEST_CASE("what the last run may have had stored is not sent under another name", "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    instrument.record(3, 20);
    REQUIRE(instrument.journal->sync());
    const StreamId before = instrument.journal->live();
    const Chain chain = instrument.live().chain;
    // The commit record of the group is lost, and the disk takes nothing at the next start.
    auto& bytes = instrument.disk.bytes(instrument.disk.names().front());
    const auto last = std::search_n(bytes.begin(), bytes.end(), 20, 3);
    std::fill(last + 20, bytes.end(), std::uint8_t{0});
    instrument.disk.failing_writes = 1'000;
    instrument.boot();

    CHECK(instrument.live().synced_through == StreamSeq{});
    CHECK(instrument.live().found_through == StreamSeq{3});
    CHECK(instrument.journal->chain_after(before, StreamSeq{3}).value() == chain);
    CHECK_FALSE(instrument.journal->may_seal());
    CHECK_FALSE(instrument.journal->fork(before, StreamSeq{}, Chain{}, StreamSeq{1}));
    CHECK(instrument.journal->live() == before);

    instrument.disk.failing_writes = 0;
    REQUIRE(instrument.journal->sync());
    CHECK(instrument.live().synced_through == StreamSeq{4});  // and the gap of the unclean start
    CHECK(instrument.journal->may_seal());
}

TEST_CASE("places that move to a new epoch because the disk refused are not found in the old one as well",
          "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    instrument.record(1);
    REQUIRE(instrument.journal->sync());
    instrument.record(3);
    instrument.disk.failing_syncs = 2;
    instrument.journal->start_epoch();
    instrument.disk.failing_syncs = 0;
    REQUIRE(instrument.journal->sync());
    instrument.boot();  // killed: what was written is in the file, synced or not

    CHECK(Instrument::frames(instrument.every_stream()) == 4);
}

TEST_CASE("what is dropped for room stays on the disk until that is declared", "[device-sdk][journal]") {
    Instrument instrument;
    instrument.settings.bytes_most = 256u << 10;
    instrument.boot();
    const auto fill = [&] {
        instrument.record(20, 1000);
        return instrument.journal->sync();
    };
    while (instrument.journal->dropped_places() == 0) REQUIRE(fill());
    const auto files = [&] { return instrument.disk.names().size(); };
    // The next segment cannot be written: nothing goes before its drop can be told.
    while (instrument.disk.failing_writes == 0) {
        const auto before = files();
        instrument.disk.failing_writes = 2;
        const bool done = fill().has_value();
        instrument.disk.failing_writes = done ? 0 : 1;
        CHECK(files() >= before);
    }
    instrument.disk.failing_writes = 0;
    instrument.boot();
    for (const JournalEntry& entry : instrument.every_stream()) {
        if (const Gap* gap = gap_in(entry)) CHECK(gap->cause != GapCause::journal_damaged);
    }
}

TEST_CASE("a disk that others fill for a moment costs little of what is not stored",
          "[device-sdk][journal]") {
    Instrument instrument;
    instrument.boot();
    for (int i = 0; i < 40; ++i) {
        instrument.record(10, 1000);
        REQUIRE(instrument.journal->sync());
    }
    instrument.disk.capacity = 0;  // somebody else takes whatever is freed
    instrument.record(100, 1000);
    for (int attempt = 0; attempt < 2; ++attempt) CHECK_FALSE(instrument.journal->sync());
    instrument.disk.capacity = UINT64_MAX;
    REQUIRE(instrument.journal->sync());
    CHECK(instrument.live().synced_through == StreamSeq{500});
    // Each attempt tries twice, and gives up one segment a try.
    CHECK(instrument.journal->dropped_places() <= 4 * 64);
}

TEST_CASE("a segment whose name could not be made durable is not found by the next start under it",
          "[device-sdk][journal]") {
    for (const bool removable : {true, false}) {
        Instrument instrument;
        instrument.boot();
        instrument.record(1);
        REQUIRE(instrument.journal->sync());
        instrument.record(3);
        // The places go into a new file, whose name cannot be synced.
        instrument.disk.failing_syncs = 1;
        instrument.disk.failing_directory_syncs = 1;
        instrument.disk.failing_removes = removable ? 0 : 2;
        instrument.journal->start_epoch();
        instrument.disk.failing_directory_syncs = 0;
        instrument.disk.failing_removes = 0;
        REQUIRE(instrument.journal->sync());
        instrument.boot();  // killed

        std::map<std::uint8_t, int> certain;
        for (const JournalEntry& entry : instrument.every_stream()) {
            const auto* body = std::get_if<Bytes>(&entry.content);
            if (body != nullptr && !entry.possible_repeat) ++certain[body->front()];
        }
        INFO("removable " << removable);
        // Where the file could not be removed, what moved is marked as possible repeats; nothing is twice without a word.
        CHECK(certain.size() == 4);
        for (const auto& [byte, count] : certain) CHECK(count == 1);
    }
}

TEST_CASE("what memory had to let go is counted once, however often more follows", "[device-sdk][journal]") {
    Instrument instrument;
    instrument.settings.pending_bytes_most = 20'000;
    instrument.boot();
    instrument.disk.failing_syncs = 1'000'000;
    for (int i = 0; i < 20; ++i) {
        instrument.record(10, 1000);
        (void)instrument.journal->sync();
    }
    instrument.disk.failing_syncs = 0;
    REQUIRE(instrument.journal->sync());
    std::uint64_t missing = 0;
    std::uint64_t changes = 0;
    for (const JournalEntry& entry : instrument.everything()) {
        const Gap* gap = gap_in(entry);
        if (gap == nullptr) continue;
        missing += entry.last.value() - entry.seq.value() + 1;
        changes += gap->changes_lost;
    }
    REQUIRE(missing > 0);
    CHECK(instrument.journal->dropped_places() == missing);
    CHECK(changes == 3 * missing);
}

TEST_CASE("a stream that goes to make room while it is forked is no longer there to fork",
          "[device-sdk][journal]") {
    Instrument instrument;
    instrument.settings.bytes_most = 256u << 10;
    instrument.boot();
    instrument.record(3, 20);
    REQUIRE(instrument.journal->sync());
    const StreamState old = instrument.live();
    instrument.journal->start_epoch();
    // The journal is full but for the old stream; what waits in memory needs its place.
    while (instrument.journal->bytes_on_disk() < (3u * 64u << 10)) {
        instrument.record(5, 1000);
        REQUIRE(instrument.journal->sync());
    }
    instrument.record(62, 1000);
    REQUIRE(instrument.journal->mark_stored(old.id, old.synced_through, old.chain));
    REQUIRE(instrument.journal->streams().size() == 2);
    const bool forked = instrument.journal->fork(old.id, StreamSeq{2}, Chain{1}, StreamSeq{3});
    CHECK_FALSE(forked);
    CHECK(instrument.journal->streams().size() == 1);
    CHECK(instrument.journal->dropped_places() == 0);
}

TEST_CASE("a forked segment that has to go is counted and declared for what it alone held",
          "[device-sdk][journal]") {
    Instrument instrument;
    instrument.settings.bytes_most = 256u << 10;
    instrument.boot();
    instrument.record(50, 1000);
    REQUIRE(instrument.journal->sync());
    const StreamId forked = instrument.journal->live();
    const Chain at_ten = instrument.journal->chain_after(forked, StreamSeq{10}).value();
    const Chain at_thirty = instrument.journal->chain_after(forked, StreamSeq{30}).value();
    REQUIRE(instrument.journal->fork(forked, StreamSeq{30}, at_thirty, StreamSeq{31}));
    while (instrument.journal->moving()) REQUIRE(instrument.journal->move_forked());
    // The platform is restored: it has ten places of the common ones, and twenty are owed again.
    instrument.journal->set_history(2);
    REQUIRE(instrument.journal->mark_stored(forked, StreamSeq{10}, at_ten));
    while (instrument.journal->dropped_places() == 0) {
        instrument.record(5, 1000);
        REQUIRE(instrument.journal->sync());
    }
    CHECK(instrument.journal->dropped_places() == 20);
    const auto entry = instrument.journal->read(forked, StreamSeq{11});
    REQUIRE(entry);
    REQUIRE(gap_in(*entry) != nullptr);
    CHECK(entry->last == StreamSeq{30});
    CHECK(entry->chain == at_thirty);
    CHECK(gap_in(*entry)->cause == GapCause::journal_full);
    CHECK(gap_in(*entry)->changes_lost == 3 * 20);
}
