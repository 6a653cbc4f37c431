// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/file.h"

#include <system_error>

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

namespace watchglass {
namespace {

Failure trouble(std::string_view doing, const std::filesystem::path& path, int error) {
    const bool full = error == ENOSPC || error == EDQUOT || error == EIO;
    return Failure{codes::io_error,
                   full ? Next::tell_operator : Next::give_up,
                   fmt::format("{} {}: {}.", doing, path.string(), std::generic_category().message(error)),
                   {}};
}

Result<void> write_all(int fd, std::string_view bytes, const std::filesystem::path& path) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return failed(trouble("Writing", path, errno));
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

/// Makes a rename in this directory survive a power cut.
Result<void> sync_directory(const std::filesystem::path& directory) {
    const UniqueFd fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd || ::fsync(fd.get()) != 0) return failed(trouble("Syncing directory", directory, errno));
    return {};
}

}  // namespace

void UniqueFd::reset(int fd) {
    if (fd_ >= 0 && fd_ != fd) ::close(fd_);
    fd_ = fd;
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t most) {
    const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) return failed(trouble("Opening", path, errno));
    std::string bytes;
    char piece[16384];
    while (true) {
        const ssize_t got = ::read(fd.get(), piece, sizeof piece);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed(trouble("Reading", path, errno));
        if (got == 0) return bytes;
        if (bytes.size() + static_cast<std::size_t>(got) > most) {
            return failed(Failure{codes::io_error,
                                  Next::give_up,
                                  fmt::format("{} is larger than {} bytes.", path.string(), most),
                                  {}});
        }
        bytes.append(piece, static_cast<std::size_t>(got));
    }
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view bytes, mode_t mode) {
    const auto directory = path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
    std::string temporary = (directory / fmt::format(".{}.XXXXXX", path.filename().string())).string();
    UniqueFd fd{::mkostemp(temporary.data(), O_CLOEXEC)};
    if (!fd) return failed(trouble("Creating a file beside", path, errno));

    const auto give_up = [&](Failure failure) {
        ::unlink(temporary.c_str());
        return failed(std::move(failure));
    };
    if (auto written = write_all(fd.get(), bytes, path); !written) return give_up(std::move(written.error()));
    if (::fchmod(fd.get(), mode) != 0) return give_up(trouble("Setting the mode of", path, errno));
    if (::fsync(fd.get()) != 0) return give_up(trouble("Syncing", path, errno));
    fd.reset();
    if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up(trouble("Replacing", path, errno));
    return sync_directory(directory);
}

}  // namespace watchglass
