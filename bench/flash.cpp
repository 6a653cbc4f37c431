// SPDX-License-Identifier: Apache-2.0
// What an instrument's flash is asked to write for each byte of readings that it keeps: the SDK's journal on this machine's
// disk, fed with a pump test bench's readings, one row a second, at the default cadence and as fast as it goes. Time is
// simulated, so that hours pass in seconds; every write and sync is real.
#include <algorithm>
#include <array>
#include <fstream>
#include <random>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/report.h"
#include "device-sdk/src/client/core.h"
#include "device-sdk/src/journal/posix_disk.h"
#include "test/support/manual_clock.h"
#include "test/support/temporary_directory.h"
#include <watchglass/dictionaries/pump_test_bench.h>

using namespace watchglass;
using namespace std::chrono_literals;

namespace {

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message() + " " + result.error().cause);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

struct Counts {
    std::uint64_t bytes = 0;  ///< handed to write()
    std::uint64_t syncs = 0;
    std::uint64_t pages = 0;  ///< of 4 KiB, touched by writes between two syncs of a file
};

/// Passes everything on to a file, and counts.
class CountingFile final : public device::DiskFile {
public:
    CountingFile(std::unique_ptr<device::DiskFile> file, Counts& counts)
        : file_(std::move(file)), counts_(counts) {}
    Result<void> write_at(std::uint64_t offset, ByteSpan bytes) override {
        counts_.bytes += bytes.size();
        const std::uint64_t last = (offset + bytes.size() + page - 1) / page;
        for (std::uint64_t one = offset / page; one < last; ++one) touched_.push_back(one);
        return file_->write_at(offset, bytes);
    }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) override {
        return file_->read_at(offset, into);
    }
    Result<void> sync() override {
        ++counts_.syncs;
        std::sort(touched_.begin(), touched_.end());
        counts_.pages +=
            static_cast<std::uint64_t>(std::unique(touched_.begin(), touched_.end()) - touched_.begin());
        touched_.clear();
        return file_->sync();
    }

private:
    static constexpr std::uint64_t page = 4096;
    std::unique_ptr<device::DiskFile> file_;
    Counts& counts_;
    std::vector<std::uint64_t> touched_;
};

class CountingDisk final : public device::Disk {
public:
    CountingDisk(std::unique_ptr<device::Disk> disk, Counts& counts)
        : disk_(std::move(disk)), counts_(counts) {}
    Result<std::vector<device::DiskEntry>> list() override { return disk_->list(); }
    Result<std::unique_ptr<device::DiskFile>> create(const std::string& name, std::uint64_t bytes) override {
        return counting(disk_->create(name, bytes));
    }
    Result<std::unique_ptr<device::DiskFile>> open(const std::string& name) override {
        return counting(disk_->open(name));
    }
    Result<void> truncate(const std::string& name, std::uint64_t bytes) override {
        return disk_->truncate(name, bytes);
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        return disk_->rename(from, to);
    }
    Result<void> remove(const std::string& name) override { return disk_->remove(name); }
    Result<void> sync_directory() override { return disk_->sync_directory(); }

private:
    Result<std::unique_ptr<device::DiskFile>> counting(Result<std::unique_ptr<device::DiskFile>> file) {
        if (!file) return failed(file);
        return std::make_unique<CountingFile>(std::move(*file), counts_);
    }
    std::unique_ptr<device::Disk> disk_;
    Counts& counts_;
};

class FlashPlatform final : public device::Platform {
public:
    test::ManualClock time;
    Counts counts;
    [[nodiscard]] const Clock& clock() const override { return time; }
    [[nodiscard]] ClockQuality clock_quality() const override { return ClockQuality::synchronized; }
    [[nodiscard]] Rng& entropy() override { return rng_; }
    Result<std::unique_ptr<device::Disk>> open_disk(const std::filesystem::path& where) override {
        auto disk = device::PosixDisk::open_directory(where);
        if (!disk) return failed(disk);
        return std::make_unique<CountingDisk>(std::move(*disk), counts);
    }
    void log(log::Level level, std::string_view event, std::string_view message) override {
        if (level == log::Level::error) log::write(level, event, message);
    }

private:
    SystemRng rng_;
};

/// What the kernel has counted as this process's writes to storage: whole pages.
std::uint64_t written_by_kernel() {
    std::ifstream in("/proc/self/io");
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("write_bytes: ")) return std::stoull(line.substr(13));
    }
    return 0;
}

