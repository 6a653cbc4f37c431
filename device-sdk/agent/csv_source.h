// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "device-sdk/agent/csv_reader.h"
#include "device-sdk/agent/source.h"

namespace watchglass::agent {

struct CsvSettings {
    std::filesystem::path file;
    ColumnMap map;
    double speed = 1;  ///< times the recording's own pace; 0: as fast as it goes
};

/// Replays a recording, each reading with its own time. Waits for journal room instead of forcing gaps: a file can
/// wait. A line that cannot be read is reported with its number, counted and skipped.
class CsvSource final : public Source {
public:
    explicit CsvSource(CsvSettings settings) : settings_(std::move(settings)) {}
    Result<void> run(device::Device& device, const StopSign& stop) override;

    [[nodiscard]] std::uint64_t rows() const { return rows_; }
    [[nodiscard]] std::uint64_t bad_lines() const { return bad_lines_; }

private:
    bool keep_pace(const CsvRow& row, const StopSign& stop);
    void give(device::Device& device, const CsvRow& row, std::uint64_t line);
    void complain(std::uint64_t line, const Failure& why);

    CsvSettings settings_;
    std::uint64_t rows_ = 0;
    std::uint64_t bad_lines_ = 0;
    std::optional<WallTime> last_at_;
};

}  // namespace watchglass::agent
