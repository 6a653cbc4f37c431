// SPDX-License-Identifier: Apache-2.0
// What a survey says of a journal's files, held against what the journal itself gives out of the same files.
#include "device-sdk/src/journal/journal_survey.h"

#include <map>

#include "libs/foundation/crc32c.h"
#include "test/unit/device-sdk/journal_surveys.h"

using namespace watchglass;
using namespace watchglass::device;
using namespace watchglass::device::test;

namespace {

bool has(const JournalSurvey& survey, FindingKind kind) {
    const auto is = [&](const Finding& finding) { return finding.kind == kind; };
    for (const SegmentSurvey& segment : survey.segments) {
        if (std::any_of(segment.findings.begin(), segment.findings.end(), is)) return true;
    }
    return std::any_of(survey.findings.begin(), survey.findings.end(), is);
}

enum class Fate { given, lost };
using Fates = std::map<std::uint64_t, Fate>;

Fates fates_by_survey(const JournalSurvey& survey, const StreamId& id, std::uint64_t through) {
    Fates fates;
    const auto add = [&](const std::vector<PlaceRange>& ranges, Fate fate) {
        for (const PlaceRange& range : ranges) {
            const auto to = std::min(range.to.value(), through);
            for (std::uint64_t place = range.from.value(); place <= to; ++place) {
                CHECK(fates.count(place) == 0);
                fates[place] = fate;
            }
        }
    };
    for (const StreamSurvey& stream : survey.streams) {
        if (stream.id != id) continue;
        add(stream.readable, Fate::given);
        add(stream.lost, Fate::lost);
    }
    return fates;
}

/// What a journal that opens these files gives out for the places up to `through`, dropped ones left out.
Fates fates_by_journal(const FakeDisk& disk, const StreamId& id, std::uint64_t through) {
    Instrument instrument{disk.image()};
    instrument.boot();
    Fates fates;
    for (const StreamState& stream : instrument.journal->streams()) {
        if (stream.id != id) continue;
        const auto last = std::min(stream.synced_through.value(), through);
        for (std::uint64_t next = stream.first_retained.value(); next <= last;) {
            const auto entry = instrument.journal->read(id, StreamSeq{next});
            REQUIRE(entry);
            const Gap* gap = gap_in(*entry);
            const bool damaged = gap != nullptr && gap->cause == GapCause::journal_damaged;
            const auto to = std::min(entry->last.value(), through);
            // The restart has declared itself on a place that no file held before.
            const bool restart = gap != nullptr && gap->cause == GapCause::unclean_boot;
            for (std::uint64_t place = next; place <= to && !restart; ++place)
                fates[place] = damaged ? Fate::lost : Fate::given;
            next = entry->last.value() + 1;
        }
    }
    return fates;
}

/// Six frames and a declared gap in two groups, told of by the platform, closed in order.
struct SmallJournal : Instrument {
    SmallJournal() {
        boot();
        record(3, 20);
        REQUIRE(journal->sync());
        journal->append_gap(GapCause::refused_by_policy, 12);
        record(3, 20);
        journal->set_history(42);
        const auto second = journal->read(journal->live(), StreamSeq{2});
        REQUIRE(second);
        REQUIRE(journal->mark_stored(journal->live(), StreamSeq{2}, second->chain));
        REQUIRE(journal->close());
    }
};

}  // namespace

TEST_CASE("a healthy journal is described as it is", "[device-sdk][journal][survey]") {
    SmallJournal instrument;
    const StreamId epoch = instrument.journal->live();
    const JournalSurvey survey = survey_of(instrument.disk);

    CHECK(survey.grade() == Grade::fine);
    REQUIRE(survey.segments.size() == 1);
    const SegmentSurvey& segment = survey.segments.front();
    CHECK(segment.frames == 6);
    CHECK(segment.samples == 18);
    CHECK(segment.places == 7);
    REQUIRE(segment.gaps.size() == 1);
    CHECK(segment.gaps.front().gap.cause == GapCause::refused_by_policy);
    CHECK(segment.gaps.front().gap.changes_lost == 12);
    REQUIRE(segment.committed);
    CHECK(segment.committed->synced_through == StreamSeq{7});
    REQUIRE(segment.closed);
    CHECK(segment.closed->at == instrument.clock.wall());
    CHECK(segment.bytes == 64u << 10);
    CHECK(segment.used < 1000);

    REQUIRE(survey.streams.size() == 1);
    const StreamSurvey& stream = survey.streams.front();
    CHECK(stream.id == epoch);
    CHECK(stream.newest);
    CHECK(stream.readable == std::vector<PlaceRange>{{StreamSeq{1}, StreamSeq{7}}});
    CHECK(stream.lost.empty());
    REQUIRE(stream.told);
    CHECK(stream.told->stored_through == StreamSeq{2});
    CHECK(stream.told->history == 42);
    CHECK(stream.unstored == 5);
}

