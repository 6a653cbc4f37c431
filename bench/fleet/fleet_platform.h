// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include <watchglass/platform.h>

namespace watchglass::bench {

/// The machine's clocks, `ahead` of them in steady time: an instrument that has been up for longer than this machine, or,
/// with `ago`, as it was that long ago. Thread-safe.
class ShiftedClock final : public Clock {
public:
    explicit ShiftedClock(Microseconds ahead) : ahead_(ahead) {}
    void set_ago(Microseconds ago) { ago_ = ago; }
    [[nodiscard]] SteadyTime steady() const override { return clock_.steady() + ahead_ + (-ago_); }
    [[nodiscard]] WallTime wall() const override { return clock_.wall() + (-ago_); }

private:
    SystemClock clock_;
    Microseconds ahead_;
    Microseconds ago_{0};
};

/// What all instruments of a fleet stand on. Its disks write to files and answer sync() at once.
class FleetPlatform final : public device::Platform {
public:
    static constexpr Microseconds up_for = std::chrono::hours{24 * 60};

    [[nodiscard]] const Clock& clock() const override { return clock_; }
    [[nodiscard]] ClockQuality clock_quality() const override { return ClockQuality::synchronized; }
    [[nodiscard]] Rng& entropy() override { return rng_; }
    Result<std::unique_ptr<device::Disk>> open_disk(const std::filesystem::path& where) override;
    /// Errors alone: a fleet says everything a thousand times.
    void log(log::Level level, std::string_view event, std::string_view message) override;

private:
    ShiftedClock clock_{up_for};
    SystemRng rng_;
};

}  // namespace watchglass::bench
