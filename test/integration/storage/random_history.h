// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "schemas/values/resolution.h"
#include "storage/telemetry/frame_store.h"
#include "test/support/postgres.h"

namespace watchglass::test {

/// One row of telemetry(); the value as its bits, so that -0 is not 0.
struct HistorySample {
    std::int64_t t_us = 0;
    std::optional<std::uint64_t> value_bits = {};
    std::optional<std::string> text = {};
    std::int16_t clock_quality = 0;
    std::optional<std::int64_t> device_us = {};
    friend auto operator<=>(const HistorySample&, const HistorySample&) = default;
    [[nodiscard]] std::optional<double> value() const;
};

/// One row of telemetry_buckets().
struct HistoryBucket {
    std::int64_t begins_us = 0;
    std::optional<double> min = {}, max = {}, average = {}, time_weighted = {}, last = {};
    std::int64_t count = 0;
};

struct HistorySeries {
    int tenant = 1;
    std::string device_id, sub_device, parameter;
    friend auto operator<=>(const HistorySeries&, const HistorySeries&) = default;
};

/// 2026-01-31T22:00:00Z: what follows crosses hours, a day and a month.
inline constexpr WallTime evening{1'769'896'800'000'000};

/// What telemetry_buckets() must say of `samples`, which are all there are of one series: written from its description in
/// docs/formats/database.md, reading by reading.
std::vector<HistoryBucket> expected_buckets(std::vector<HistorySample> samples, WallTime from, WallTime to,
                                            Microseconds width);

/// Instruments of two tenants that report numbers, counts, booleans and texts under two versions of a dictionary, with
/// clocks of every kind: the rows go into `frames` as ingest writes them, and a model keeps what they say.
class RandomHistory {
public:
    RandomHistory(const TestDatabase& database, unsigned seed);

    /// Appends frames that begin within [from, to).
    void append(int frames, WallTime from, WallTime to);

    [[nodiscard]] const std::map<HistorySeries, std::vector<HistorySample>>& truth() const { return truth_; }
    /// What the function answers, in the order of the model.
    [[nodiscard]] std::vector<HistorySample> telemetry(const HistorySeries& series, WallTime from,
                                                       WallTime to);
    [[nodiscard]] std::vector<HistoryBucket> buckets(const HistorySeries& series, WallTime from, WallTime to,
                                                     Microseconds width);
    /// Of the truth, in its order.
    [[nodiscard]] std::vector<HistorySample> expected(const HistorySeries& series, WallTime from,
                                                      WallTime to) const;

    /// REQUIREs that both functions answer what the model says, for every series, whole and in random ranges.
    void require_all_answers();

    std::mt19937_64& dice() { return dice_; }
    int upto(int most) { return std::uniform_int_distribution<int>(0, most)(dice_); }

private:
    struct Instrument {
        storage::DeviceKey key;
        std::string id;
    };
    struct Parameter {
        std::int16_t number;
        std::string name, type;
        Resolution resolution;
    };
    struct Frame;
    void install(int version, const std::vector<Parameter>& parameters);
    Frame make_frame(WallTime from, WallTime to);
    double draw(const Parameter& parameter);

    const TestDatabase& database_;
    std::mt19937_64 dice_;
    storage::Connection ingest_;
    storage::Connection reader_;
    storage::FrameStore store_;
    std::vector<Instrument> instruments_;
    std::map<std::int32_t, std::vector<Parameter>> dictionaries_;
    std::uint64_t next_seq_ = 1;
    std::map<HistorySeries, std::vector<HistorySample>> truth_;
};

}  // namespace watchglass::test