TEST_CASE("every record is handed out with its offset", "[device-sdk][journal][survey]") {
    SmallJournal instrument;
    const std::string name = instrument.disk.names().front();
    std::uint64_t at = segment_header_bytes;
    std::size_t frames = 0;
    const SegmentSurvey segment =
        survey_segment(name, instrument.disk.bytes(name), [&](const SurveyedRecord& record) {
            CHECK(record.at == at);
            at += record.bytes;
            frames += std::holds_alternative<FrameFacts>(record.content) ? 1 : 0;
        });
    CHECK(at == segment.used);
    CHECK(frames == 6);
}

TEST_CASE("no flipped byte of a segment goes unnoticed, and what is called lost the journal declares lost",
          "[device-sdk][journal][survey]") {
    const SmallJournal original;
    FakeDisk disk = original.disk.image();
    const std::string name = disk.names().front();
    const std::size_t used = survey_of(disk).segments.front().used;
    const StreamId epoch = original.journal->live();
    disk.bytes(name).resize(used + 100);

    for (std::size_t at = 0; at < used; ++at) {
        for (const int mask : {0x01, 0x20, 0xff}) {
            FakeDisk damaged = disk.image();
            damaged.bytes(name)[at] ^= static_cast<std::uint8_t>(mask);
            const JournalSurvey survey = survey_of(damaged);
            INFO("byte " << at << " of " << used << ", mask " << mask << ": " << told(survey));
            CHECK(survey.grade() >= Grade::torn);
            const bool named =
                std::any_of(survey.segments[0].findings.begin(), survey.segments[0].findings.end(),
                            [&](const Finding& finding) { return finding.at <= at; });
            CHECK(named);
            CHECK(fates_by_survey(survey, epoch, 7) == fates_by_journal(damaged, epoch, 7));
        }
    }
}

TEST_CASE("a segment cut at any byte is a torn tail or damage, or ends between two records",
          "[device-sdk][journal][survey]") {
    const SmallJournal original;
    FakeDisk disk = original.disk.image();
    const std::string name = disk.names().front();
    std::vector<std::uint64_t> ends{segment_header_bytes};
    const SegmentSurvey whole = survey_segment(name, disk.bytes(name), [&](const SurveyedRecord& record) {
        ends.push_back(record.at + record.bytes);
    });

    for (std::size_t cut = 0; cut <= whole.used; ++cut) {
        const ByteSpan bytes = ByteSpan{disk.bytes(name)}.first(cut);
        const JournalSurvey survey = survey_journal({survey_segment(name, bytes)}, true);
        INFO("cut at byte " << cut << ": " << told(survey));
        const bool between = std::find(ends.begin(), ends.end(), cut) != ends.end();
        CHECK((survey.grade() == Grade::fine) == between);
        if (cut < segment_header_bytes) CHECK(survey.grade() == Grade::damage);
        if (cut > segment_header_bytes && !between) CHECK(survey.grade() == Grade::torn);
    }
}

