// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/load/readings.h"
#include "storage/telemetry/frame_store.h"
#include "test/support/postgres.h"

namespace watchglass::bench {

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message() + " " + result.error().cause);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// That many hours of a pump test bench, a row a second: those that WATCHGLASS_REPLAY_CSV names, as many as it has, or
/// seeded ones, which do not repeat themselves.
std::vector<PumpRow> recorded_rows(int hours);
/// Rows whose every channel differs from the row before, so that every one is a change.
std::vector<PumpRow> wandering_rows(int rows);

/// A time as an expression of SQL, to the second.
std::string in_sql(WallTime at);

/// One database to fill and to ask. Throws what does not work.
class HistoryBench {
public:
    HistoryBench();

    struct Instrument {
        std::string id;
        storage::DeviceKey key;
    };
    Instrument add_instrument();
    /// The last one, UTC.
    [[nodiscard]] WallTime midnight() const { return midnight_; }

    /// Writes the rows' changes from `start`, a row every `step`, in frames of 100 changes. How many there were.
    std::int64_t write(const Instrument& instrument, const std::vector<PumpRow>& rows, WallTime start,
                       Microseconds step);
    /// Everything that is hot now, once more in the table `narrow`.
    void make_narrow();
    /// Closes all hours that are over. How many samples.
    std::int64_t close_everything();
    /// Registers instruments, each with a latest value of every parameter.
    void fill_latest(int instruments);
    void vacuum();

    /// Heap, indexes and TOAST of a table, by its full name, and its partitions.
    [[nodiscard]] std::int64_t bytes_of(const std::string& table) const;
    /// As a dashboard reads: one tenant, row-level security.
    [[nodiscard]] storage::Connection connect_reader() const;

private:
    void append(std::span<const storage::FrameRow> frames);

    test::TestDatabase database_;
    storage::Connection ingest_;
    Dictionary dictionary_;
    storage::DictionaryNumber dictionary_number_;
    storage::FrameStore frames_;
    WallTime midnight_;
    int instruments_ = 0;
};

}  // namespace watchglass::bench