/// Readings that wander like the bench's, all within their limits: each alarm would be a sync of its own.
class Pump {
public:
    explicit Pump(const Dictionary& dictionary) : dictionary_(dictionary) {}
    void read(device::Recorder& recorder) {
        constexpr std::array<double, 8> mean{0.0264, 0.0405, 1.3, 0.05, 77, 26, 230, 32};
        constexpr std::array<double, 8> spread{0.0004, 0.0006, 0.3, 0.25, 0.1, 0.005, 2, 0.4};
        for (std::size_t i = 0; i < mean.size(); ++i) {
            const auto& parameter = dictionary_.parameters[i];
            must(recorder.set(parameter.number,
                              parameter.resolution.round(mean[i] + spread[i] * noise_(random_)),
                              std::nullopt));
        }
    }

private:
    const Dictionary& dictionary_;
    std::mt19937_64 random_{2020};
    std::normal_distribution<double> noise_;
};

/// Bytes of all bodies in a journal that nobody has open.
std::uint64_t stored_bytes(const std::filesystem::path& directory, FlashPlatform& platform,
                           std::uint64_t& frames) {
    const auto disk = must(device::PosixDisk::open_directory(directory));
    const auto journal =
        must(device::Journal::open(device::JournalSettings{}, *disk, platform.entropy(), platform.clock()));
    const auto live = journal->streams().back();
    std::uint64_t bytes = 0;
    for (StreamSeq at{1}; at <= live.synced_through; at = after(at)) {
        const auto entry = must(journal->read(live.id, at));
        if (const auto* body = std::get_if<Bytes>(&entry.content)) bytes += body->size();
    }
    frames = live.synced_through.value();
    return bytes;
}

/// A row of readings every `row_every`, cut off from everything.
void measure(const std::string& name, int rows, Microseconds row_every) {
    const test::TemporaryDirectory directory;
    FlashPlatform platform;
    device::Options options;
    options.dictionary = to_dictionary(dictionaries::pump_test_bench::constants);
    const auto kernel_before = written_by_kernel();
    {
        auto disk = must(platform.open_disk(directory.path()));
        device::JournalSettings for_events;
        for_events.lane = Lane::events;
        auto telemetry = must(
            device::Journal::open(device::JournalSettings{}, *disk, platform.entropy(), platform.clock()));
        auto events = must(device::Journal::open(for_events, *disk, platform.entropy(), platform.clock()));
        SystemRng rng;
        device::Core core{{options, platform, DeviceId::random(rng), BootId{1}},
                          std::move(disk),
                          std::move(events),
                          std::move(telemetry),
                          [] {}};
        Pump pump{options.dictionary};
        for (int row = 0; row < rows; ++row) {
            pump.read(core.recorder());
            platform.time.advance(row_every);
            core.turn(false);
        }
        must(core.close());
    }
    const auto kernel = written_by_kernel() - kernel_before;
    const Counts counts = platform.counts;
    std::uint64_t frames = 0;
    const auto bodies = static_cast<double>(stored_bytes(directory.path(), platform, frames));

    const auto prefix = "flash." + name;
    const auto in_pages = static_cast<double>(counts.pages) * 4096;
    bench::report(prefix + ".body_bytes", bodies, "bytes");
    bench::report(prefix + ".frames", static_cast<double>(frames), "");
    bench::report(prefix + ".syncs", static_cast<double>(counts.syncs), "");
    bench::report(prefix + ".asked_per_stored_byte", static_cast<double>(counts.bytes) / bodies, "bytes");
    bench::report(prefix + ".written_per_stored_byte", in_pages / bodies, "bytes, in pages of 4 KiB");
    // A file system in memory is not counted.
    if (kernel > 0)
        bench::report(prefix + ".kernel_per_stored_byte", static_cast<double>(kernel) / bodies,
                      "bytes, by /proc/self/io");
    const double seconds = static_cast<double>((row_every * rows).count()) / 1e6;
    if (row_every >= 1s) bench::report(prefix + ".megabytes_a_day", in_pages / seconds * 86'400 / 1e6, "MB");
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = bench::parse_options(argc, argv);
    // 1 s of company for a frame, 5 s or 64 KB for the disk: what an instrument does when nobody says otherwise.
    measure("default", options.quick ? 600 : 7200, 1s);
    measure("full_speed", options.quick ? 20'000 : 200'000, 100us);
    return 0;
}
