// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "libs/foundation/file.h"
#include "libs/foundation/result.h"

namespace watchglass::cli {

/// The receiving end of sd_notify(3) for one program: a Unix datagram socket that its NOTIFY_SOCKET names.
/// Programs ours need not be told apart from systemd's supervision.
class ReadinessSocket {
public:
    static Result<ReadinessSocket> open(const std::filesystem::path& path);
    ReadinessSocket(ReadinessSocket&&) noexcept = default;
    ReadinessSocket& operator=(ReadinessSocket&&) noexcept = default;
    ~ReadinessSocket();

    /// Has READY=1 arrived since the last forget()? Does not wait.
    bool ready();
    void forget();  ///< before the program is started again

private:
    ReadinessSocket(std::filesystem::path path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
    void read_all();

    std::filesystem::path path_;
    UniqueFd fd_;
    bool ready_ = false;
};

}  // namespace watchglass::cli
