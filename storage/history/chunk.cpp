// SPDX-License-Identifier: Apache-2.0
#include "storage/history/chunk.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

namespace watchglass::storage::history {
namespace {

/// What SQL's device_time() answers a timestamp for.
constexpr std::int64_t least_device_us = -210'866'803'200'000'000, most_device_us = 9'214'646'400'000'000'000;

/// Doubles in the order of their values, with -0 before 0 and NaN ("none") first.
std::int64_t rank(double v) {
    if (std::isnan(v)) return std::numeric_limits<std::int64_t>::min();
    const auto bits = std::bit_cast<std::int64_t>(v);
    return bits < 0 ? std::numeric_limits<std::int64_t>::min() + ~bits + 1 : bits;
}

template <class Narrow>
bool fits(std::int64_t span) {
    return span <= std::int64_t{std::numeric_limits<Narrow>::max()} - std::numeric_limits<Narrow>::min();
}

/// Integers as base + unit * narrow number: the unit is what all differences are multiples of, the base lies in the middle,
/// so that both halves of the narrow range are used.
struct Packing {
    std::int64_t least, span, unit;

    /// `values`: at least one.
    template <class Values>
    static Packing of(const Values& values) {
        std::int64_t least = values[0], most = values[0], unit = 0;
        for (const std::int64_t v : values) {
            least = std::min(least, v);
            most = std::max(most, v);
            unit = std::gcd(unit, v - values[0]);
        }
        unit = std::max<std::int64_t>(unit, 1);
        return {least, (most - least) / unit, unit};
    }

