// SPDX-License-Identifier: Apache-2.0
#include <sys/timex.h>

#include "device-sdk/src/journal/posix_disk.h"
#include <watchglass/platform.h>

namespace watchglass::device {
namespace {

/// A clock before this was never set: the product did not exist.
constexpr std::int64_t product_began_us = 1'735'689'600'000'000;  // 2025-01-01T00:00:00Z

class LinuxPlatform final : public Platform {
public:
    [[nodiscard]] const Clock& clock() const override { return clock_; }
    [[nodiscard]] ClockQuality clock_quality() const override {
        timex state{};
        const int answer = ::adjtimex(&state);
        if (answer >= 0 && answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0)
            return ClockQuality::synchronized;
        return clock_.wall().us >= product_began_us ? ClockQuality::set : ClockQuality::unknown;
    }
    [[nodiscard]] Rng& entropy() override { return rng_; }
    Result<std::unique_ptr<Disk>> open_disk(const std::filesystem::path& where) override {
        auto disk = PosixDisk::open_directory(where);
        if (!disk) return failed(disk);
        return std::unique_ptr<Disk>(std::move(*disk));
    }
    void log(log::Level level, std::string_view event, std::string_view message) override {
        log::write(level, event, message);
    }

private:
    SystemClock clock_;
    SystemRng rng_;
};

}  // namespace

std::unique_ptr<Platform> linux_platform() { return std::make_unique<LinuxPlatform>(); }

}  // namespace watchglass::device
