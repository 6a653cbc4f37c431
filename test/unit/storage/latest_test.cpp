// SPDX-License-Identifier: Apache-2.0
#include "storage/telemetry/latest.h"

#include <cmath>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

using namespace watchglass;
using namespace watchglass::storage;

namespace {

constexpr std::int64_t second = 1'000'000;
constexpr double is_text = std::numeric_limits<double>::quiet_NaN();

/// A frame of parameter 1 alone, unless more is added.
struct Frame {
    std::uint64_t epoch;
    std::uint64_t seq;
    std::int64_t t_s;
    std::vector<double> numbers;
    std::vector<std::int16_t> parameters = {1};
    std::vector<std::int32_t> offsets = {0};
    std::vector<std::string_view> texts = {};
    std::vector<std::int16_t> confirmed = {};
    std::vector<std::int32_t> confirmed_offsets = {};

    [[nodiscard]] FrameRow row() const {
        FrameRow row;
        row.stream = {Lane::telemetry, Epoch{epoch}};
        row.seq = StreamSeq{seq};
        row.t = WallTime{t_s * second};
        row.received = WallTime{t_s * second + 5};
        row.dictionary = DictionaryNumber{1};
        row.parameters = parameters;
        row.offsets_us = offsets;
        row.numbers = numbers;
        row.texts = texts;
        row.confirmed = confirmed;
        row.confirmed_offsets_us = confirmed_offsets;
        return row;
    }
};

Frame confirmation(std::uint64_t epoch, std::uint64_t seq, std::int64_t t_s) {
    return {epoch, seq, t_s, {}, {}, {}, {}, {1}, {0}};
}

LatestState after(const std::vector<Frame>& frames) {
    LatestState state;
    for (const Frame& frame : frames) {
        LatestNews news;
        add_to_news(news, frame.row());
        apply_to_latest(state, news);
    }
    return state;
}

/// The same frames, gathered first.
LatestState after_together(const std::vector<Frame>& frames, LatestState state = {}) {
    LatestNews news;
    for (const Frame& frame : frames) add_to_news(news, frame.row());
    apply_to_latest(state, news);
    return state;
}

double value_after(const std::vector<Frame>& frames) { return after(frames).entries.at(0).number; }

}  // namespace

TEST_CASE("within a stream the later position wins, whatever its clock said") {
    CHECK(value_after({{7, 1, 100, {1.0}}, {7, 2, 50, {2.0}}}) == 2.0);
    CHECK(value_after({{7, 2, 50, {2.0}}, {7, 1, 100, {1.0}}}) == 2.0);
}

TEST_CASE("across streams the later reading wins: a backfill never moves a value back") {
    CHECK(value_after({{7, 9, 100, {1.0}}, {8, 1, 90, {2.0}}}) == 1.0);
    CHECK(value_after({{7, 9, 100, {1.0}}, {8, 1, 110, {2.0}}}) == 2.0);
}

TEST_CASE("a value that was confirmed later than a backfill's change stays") {
    CHECK(value_after({{7, 1, 100, {1.0}}, confirmation(7, 2, 200), {8, 1, 150, {2.0}}}) == 1.0);
}

TEST_CASE("a confirmation moves the time of reading and nothing else") {
    const auto state = after({{7, 1, 100, {1.0}}, confirmation(7, 2, 160)});
    const LatestEntry& entry = state.entries.at(0);
    CHECK(entry.number == 1.0);
    CHECK(entry.changed.us == 100 * second);
    CHECK(entry.confirmed.us == 160 * second);
}

TEST_CASE("a confirmation from another stream says nothing of this value") {
    const auto state = after({{7, 1, 100, {1.0}}, confirmation(8, 1, 160)});
    CHECK(state.entries.at(0).confirmed.us == 100 * second);
}

TEST_CASE("a confirmation of a value that was never told makes no entry") {
    CHECK(after({confirmation(7, 1, 100)}).entries.empty());
}

TEST_CASE("within a frame the last of a parameter's changes stands") {
    CHECK(value_after({{7, 1, 100, {1.0, 2.0, 3.0}, {1, 1, 1}, {0, 10, 20}}}) == 3.0);
}

TEST_CASE("applying a frame again changes nothing") {
    const Frame frame{7, 3, 100, {1.0, 2.0}, {1, 1}, {0, 10}, {}, {1}, {50}};
    const auto once = after({frame});
    const auto twice = after({frame, frame});
    CHECK(once.entries == twice.entries);
}

TEST_CASE("entries stand by number, texts beside numbers") {
    const auto state = after({{7, 1, 100, {is_text, 4.0}, {9, 2}, {0, 0}, {"stirring", {}}}});
    REQUIRE(state.entries.size() == 2);
    CHECK(state.entries[0].parameter == 2);
    CHECK(state.entries[0].number == 4.0);
    CHECK(state.entries[0].text.empty());
    CHECK(state.entries[1].parameter == 9);
    CHECK(std::isnan(state.entries[1].number));
    CHECK(state.entries[1].text == "stirring");
}

TEST_CASE("last heard never goes back") {
    CHECK(after({{7, 1, 100, {1.0}}, {8, 1, 50, {1.0}}}).heard.us == 100 * second + 5);
}

TEST_CASE("news gathered from many frames say what the frames say one by one") {
    std::mt19937_64 random{20261127};
    const auto one_of = [&](std::int64_t least, std::int64_t most) {
        return least + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most - least + 1));
    };
    for (int life = 0; life < 300; ++life) {
        std::vector<Frame> frames;
        std::int64_t t = 1000;
        for (std::uint64_t seq = 1; seq <= 12; ++seq) {
            t += one_of(1, 20);
            Frame frame{7, seq, t, {}, {}, {}};
            for (std::int64_t n = one_of(0, 4); n > 0; --n) {
                const auto parameter = static_cast<std::int16_t>(one_of(1, 4));
                if (one_of(0, 2) == 0) {
                    frame.confirmed.push_back(parameter);
                    frame.confirmed_offsets.push_back(static_cast<std::int32_t>(one_of(0, 500'000)));
                } else {
                    frame.parameters.push_back(parameter);
                    frame.offsets.push_back(static_cast<std::int32_t>(one_of(0, 500'000)));
                    frame.numbers.push_back(static_cast<double>(random() % 1000));
                }
            }
            frames.push_back(std::move(frame));
        }
        const auto split = static_cast<std::ptrdiff_t>(one_of(0, 12));
        const std::vector<Frame> earlier(frames.begin(), frames.begin() + split);
        const std::vector<Frame> later(frames.begin() + split, frames.end());
        const LatestState together = after_together(later, after_together(earlier));
        REQUIRE(together.entries == after(frames).entries);
        REQUIRE(together.heard == after(frames).heard);
        REQUIRE(after_together(later, together).entries == together.entries);
    }
}

TEST_CASE("a value read again after a backfill's change stays, though both came together") {
    const LatestState known = after({{7, 1, 100, {1.0}}});
    const auto state = after_together({{8, 1, 150, {2.0}}, confirmation(7, 2, 200)}, known);
    CHECK(state.entries.at(0).number == 1.0);
}