    template <class Narrow, class Values>
    std::int64_t pack(const Values& values, std::vector<Narrow>& out) const {
        const std::int64_t base = least + unit * ((span + 1) / 2);
        out.reserve(values.size());
        for (const std::int64_t v : values) out.push_back(static_cast<Narrow>((v - base) / unit));
        return base;
    }
};

void encode_times(const std::vector<Reading>& readings, Chunk& chunk) {
    std::vector<std::int64_t> times;
    times.reserve(readings.size());
    for (const Reading& r : readings) times.push_back(r.t_us);
    chunk.first_us = times.front();
    chunk.last_us = times.back();

    const Packing packing = Packing::of(times);
    chunk.unit_us = packing.unit;
    const auto even = [&] {
        for (std::size_t i = 1; i < times.size(); ++i)
            if (times[i] - times[i - 1] != packing.unit) return false;
        return true;
    };
    if (even()) {
        chunk.base_us = times.front();
    } else if (fits<std::int16_t>(packing.span)) {
        chunk.base_us = packing.pack(times, chunk.offsets2);
    } else {  // an hour of microseconds is less than 2^32
        chunk.base_us = packing.pack(times, chunk.offsets4);
    }
}

/// Every value as the numerator of its decimal; nothing when one is no multiple of the resolution.
std::optional<std::vector<std::int64_t>> numerators(const std::vector<Reading>& readings,
                                                    const Resolution& resolution) {
    std::vector<std::int64_t> out;
    out.reserve(readings.size());
    for (const Reading& r : readings) {
        const auto steps = resolution.steps(r.number);
        if (!steps) return std::nullopt;
        out.push_back(*steps * resolution.numerator());
    }
    return out;
}

bool pack_values(const std::vector<Reading>& readings, const Resolution& resolution, Chunk& chunk) {
    const auto scaled = numerators(readings, resolution);
    if (!scaled) return false;
    const Packing packing = Packing::of(*scaled);
    if (!fits<std::int32_t>(packing.span)) return false;
    const std::int64_t base = fits<std::int16_t>(packing.span) ? packing.pack(*scaled, chunk.steps2)
                                                               : packing.pack(*scaled, chunk.steps4);
    chunk.scale = {base, packing.unit, resolution.divisor()};
    return true;
}

void encode_values(const std::vector<Reading>& readings, const Resolution& resolution, Chunk& chunk) {
    if (!pack_values(readings, resolution, chunk) && chunk.summary)
        for (const Reading& r : readings) chunk.numbers.push_back(r.number);
    const auto has_text = [](const Reading& r) { return r.text.data() != nullptr; };
    if (!chunk.summary || std::any_of(readings.begin(), readings.end(), has_text))
        for (const Reading& r : readings) chunk.texts.push_back(r.text);
}

std::optional<Chunk::Summary> summary_of(const std::vector<Reading>& readings) {
    std::optional<Chunk::Summary> sum;
    std::int64_t since_us = 0;
    for (const Reading& r : readings) {
        if (std::isnan(r.number)) continue;
        if (!sum) {
            sum = Chunk::Summary{r.number, r.number, 0, r.number, r.number, 0};
        } else {
            sum->area += sum->last * (static_cast<double>(r.t_us - since_us) / 1e6);
        }
        sum->min = std::min(sum->min, r.number);
        sum->max = std::max(sum->max, r.number);
        sum->sum += r.number;
        sum->last = r.number;
        since_us = r.t_us;
    }
    return sum;
}

void encode_clocks(const std::vector<Reading>& readings, Chunk& chunk) {
    chunk.shift_us = readings.front().shift_us;
    chunk.quality = readings.front().quality;
    for (const Reading& r : readings) {
        if (r.shift_us != chunk.shift_us) chunk.shift_us.reset();
        if (r.quality != chunk.quality) chunk.quality.reset();
    }
    if (!chunk.shift_us)
        for (const Reading& r : readings) chunk.shifts_us.push_back(r.shift_us);
    if (!chunk.quality)
        for (const Reading& r : readings) chunk.qualities.push_back(static_cast<std::int16_t>(r.quality));
}

std::int64_t offset_of(const Chunk& chunk, std::size_t n) {
    if (!chunk.offsets2.empty()) return chunk.offsets2[n];
    if (!chunk.offsets4.empty()) return chunk.offsets4[n];
    return static_cast<std::int64_t>(n);
}

double number_of(const Chunk& chunk, std::size_t n) {
    if (chunk.scale) {
        const std::int64_t step = chunk.steps2.empty() ? chunk.steps4[n] : chunk.steps2[n];
        return static_cast<double>(chunk.scale->base + chunk.scale->scale * step) / chunk.scale->divisor;
    }
    return chunk.numbers.empty() ? std::numeric_limits<double>::quiet_NaN() : chunk.numbers[n];
}

}  // namespace

std::int64_t shift_of(std::int64_t device_us, std::int64_t t_us) {
    if (device_us < least_device_us || device_us > most_device_us) return inexpressible_shift_us;
    return device_us - t_us;
}

bool precedes(const Reading& a, const Reading& b) {
    const auto key = [](const Reading& r) {
        return std::tuple(r.t_us, rank(r.number), r.text.data() != nullptr, r.text, r.shift_us, r.quality);
    };
    return key(a) < key(b);
}

Chunk encode(std::vector<Reading>& readings, const Resolution& resolution) {
    if (!std::is_sorted(readings.begin(), readings.end(), precedes))
        std::sort(readings.begin(), readings.end(), precedes);
    Chunk chunk;
    chunk.count = static_cast<std::int32_t>(readings.size());
    chunk.summary = summary_of(readings);
    encode_times(readings, chunk);
    encode_values(readings, resolution, chunk);
    encode_clocks(readings, chunk);
    return chunk;
}

void decode(const Chunk& chunk, std::vector<Reading>& out) {
    const auto count = static_cast<std::size_t>(chunk.count);
    out.reserve(out.size() + count);
    for (std::size_t n = 0; n < count; ++n) {
        Reading r;
        r.t_us = chunk.base_us + chunk.unit_us * offset_of(chunk, n);
        r.number = number_of(chunk, n);
        if (!chunk.texts.empty()) r.text = chunk.texts[n];
        r.shift_us = chunk.shift_us ? *chunk.shift_us : chunk.shifts_us[n];
        r.quality = chunk.quality ? *chunk.quality : static_cast<ClockQuality>(chunk.qualities[n]);
        out.push_back(r);
    }
}

}  // namespace watchglass::storage::history
