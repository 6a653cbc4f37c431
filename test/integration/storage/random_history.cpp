// SPDX-License-Identifier: Apache-2.0
#include "test/integration/storage/random_history.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <deque>
#include <limits>

#include <catch2/catch.hpp>

#include "test/integration/storage/one_frame.h"

namespace watchglass::test {

using namespace storage;

namespace {

constexpr std::int64_t minute_us = 60'000'000;
constexpr double is_text = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t monday_us = 4 * 86'400'000'000;  // 1970-01-05

std::vector<HistorySample> sorted(std::vector<HistorySample> samples) {
    std::sort(samples.begin(), samples.end());
    return samples;
}

bool close_to(std::optional<double> a, std::optional<double> b) {
    if (!a || !b) return a.has_value() == b.has_value();
    return std::abs(*a - *b) <= 1e-9 * std::max({1.0, std::abs(*a), std::abs(*b)});
}

}  // namespace

std::optional<double> HistorySample::value() const {
    if (!value_bits) return std::nullopt;
    return std::bit_cast<double>(*value_bits);
}

std::vector<HistoryBucket> expected_buckets(std::vector<HistorySample> samples, WallTime from, WallTime to,
                                            Microseconds width) {
    // At the same moment the greater value is the later one.
    std::sort(samples.begin(), samples.end(), [](const HistorySample& a, const HistorySample& b) {
        return std::tuple(a.t_us, a.value()) < std::tuple(b.t_us, b.value());
    });
    std::optional<double> held;
    for (const auto& s : samples)
        if (s.t_us < from.us && s.value()) held = s.value();

    std::vector<HistoryBucket> out;
    for (std::int64_t begins = from.us - (from.us - monday_us) % width.count(); begins < to.us;
         begins += width.count()) {
        HistoryBucket bucket{.begins_us = begins};
        double sum = 0, area = 0, known_s = 0;
        std::int64_t numbers = 0, since = std::max(begins, from.us);
        const std::int64_t ends = std::min(begins + width.count(), to.us);
        const auto hold_until = [&](std::int64_t us) {
            const double s = static_cast<double>(us - since) / 1e6;
            if (held) area += *held * s;
            if (held) known_s += s;
            since = us;
        };
        for (const auto& s : samples) {
            if (s.t_us < std::max(begins, from.us) || s.t_us >= ends) continue;
            ++bucket.count;
            const auto v = s.value();
            if (!v) continue;
            hold_until(s.t_us);
            ++numbers;
            sum += *v;
            bucket.min = std::min(*v, bucket.min.value_or(*v));
            bucket.max = std::max(*v, bucket.max.value_or(*v));
            bucket.last = held = v;
        }
        hold_until(ends);
        if (numbers > 0) bucket.average = sum / static_cast<double>(numbers);
        if (known_s > 0) bucket.time_weighted = area / known_s;
        out.push_back(bucket);
    }
    return out;
}

struct RandomHistory::Frame {
    FrameRow row;
    std::vector<std::int16_t> parameters;
    std::vector<std::int32_t> offsets;
    std::vector<double> numbers;
    std::vector<std::string_view> texts;
};

RandomHistory::RandomHistory(const TestDatabase& database, unsigned seed)
    : database_(database),
      dice_(seed),
      ingest_(database.connect("wg_ingest")),
      reader_(database.connect("wg_ingest")) {
    install(1, {{1, "level", "number", {1, 2}},
                {2, "strokes", "integer", {1, 0}},
                {3, "running", "boolean", {1, 0}},
                {4, "note", "text", {1, 0}}});
    install(2,
            {{7, "level", "number", {25, 4}}, {8, "note", "text", {1, 0}}, {9, "speed", "number", {1, 7}}});
    database_.add_tenant(2, "other");
    int tenant = 1;
    for (const auto id : {first_device, second_device}) {
        instruments_.push_back({database_.add_device(device_id(id), tenant), std::string(id)});
        ++tenant;
    }
}

void RandomHistory::install(int version, const std::vector<Parameter>& parameters) {
    const auto rows = ingest_.run("SELECT 1");  // the session lives before the superuser's one is asked
    REQUIRE(rows);
    database_.run("INSERT INTO watchglass.dictionaries (name, version, digest, source) VALUES ('history', " +
                  std::to_string(version) + ", repeat('0', 64), '')");
    const auto dictionary = database_.dictionary("history", version);
    for (const Parameter& p : parameters)
        database_.run("INSERT INTO watchglass.dictionary_parameters VALUES (" +
                      std::to_string(dictionary.value()) + ", " + std::to_string(p.number) + ", '" + p.name +
                      "', '', '', '" + p.type + "', '" + p.resolution.text() +
                      "', '1 hour', 'machine', NULL)");
    dictionaries_[dictionary.value()] = parameters;
}

double RandomHistory::draw(const Parameter& parameter) {
    if (parameter.type == "text") return is_text;
    if (parameter.type == "boolean") return upto(1);
    switch (upto(9)) {
        case 0: return std::normal_distribution<double>(0, 1e6)(dice_);  // no multiple of anything
        case 1: return parameter.resolution.value(std::int64_t{upto(2'000'000'000)} - 1'000'000'000);
        case 2: return upto(20) == 0 ? -0.0 : 0.0;
        default: return parameter.resolution.value(upto(2'000) - 500);
    }
}

RandomHistory::Frame RandomHistory::make_frame(WallTime from, WallTime to) {
    static const std::string_view words[] = {"", "stirring", "Rührwerk läuft", "stopped by hand"};
    const Instrument& instrument = instruments_[static_cast<std::size_t>(upto(1))];
    auto dictionary = dictionaries_.begin();
    if (upto(3) == 0) ++dictionary;

    Frame frame;
    FrameRow& row = frame.row;
    row.device = instrument.key;
    row.stream = {Lane::telemetry, Epoch{7}};
    row.seq = StreamSeq{next_seq_++};
    const auto span_ms = static_cast<int>((to - from).count() / 1000);
    row.t = from + std::chrono::milliseconds{upto(span_ms - 1)} + Microseconds{upto(3) == 0 ? upto(999) : 0};
    row.received = WallTime{row.t.us + 20 * minute_us};
    row.clock_quality = static_cast<ClockQuality>(upto(6) == 0 ? upto(3) : 3);
    row.time_replaced = upto(20) == 0;
    // In step, drifting, at its epoch, or beyond what anybody's clock says.
    const std::int64_t clocks[] = {row.t.us,
                                   row.t.us,
                                   row.t.us,
                                   row.t.us - upto(1'000'000),
                                   upto(1'000),
                                   std::numeric_limits<std::int64_t>::min() + upto(9),
                                   std::numeric_limits<std::int64_t>::max() - 2'000 * minute_us};
    row.device_us = clocks[upto(6)];
    row.dictionary = DictionaryNumber{dictionary->first};
    row.sub_device = upto(4) == 0 ? "probe" : "";

    bool any_text = false;
    std::int32_t offset = 0;
    const int longest_step_ms = upto(3) == 0 ? 60'000 : 2'000;
    for (int left = 1 + upto(12); left > 0; --left) {
        const auto& parameters = dictionary->second;
        const Parameter& p =
            parameters[static_cast<std::size_t>(upto(static_cast<int>(parameters.size()) - 1))];
        frame.parameters.push_back(p.number);
        frame.offsets.push_back(offset);
        frame.numbers.push_back(draw(p));
        frame.texts.push_back(p.type == "text" ? words[upto(3)] : std::string_view{});
        any_text = any_text || p.type == "text";

        HistorySample sample{.t_us = row.t.us + offset,
                             .clock_quality = static_cast<std::int16_t>(row.clock_quality)};
        if (p.type == "text") {
            sample.text = std::string(frame.texts.back());
        } else {
            sample.value_bits = std::bit_cast<std::uint64_t>(frame.numbers.back());
        }
        const std::int64_t device_us = row.device_us + offset;
        if (device_us >= -210'866'803'200'000'000 && device_us <= 9'214'646'400'000'000'000)
            sample.device_us = device_us;
        truth_[{instrument.key.tenant.value(), instrument.id, std::string(row.sub_device), p.name}].push_back(
            sample);
        offset = std::min<std::int32_t>(offset + upto(longest_step_ms) * 1000, 900'000'000);
    }
    if (!any_text) frame.texts.clear();
    return frame;
}

void RandomHistory::append(int frames, WallTime from, WallTime to) {
    std::deque<Frame> made;
    std::vector<FrameRow> rows;
    for (int i = 0; i < frames; ++i) {
        Frame& frame = made.emplace_back(make_frame(from, to));
        frame.row.parameters = frame.parameters;
        frame.row.offsets_us = frame.offsets;
        frame.row.numbers = frame.numbers;
        frame.row.texts = frame.texts;
        rows.push_back(frame.row);
    }
    REQUIRE(store_.prepare(ingest_, rows, noon));
    auto unit = UnitOfWork::begin(ingest_);
    REQUIRE(unit);
    const auto written = store_.append(*unit, rows);
    INFO((written ? "" : written.error().cause));
    REQUIRE(written);
    REQUIRE(unit->commit().committed == Committed::yes);
}

std::vector<HistorySample> RandomHistory::telemetry(const HistorySeries& s, WallTime from, WallTime to) {
    const auto rows = reader_.run(
        "SELECT t, value, text_value, clock_quality, device_t FROM watchglass.telemetry($1, $2, $3, $4, $5)",
        {s.device_id, s.parameter, from, to, s.sub_device});
    INFO((rows ? "" : rows.error().cause));
    REQUIRE(rows);
    std::vector<HistorySample> out;
    for (const Row row : *rows) {
        HistorySample sample{
            .t_us = row.time(0).us, .text = row.optional_text(2), .clock_quality = row.int16(3)};
        if (const auto v = row.optional_number(1)) sample.value_bits = std::bit_cast<std::uint64_t>(*v);
        if (const auto t = row.optional_time(4)) sample.device_us = t->us;
        out.push_back(sample);
    }
    return sorted(std::move(out));
}

std::vector<HistoryBucket> RandomHistory::buckets(const HistorySeries& s, WallTime from, WallTime to,
                                                  Microseconds width) {
    const auto rows = reader_.run(
        "SELECT bucket, min, max, average, time_weighted, last, count FROM "
        "watchglass.telemetry_buckets($1, $2, $3, $4, $5 * interval '1 microsecond', $6) ORDER BY bucket",
        {s.device_id, s.parameter, from, to, std::int64_t{width.count()}, s.sub_device});
    INFO((rows ? "" : rows.error().cause));
    REQUIRE(rows);
    std::vector<HistoryBucket> out;
    for (const Row row : *rows)
        out.push_back({row.time(0).us, row.optional_number(1), row.optional_number(2), row.optional_number(3),
                       row.optional_number(4), row.optional_number(5), row.int64(6)});
    return out;
}

std::vector<HistorySample> RandomHistory::expected(const HistorySeries& series, WallTime from,
                                                   WallTime to) const {
    std::vector<HistorySample> out;
    for (const auto& sample : truth_.at(series))
        if (sample.t_us >= from.us && sample.t_us < to.us) out.push_back(sample);
    return sorted(std::move(out));
}

void RandomHistory::require_all_answers() {
    constexpr std::int64_t range_us = 8 * 60 * minute_us;
    for (const auto& [series, samples] : truth_) {
        INFO(series.device_id << ' ' << series.sub_device << ' ' << series.parameter);
        WallTime from = evening, to{evening.us + range_us};
        for (int i = 0; i < 2; ++i) {
            REQUIRE(telemetry(series, from, to) == expected(series, from, to));
            const auto width =
                std::vector<Microseconds>{std::chrono::minutes{7}, std::chrono::hours{1},
                                          std::chrono::hours{24}}[static_cast<std::size_t>(upto(2))];
            const auto said = buckets(series, from, to, width);
            const auto wanted = expected_buckets(samples, from, to, width);
            REQUIRE(said.size() == wanted.size());
            for (std::size_t n = 0; n < said.size(); ++n) {
                INFO("bucket " << n << " of " << said.size() << ", width " << width.count() << ", from "
                               << from.us << " to " << to.us);
                REQUIRE(said[n].begins_us == wanted[n].begins_us);
                REQUIRE(said[n].count == wanted[n].count);
                REQUIRE(said[n].min == wanted[n].min);
                REQUIRE(said[n].max == wanted[n].max);
                REQUIRE(said[n].last == wanted[n].last);
                REQUIRE(close_to(said[n].average, wanted[n].average));
                REQUIRE(close_to(said[n].time_weighted, wanted[n].time_weighted));
            }
            from = WallTime{evening.us + std::int64_t{upto(300)} * minute_us + upto(1'000'000)};
            to = WallTime{from.us + 1 + std::int64_t{upto(200)} * minute_us};
        }
    }
}

}  // namespace watchglass::test