TEST_CASE("damage anywhere in a long journal is told as the journal will declare it",
          "[device-sdk][journal][survey]") {
    Instrument original;
    original.boot();
    original.record(60, 4000);
    REQUIRE(original.journal->close());
    const StreamId epoch = original.journal->live();
    FakeDisk disk = original.disk.image();
    REQUIRE(disk.names().size() >= 4);
    REQUIRE(survey_of(disk).grade() == Grade::fine);

    SeededRng rng{3};
    for (int round = 0; round < 150; ++round) {
        FakeDisk damaged = disk.image();
        std::string where;
        for (std::uint64_t hits = 1 + rng.next_u64() % 3; hits > 0; --hits) {
            const auto names = damaged.names();
            const std::string& name = names[rng.next_u64() % names.size()];
            const bool in_header = rng.next_u64() % 4 == 0;
            const std::size_t at = rng.next_u64() % (in_header ? segment_header_bytes : 60'000);
            damaged.bytes(name)[at] ^= static_cast<std::uint8_t>(1 + rng.next_u64() % 255);
            where += name + ":" + std::to_string(at) + " ";
        }
        const JournalSurvey survey = survey_of(damaged);
        INFO("round " << round << ", bytes " << where << told(survey));
        const Fates by_journal = fates_by_journal(damaged, epoch, 60);
        CHECK(fates_by_survey(survey, epoch, 60) == by_journal);
        const bool lost = std::any_of(by_journal.begin(), by_journal.end(),
                                      [](const auto& fate) { return fate.second == Fate::lost; });
        if (lost) CHECK(survey.grade() == Grade::damage);
    }
}

TEST_CASE("a missing file is a hole, and the places in it are counted", "[device-sdk][journal][survey]") {
    Instrument instrument;
    instrument.boot();
    instrument.record(60, 4000);
    REQUIRE(instrument.journal->close());
    const auto names = instrument.disk.names();
    REQUIRE(names.size() >= 4);

    SECTION("in the middle") {
        const StreamSeq from = parse_segment_name(names[1])->first;
        const StreamSeq to{parse_segment_name(names[2])->first.value() - 1};
        REQUIRE(instrument.disk.remove(names[1]));
        const JournalSurvey survey = survey_of(instrument.disk);
        CHECK(has(survey, FindingKind::hole));
        CHECK(survey.grade() == Grade::damage);
        CHECK(survey.streams.front().lost == std::vector<PlaceRange>{{from, to}});
    }
    SECTION("at the front") {
        const StreamSeq to{parse_segment_name(names[1])->first.value() - 1};
        REQUIRE(instrument.disk.remove(names[0]));
        const JournalSurvey survey = survey_of(instrument.disk);
        CHECK(has(survey, FindingKind::hole));
        CHECK(survey.streams.front().lost == std::vector<PlaceRange>{{StreamSeq{1}, to}});
    }
    SECTION("which says nothing when only some files were named") {
        REQUIRE(instrument.disk.remove(names[1]));
        const JournalSurvey survey = survey_of(instrument.disk, false);
        CHECK(survey.grade() == Grade::fine);
        CHECK(survey.streams.front().lost.empty());
    }
}

TEST_CASE("files that gave way are no hole: they were stored, or are declared as dropped",
          "[device-sdk][journal][survey]") {
    Instrument instrument;
    instrument.settings.bytes_most = 4u * (64u << 10);
    instrument.boot();
    const bool stored = GENERATE(true, false);
    for (int i = 0; i < 12; ++i) {
        instrument.record(10, 4000);
        REQUIRE(instrument.journal->sync());
        const StreamState live = instrument.live();
        if (stored) REQUIRE(instrument.journal->mark_stored(live.id, live.synced_through, live.chain));
    }
    REQUIRE(instrument.journal->close());
    const JournalSurvey survey = survey_of(instrument.disk);
    INFO(told(survey));
    CHECK(survey.grade() == Grade::fine);
    const StreamSurvey& stream = survey.streams.front();
    REQUIRE(stream.readable.size() == 1);
    CHECK(stream.readable.front().from > StreamSeq{1});
    if (stored) {
        CHECK(stream.unstored == 0);
        CHECK(stream.dropped == 0);
    } else {
        CHECK(stream.dropped == stream.readable.front().from.value() - 1);
        CHECK(stream.told->changes_lost == 3 * stream.dropped);
        CHECK(stream.unstored + stream.dropped == 120);
    }
}

TEST_CASE("after a power cut the tail is torn, after the next start everything is fine",
          "[device-sdk][journal][survey]") {
    Instrument instrument;
    instrument.boot();
    instrument.record(3, 20);
    REQUIRE(instrument.journal->sync());
    auto& bytes = instrument.disk.bytes(instrument.disk.names().front());
    const std::uint64_t end = survey_of(instrument.disk).segments.front().used;
    const Bytes record = encode_frame_record(StreamSeq{4}, 3, Bytes(40, 7));
    std::copy_n(record.begin(), record.size() - 5, bytes.begin() + static_cast<std::ptrdiff_t>(end));

    const JournalSurvey torn = survey_of(instrument.disk);
    CHECK(torn.grade() == Grade::torn);
    CHECK(has(torn, FindingKind::torn_tail));
    CHECK(torn.segments.front().findings.front().at == end);
    CHECK(torn.streams.front().readable_places() == 3);

    instrument.boot();
    const JournalSurvey after = survey_of(instrument.disk);
    INFO(told(after));
    CHECK(after.grade() == Grade::fine);
    CHECK(after.streams.front().readable_places() == 4);  // the last is the declaration of the unclean start
}

TEST_CASE("segments that do not follow one another, or not the platform's chain, are told",
          "[device-sdk][journal][survey]") {
    Instrument instrument;
    instrument.boot();
    instrument.record(40, 4000);
    REQUIRE(instrument.journal->sync());
    const StreamState live = instrument.live();

    SECTION("a frame was exchanged for another one with a right checksum") {
        REQUIRE(instrument.journal->close());
        auto& bytes = instrument.disk.bytes(instrument.disk.names().front());
        std::uint64_t at = 0;
        (void)survey_segment(instrument.disk.names().front(), bytes, [&](const SurveyedRecord& record) {
            if (const auto* frame = std::get_if<FrameFacts>(&record.content);
                frame && frame->seq == StreamSeq{2})
                at = record.at;
        });
        REQUIRE(at > 0);
        const Bytes other = encode_frame_record(StreamSeq{2}, 3, Bytes(4000, 0x55));
        std::copy(other.begin(), other.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
        const JournalSurvey survey = survey_of(instrument.disk);
        CHECK(has(survey, FindingKind::chain_broken));
        CHECK(survey.grade() == Grade::damage);
    }
    SECTION("the platform has stored something else") {
        Chain other = live.chain;
        other[3] ^= 1;
        REQUIRE(instrument.journal->mark_stored(live.id, live.synced_through, other));
        REQUIRE(instrument.journal->close());
        const JournalSurvey survey = survey_of(instrument.disk);
        CHECK(has(survey, FindingKind::stored_differs));
        CHECK(survey.grade() == Grade::damage);
    }
    SECTION("an epoch of another journal stands among the files") {
        REQUIRE(instrument.journal->close());
        SegmentHeader foreign;
        foreign.ordinal = 1;
        foreign.epoch = Epoch{99};
        foreign.first = StreamSeq{1};
        const Bytes head = encode_header(foreign);
        REQUIRE(instrument.disk.create(segment_name(foreign), 4096));
        std::copy(head.begin(), head.end(), instrument.disk.bytes(segment_name(foreign)).begin());
        CHECK(has(survey_of(instrument.disk), FindingKind::mixed_files));
    }
}

TEST_CASE("a file that is renamed, newer, empty or no segment says so", "[device-sdk][journal][survey]") {
    SmallJournal instrument;
    const std::string name = instrument.disk.names().front();
    Bytes bytes = instrument.disk.bytes(name);

    SECTION("under a name of its own that is no segment's, the header decides") {
        const SegmentSurvey segment = survey_segment("copy.bin", bytes);
        CHECK(segment.findings.empty());
        CHECK(segment.places == 7);
    }
    SECTION("under another segment's name") {
        SegmentHeader other = survey_segment(name, bytes).header;
        other.first = StreamSeq{5};
        const SegmentSurvey segment = survey_segment(segment_name(other), bytes);
        CHECK(segment.foreign);
        CHECK(worst(segment.findings) == Grade::damage);
        CHECK_THAT(segment.findings.front().text, Catch::Contains(name));
    }
    SECTION("of a newer format") {
        bytes[8] = 9;
        const std::uint32_t crc = crc32c(ByteSpan{bytes}.first(segment_header_bytes - 4));
        for (std::size_t i = 0; i < 4; ++i) bytes[64 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
        const SegmentSurvey segment = survey_segment(name, bytes);
        CHECK(segment.newer);
        CHECK(worst(segment.findings) == Grade::unchecked);
        CHECK(survey_journal({segment}, true).streams.empty());
    }
    SECTION("empty, with a name that says what is lost") {
        const JournalSurvey survey = survey_journal({survey_segment(name, {})}, true);
        CHECK(has(survey, FindingKind::empty_file));
        CHECK(survey.streams.front().lost_places() == 1);  // at least; how many more nobody can tell
    }
    SECTION("anything else") {
        const SegmentSurvey segment = survey_segment("notes.txt", as_bytes("not a journal"));
        CHECK(segment.known_by == SegmentSurvey::KnownBy::nothing);
        CHECK(segment.places == 0);
    }
}

TEST_CASE("what was copied to another epoch after a fork is neither lost nor waiting here",
          "[device-sdk][journal][survey]") {
    Instrument instrument;
    instrument.boot();
    instrument.record(40, 4000);
    REQUIRE(instrument.journal->sync());
    const StreamState forked = instrument.live();
    const auto cut = instrument.journal->read(forked.id, StreamSeq{10});
    REQUIRE(cut);
    REQUIRE(instrument.journal->mark_stored(forked.id, StreamSeq{10}, cut->chain));
    REQUIRE(instrument.journal->fork(forked.id, StreamSeq{10}, cut->chain, StreamSeq{20}));
    while (true) {
        const auto done = instrument.journal->move_forked();
        REQUIRE(done);
        if (*done) break;
    }
    instrument.record(1, 20);
    REQUIRE(instrument.journal->close());

    const JournalSurvey survey = survey_of(instrument.disk);
    INFO(told(survey));
    CHECK(survey.grade() == Grade::fine);
    std::uint64_t unstored = 0;
    std::uint64_t repeats = 0;
    for (const StreamSurvey& stream : survey.streams) {
        unstored += stream.unstored;
        CHECK(stream.lost.empty());
    }
    for (const SegmentSurvey& segment : survey.segments) repeats += segment.repeats;
    CHECK(unstored == 31);
    CHECK(repeats == 9);  // places 11 to 19
}
