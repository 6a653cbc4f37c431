// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>

#include "libs/foundation/random.h"
#include "test/support/manual_clock.h"
#include "test/unit/device-sdk/fake_disk.h"
#include <watchglass/platform.h>

namespace watchglass::device::test {

/// An instrument with a disk in memory, whose clocks a test moves.
class ManualPlatform final : public Platform {
public:
    watchglass::test::ManualClock time;
    std::atomic<ClockQuality> quality{ClockQuality::set};
    mutable std::atomic<int> looks{
        0};  ///< how often somebody asked for the clock's quality: once a worker's turn
    std::atomic<int> refused_syncs{0};  ///< as the log tells
    std::function<std::unique_ptr<Disk>()> make_disk = [] { return std::make_unique<FakeDisk>(); };

    [[nodiscard]] const Clock& clock() const override { return time; }
    [[nodiscard]] ClockQuality clock_quality() const override {
        ++looks;
        return quality;
    }
    [[nodiscard]] Rng& entropy() override { return rng_; }
    Result<std::unique_ptr<Disk>> open_disk(const std::filesystem::path&) override { return make_disk(); }
    void log(log::Level, std::string_view event, std::string_view) override {
        if (event == "device.journal_not_synced") ++refused_syncs;
    }

private:
    SystemRng rng_;
};

}  // namespace watchglass::device::test
