// SPDX-License-Identifier: Apache-2.0
#include "test/faults/support/history_checker.h"

#include <catch2/catch.hpp>

using namespace watchglass;
using namespace watchglass::faults;

namespace {

constexpr StreamId telemetry{Lane::telemetry, Epoch{7}};
constexpr StreamId events{Lane::events, Epoch{8}};
constexpr StreamId next_telemetry{Lane::telemetry, Epoch{9}};

/// Rows 1..10 in one run, one frame a row, all stored; an event for each row.
struct Story {
    Account account;
    History history;

    Story() {
        account.lives = {Life::whole(told_by({1, 10}))};
        append(account.lives[0].told);
        settle();
    }

    void append(const std::vector<Told>& told) {
        for (const Told& one : told) {
            const StreamId stream = one.lane == Lane::telemetry ? telemetry : events;
            if (!history.frames.empty()) {
                FrameRow* last = last_of(stream);
                if (last != nullptr && last->told[0].at_us == one.at_us) {
                    last->told.push_back(one);
                    last->corrected_us.push_back(one.at_us);
                    continue;
                }
            }
            history.frames.push_back({stream, next(stream), {one}, {one.at_us}});
        }
    }

    /// The counts and latest values that an honest platform would have for these frames and gaps.
    void settle() {
        history.streams.clear();
        history.latest.clear();
        for (const StreamId& id : {telemetry, events, next_telemetry}) {
            StreamRow stream{id, next(id) - 1, 0, 0, {}};
            for (const GapRow& gap : history.gaps)
                if (gap.stream == id) stream.missing += gap.to - gap.from + 1;
            if (stream.stored_through == 0) continue;
            stream.commits = {{1, stream.stored_through}};
            history.streams.push_back(stream);
        }
        for (const std::int32_t parameter : {4, 5}) {
            LatestRow latest{parameter, 0, 0};
            for (const FrameRow& frame : history.frames)
                for (std::size_t i = 0; i < frame.told.size(); ++i)
                    if (frame.told[i].kind == 0 && frame.told[i].parameter == parameter &&
                        frame.corrected_us[i] >= latest.changed_us)
                        latest = {parameter, frame.told[i].value, frame.corrected_us[i]};
            history.latest.push_back(latest);
        }
    }

