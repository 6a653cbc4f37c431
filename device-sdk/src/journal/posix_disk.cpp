// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/journal/posix_disk.h"

#include <system_error>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device-sdk/src/journal/codes.h"

namespace watchglass::device {
namespace {

Failure trouble(std::string_view doing, const std::string& name, int error) {
    const bool full = error == ENOSPC || error == EDQUOT;
    const bool lasting = full || error == EIO || error == EROFS || error == EACCES;
    return Failure{full ? codes::journal_disk_full : codes::journal_io,
                   lasting ? Next::tell_operator : Next::retry_later,
                   fmt::format("{} {}: {}.", doing, name, std::generic_category().message(error)),
                   {}};
}

class PosixFile final : public DiskFile {
public:
    PosixFile(UniqueFd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}

    Result<void> write_at(std::uint64_t offset, ByteSpan bytes) override {
        while (!bytes.empty()) {
            const ssize_t n = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) return failed(trouble("Writing", name_, n < 0 ? errno : EIO));
            offset += static_cast<std::uint64_t>(n);
            bytes = bytes.subspan(static_cast<std::size_t>(n));
        }
        return {};
    }

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) override {
        std::size_t total = 0;
        while (total < into.size()) {
            const ssize_t n = ::pread(fd_.get(), into.data() + total, into.size() - total,
                                      static_cast<off_t>(offset + total));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return failed(trouble("Reading", name_, errno));
            if (n == 0) break;
            total += static_cast<std::size_t>(n);
        }
        return total;
    }

    Result<void> sync() override {
        if (::fdatasync(fd_.get()) != 0) return failed(trouble("Syncing", name_, errno));
        return {};
    }

private:
    UniqueFd fd_;
    std::string name_;
};

/// Reserves the space; where the file system cannot, the file is filled with zeros.
int reserve(int fd, std::uint64_t bytes) {
    int error = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes));
    if (error == EOPNOTSUPP || error == EINVAL)
        error = ::ftruncate(fd, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
    return error;
}

}  // namespace

Result<void> make_directory(const std::filesystem::path& directory, mode_t mode) {
    if (::mkdir(directory.c_str(), mode) != 0) {
        if (errno == EEXIST) return {};
        const auto above = directory.parent_path();
        if (errno != ENOENT || above.empty() || above == directory) {
            return failed(trouble("Making directory", directory.string(), errno));
        }
        if (auto made = make_directory(above, 0755); !made) return made;
        if (::mkdir(directory.c_str(), mode) != 0 && errno != EEXIST) {
            return failed(trouble("Making directory", directory.string(), errno));
        }
    }
    const auto parent =
        directory.parent_path().empty() ? std::filesystem::path{"."} : directory.parent_path();
    const UniqueFd fd{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd || ::fsync(fd.get()) != 0) return failed(trouble("Syncing directory", parent.string(), errno));
    return {};
}

Result<std::unique_ptr<PosixDisk>> PosixDisk::open_directory(const std::filesystem::path& directory) {
    if (auto made = make_directory(directory.has_filename() ? directory : directory.parent_path(), 0700);
        !made)
        return failed(made);
    UniqueFd fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd) return failed(trouble("Opening directory", directory.string(), errno));
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        return failed(Failure{codes::journal_in_use, Next::give_up, directory.string() + " is locked.", {}});
    }
    return std::unique_ptr<PosixDisk>(new PosixDisk(directory, std::move(fd)));
}

Result<std::vector<DiskEntry>> PosixDisk::list() {
    std::vector<DiskEntry> entries;
    std::error_code error;
    for (std::filesystem::directory_iterator it(path_, error), end; !error && it != end;
         it.increment(error)) {
        std::error_code ignored;
        if (!it->is_regular_file(ignored)) continue;
        entries.push_back({it->path().filename().string(), it->file_size(ignored)});
    }
    if (error) return failed(trouble("Listing", path_.string(), error.value()));
    return entries;
}

Result<std::unique_ptr<DiskFile>> PosixDisk::create(const std::string& name, std::uint64_t bytes) {
    UniqueFd fd{::openat(fd_.get(), name.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    if (!fd) return failed(trouble("Creating", name, errno));
    if (const int error = reserve(fd.get(), bytes); error != 0) {
        ::unlinkat(fd_.get(), name.c_str(), 0);
        return failed(trouble("Reserving space for", name, error));
    }
    // The size is metadata that fdatasync need not write when it only grows later; here it is fixed once and for all.
    if (::fsync(fd.get()) != 0) return failed(trouble("Syncing", name, errno));
    return std::make_unique<PosixFile>(std::move(fd), name);
}

Result<std::unique_ptr<DiskFile>> PosixDisk::open(const std::string& name) {
    // Reading is what it is opened for; a disk that has become read-only still gives what it has.
    UniqueFd fd{::openat(fd_.get(), name.c_str(), O_RDWR | O_CLOEXEC)};
    if (!fd && errno == EROFS) fd = UniqueFd{::openat(fd_.get(), name.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) return failed(trouble("Opening", name, errno));
    return std::make_unique<PosixFile>(std::move(fd), name);
}

Result<void> PosixDisk::truncate(const std::string& name, std::uint64_t bytes) {
    const UniqueFd fd{::openat(fd_.get(), name.c_str(), O_RDWR | O_CLOEXEC)};
    if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0 || ::fsync(fd.get()) != 0) {
        return failed(trouble("Truncating", name, errno));
    }
    return {};
}

Result<void> PosixDisk::rename(const std::string& from, const std::string& to) {
    if (::renameat(fd_.get(), from.c_str(), fd_.get(), to.c_str()) != 0) {
        return failed(trouble("Renaming", from, errno));
    }
    return {};
}

Result<void> PosixDisk::remove(const std::string& name) {
    if (::unlinkat(fd_.get(), name.c_str(), 0) != 0 && errno != ENOENT) {
        return failed(trouble("Removing", name, errno));
    }
    return {};
}

Result<void> PosixDisk::sync_directory() {
    if (::fsync(fd_.get()) != 0) return failed(trouble("Syncing directory", path_.string(), errno));
    return {};
}

}  // namespace watchglass::device
