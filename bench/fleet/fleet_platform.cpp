// SPDX-License-Identifier: Apache-2.0
#include "bench/fleet/fleet_platform.h"

#include "device-sdk/src/journal/posix_disk.h"

namespace watchglass::bench {
namespace {

class HastyFile final : public device::DiskFile {
public:
    explicit HastyFile(std::unique_ptr<device::DiskFile> file) : file_(std::move(file)) {}
    Result<void> write_at(std::uint64_t offset, ByteSpan bytes) override {
        return file_->write_at(offset, bytes);
    }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) override {
        return file_->read_at(offset, into);
    }
    Result<void> sync() override { return {}; }

private:
    std::unique_ptr<device::DiskFile> file_;
};

class HastyDisk final : public device::Disk {
public:
    explicit HastyDisk(std::unique_ptr<device::Disk> disk) : disk_(std::move(disk)) {}
    Result<std::vector<device::DiskEntry>> list() override { return disk_->list(); }
    Result<std::unique_ptr<device::DiskFile>> create(const std::string& name, std::uint64_t bytes) override {
        return hasty(disk_->create(name, bytes));
    }
    Result<std::unique_ptr<device::DiskFile>> open(const std::string& name) override {
        return hasty(disk_->open(name));
    }
    Result<void> truncate(const std::string& name, std::uint64_t bytes) override {
        return disk_->truncate(name, bytes);
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        return disk_->rename(from, to);
    }
    Result<void> remove(const std::string& name) override { return disk_->remove(name); }
    Result<void> sync_directory() override { return {}; }

private:
    static Result<std::unique_ptr<device::DiskFile>> hasty(Result<std::unique_ptr<device::DiskFile>> file) {
        if (!file) return failed(file);
        return std::make_unique<HastyFile>(std::move(*file));
    }
    std::unique_ptr<device::Disk> disk_;
};

}  // namespace

Result<std::unique_ptr<device::Disk>> FleetPlatform::open_disk(const std::filesystem::path& where) {
    auto disk = device::PosixDisk::open_directory(where);
    if (!disk) return failed(disk);
    return std::make_unique<HastyDisk>(std::move(*disk));
}

void FleetPlatform::log(log::Level level, std::string_view event, std::string_view message) {
    if (level == log::Level::error) log::write(level, event, message);
}

}  // namespace watchglass::bench