    [[nodiscard]] std::uint64_t next(const StreamId& stream) const {
        std::uint64_t last = 0;
        for (const FrameRow& frame : history.frames)
            if (frame.stream == stream) last = std::max(last, frame.seq);
        for (const GapRow& gap : history.gaps)
            if (gap.stream == stream) last = std::max(last, gap.to);
        return last + 1;
    }
    FrameRow* last_of(const StreamId& stream) {
        FrameRow* last = nullptr;
        for (FrameRow& frame : history.frames)
            if (frame.stream == stream) last = &frame;
        return last;
    }
    FrameRow& frame(const StreamId& stream, std::uint64_t seq) {
        for (FrameRow& frame : history.frames)
            if (frame.stream == stream && frame.seq == seq) return frame;
        throw std::out_of_range("no such frame");
    }
    void remove(const StreamId& stream, std::uint64_t seq) {
        std::erase_if(history.frames, [&](const FrameRow& f) { return f.stream == stream && f.seq == seq; });
    }
    [[nodiscard]] Verdict verdict() const { return check(account, history); }
};

/// Rows 1..6 of a run that was killed after row 4 was synced and stored, then rows 7..10.
struct KilledStory : Story {
    KilledStory() {
        history = {};
        account.lives = {Life::cut_short(told_by({1, 6})), Life::whole(told_by({7, 10}))};
        account.lives[0].synced = {0, 8, 4};
        append(told_by({1, 4}));
        for (const StreamId& stream : {telemetry, events})
            history.gaps.push_back({stream, next(stream), next(stream), GapCause::unclean_boot});
        append(told_by({7, 10}));
        settle();
    }
};

bool mentions(const Verdict& verdict, const std::string& what) {
    return verdict.text().find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("an honest history is good", "[faults][checker]") {
    CHECK(Story{}.verdict().text() == "0 lost, 0 duplicated");
    CHECK(KilledStory{}.verdict().text() == "0 lost, 0 duplicated");
}

TEST_CASE("a lost row is found, in either lane", "[faults][checker]") {
    Story story;
    story.remove(GENERATE(telemetry, events), 4);
    story.settle();
    CHECK(story.verdict().lost > 0);
    CHECK(mentions(story.verdict(), "its run ended by itself"));
    CHECK(mentions(story.verdict(), "a hole before"));
    CHECK(mentions(story.verdict(), "stored_through is 10"));
}

TEST_CASE("a lost end is found", "[faults][checker]") {
    Story story;
    story.remove(telemetry, 10);
    story.settle();
    CHECK(story.verdict().lost > 0);
}

TEST_CASE("a row stored twice is found, in one stream and over two", "[faults][checker]") {
    Story story;
    FrameRow again = story.frame(telemetry, 3);
    again.stream = GENERATE(telemetry, next_telemetry);
    again.seq = story.next(again.stream);
    story.history.frames.push_back(again);
    story.settle();
    CHECK(story.verdict().duplicated == 2);  // a temperature and a pressure
}

TEST_CASE("swapped rows are found", "[faults][checker]") {
    Story story;
    std::swap(story.frame(telemetry, 3).told, story.frame(telemetry, 4).told);
    std::swap(story.frame(telemetry, 3).corrected_us, story.frame(telemetry, 4).corrected_us);
    CHECK(mentions(story.verdict(), "out of order"));
}

TEST_CASE("a value that is not the one that was read is found", "[faults][checker]") {
    Story story;
    story.frame(telemetry, 3).told[0].value += 1;
    CHECK(mentions(story.verdict(), "another value"));
}

TEST_CASE("a row that nobody told is found", "[faults][checker]") {
    Story story;
    story.frame(telemetry, 3).told[0].at_us += 500'000;
    CHECK(mentions(story.verdict(), "never told"));
    CHECK(story.verdict().lost > 0);
}

TEST_CASE("a snapshot's values are no repeats, but must have been read", "[faults][checker]") {
    Story story;
    const std::int64_t now = recorded_before_us + 1;
    Told restated = story.frame(telemetry, 10).told[0];
    restated.at_us = now;
    const bool invented = GENERATE(false, true);
    if (invented) restated.value += 1;
    story.history.frames.push_back({next_telemetry, 1, {restated}, {now}});
    story.settle();
    CHECK(story.verdict().good() != invented);
}

TEST_CASE("what a killed run had synced must be stored", "[faults][checker]") {
    KilledStory story;
    story.account.lives[0].synced = {0, 10, 4};
    CHECK(story.verdict().lost == 2);
    CHECK(mentions(story.verdict(), "though it was synced"));
}

TEST_CASE("what a kill took must be declared, at its place", "[faults][checker]") {
    KilledStory story;
    const bool elsewhere = GENERATE(false, true);
    std::erase_if(story.history.gaps, [](const GapRow& gap) { return gap.stream == telemetry; });
    const auto move_down = [&](std::uint64_t from) {
        for (FrameRow& frame : story.history.frames)
            if (frame.stream == telemetry && frame.seq >= from) --frame.seq;
    };
    move_down(5);
    if (elsewhere) story.history.gaps.push_back({telemetry, 9, 9, GapCause::unclean_boot});
    story.settle();
    CHECK(story.verdict().lost > 0);
    CHECK(mentions(story.verdict(), "missing without a gap"));
}

TEST_CASE("without a journal nothing could have declared a loss", "[faults][checker]") {
    Story story;
    story.history = {};
    story.account.lives = {Life::cut_short(told_by({1, 6})), Life::whole(told_by({7, 10}))};
    story.append(told_by({7, 10}));
    story.settle();
    CHECK_FALSE(story.verdict().good());
    story.account.lives[0].journal_was_there = {};
    CHECK(story.verdict().text() == "0 lost, 0 duplicated");
}

TEST_CASE("a gap that nothing can have caused is found", "[faults][checker]") {
    KilledStory story;
    const auto cause = GENERATE(GapCause::unclean_boot, GapCause::journal_full, GapCause::journal_damaged);
    story.history.gaps.push_back({telemetry, story.next(telemetry), story.next(telemetry), cause});
    story.settle();
    CHECK_FALSE(story.verdict().good());
    story.account.excused = {{GapCause::journal_full, 1}, {GapCause::journal_damaged, 1}};
    CHECK(story.verdict().good() == (cause != GapCause::unclean_boot));
    story.account.excused = {{GapCause::journal_full, 0}, {GapCause::journal_damaged, 0}};
    CHECK_FALSE(story.verdict().good());
}

TEST_CASE("a gap in the middle of a run is no unclean boot", "[faults][checker]") {
    Story story;
    for (FrameRow& frame : story.history.frames)
        if (frame.stream == telemetry && frame.seq >= 5) ++frame.seq;
    story.history.gaps.push_back({telemetry, 5, 5, GapCause::unclean_boot});
    story.account.lives.push_back(Life::cut_short({}));
    story.settle();
    CHECK(mentions(story.verdict(), "in the middle of a run"));
}

TEST_CASE("a stale latest value is found", "[faults][checker]") {
    Story story;
    LatestRow& latest = story.history.latest[1];
    latest.value = story.frame(telemetry, 9).told[0].value;
    latest.changed_us = story.frame(telemetry, 9).told[0].at_us;
    CHECK(mentions(story.verdict(), "was observed last"));
    story.history.latest.pop_back();
    CHECK(mentions(story.verdict(), "no latest value"));
}

TEST_CASE("counts and commits that do not add up are found", "[faults][checker]") {
    Story story;
    StreamRow& stream = story.history.streams[0];
    SECTION("a stream ahead of its rows") { ++stream.stored_through; }
    SECTION("a stream behind its rows") { --stream.stored_through; }
    SECTION("a missing count without a gap") { ++stream.missing; }
    SECTION("a quarantined count too many") { ++stream.quarantined; }
    SECTION("a position committed twice") { stream.commits = {{1, 6}, {6, 10}}; }
    SECTION("a position committed by nobody") { stream.commits = {{1, 5}, {7, 10}}; }
    SECTION("a message in quarantine") { story.history.quarantined = 1; }
    CHECK_FALSE(story.verdict().good());
}
