// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "libs/foundation/file.h"
#include "libs/foundation/result.h"

namespace watchglass::broker {

/// Lines over a connected Unix socket, without ever waiting in read or write. One thread.
class LineSocket {
public:
    explicit LineSocket(UniqueFd fd) : fd_(std::move(fd)) {}
    /// Connects to a listening socket: broker.feed_lost when nobody is there.
    static Result<LineSocket> connect(const std::filesystem::path& path);

    [[nodiscard]] int fd() const { return fd_.get(); }

    /// Every whole line that has arrived. Fails with broker.feed_lost at the end of the stream (after the last lines
    /// were handed out), and on a line longer than `longest_line`.
    Result<std::vector<std::string>> read();
    /// Keeps the line and sends what the socket takes; flush() sends more of it.
    Result<void> write(std::string_view line);
    Result<void> flush();
    [[nodiscard]] std::size_t unsent() const { return out_.size() - sent_; }

private:
    UniqueFd fd_;
    std::string in_;
    std::string out_;
    std::size_t sent_ = 0;
};

/// Listens on a Unix socket of mode 0660; a stale file is replaced.
Result<UniqueFd> listen_on(const std::filesystem::path& path);

/// Wakes a thread that sits in poll(). Thread-safe.
class WakeUp {
public:
    WakeUp();
    void set();
    void clear();
    [[nodiscard]] int fd() const { return fd_.get(); }

private:
    UniqueFd fd_;
};

/// Something to wait for; a negative descriptor is nothing.
struct Watched {
    int fd = -1;
    bool to_write = false;  ///< also until it can be written
};
/// Waits until one of them is ready or `wake` was set, at most `patience`. Clears `wake`.
void wait_for_any(std::initializer_list<Watched> watched, WakeUp& wake, std::chrono::milliseconds patience);

}  // namespace watchglass::broker
