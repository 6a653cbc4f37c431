// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "libs/foundation/file.h"
#include <watchglass/disk.h>

namespace watchglass::device {

/// Makes a directory and what is missing above it (0755), each durable in its parent: a power cut shall not take a
/// directory away whose files were synced. One that is there is success. `directory` ends without a slash.
Result<void> make_directory(const std::filesystem::path& directory, mode_t mode);

/// A directory of this machine, made with mode 0700 when absent, locked for this process as long as it is open.
class PosixDisk final : public Disk {
public:
    /// journal.in_use when another PosixDisk, in any process, has this directory open.
    static Result<std::unique_ptr<PosixDisk>> open_directory(const std::filesystem::path& directory);

    Result<std::vector<DiskEntry>> list() override;
    Result<std::unique_ptr<DiskFile>> create(const std::string& name, std::uint64_t bytes) override;
    Result<std::unique_ptr<DiskFile>> open(const std::string& name) override;
    Result<void> truncate(const std::string& name, std::uint64_t bytes) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& name) override;
    Result<void> sync_directory() override;

private:
    PosixDisk(std::filesystem::path directory, UniqueFd fd)
        : path_(std::move(directory)), fd_(std::move(fd)) {}
    std::filesystem::path path_;
    UniqueFd fd_;
};

}  // namespace watchglass::device
