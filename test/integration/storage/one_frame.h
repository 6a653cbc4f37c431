// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/telemetry/telemetry_writer.h"
#include "test/support/postgres.h"

namespace watchglass::test {

inline constexpr std::string_view first_device = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
inline constexpr std::string_view second_device = "bbbbbbbbbbbbbbbbbbbbbbbbbb";

/// 2026-01-02T03:04:05Z, and what the stores call "now" in these tests.
inline constexpr WallTime noon{1'767'323'045'000'000};

DeviceId device_id(std::string_view text);
Chain chain_of(std::uint64_t seq);

/// One position of one stream, as ingest would hand it over: a frame of dictionary `pump-test-bench`, parameters 1, 2, ...
struct OneFrame {
    storage::DeviceKey device;
    storage::DictionaryNumber dictionary;
    std::uint64_t epoch = 7;
    std::uint64_t seq = 1;
    WallTime t = noon;
    std::vector<double> numbers = {1.5};
    std::vector<std::string_view> texts = {};

    std::vector<std::int16_t> parameters = {};  ///< made by batch(), as the next
    std::vector<std::int32_t> offsets = {};

    /// The batch points into this object.
    [[nodiscard]] storage::TelemetryBatch batch();
};

/// What ingest writes behind the commit of these frames.
void write_latest(storage::Connection& connection, const storage::TelemetryBatch& batch);

/// A pool as one program would have it.
storage::PoolSettings pool_of(const TestDatabase& database, const std::string& role);

}  // namespace watchglass::test
