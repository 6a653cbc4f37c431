// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/process.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <system_error>

#include <errno.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libs/foundation/process_spawn.h"

namespace watchglass {
namespace {

using std::chrono::milliseconds;

Failure pipe_trouble(std::string_view doing, int error) {
    return Failure{codes::io_error,
                   Next::give_up,
                   fmt::format("{}: {}.", doing, std::generic_category().message(error)),
                   {}};
}

ExitStatus status_of(int wait_status) {
    if (WIFSIGNALED(wait_status)) return {0, WTERMSIG(wait_status)};
    return {WEXITSTATUS(wait_status), 0};
}

int poll_time(milliseconds patience) {
    return static_cast<int>(std::clamp<std::int64_t>(patience.count(), 0, 24 * 3600 * 1000));
}

/// What arrives on a pipe until its end, or until `most` bytes.
Result<std::string> read_to_end(int fd, std::size_t most) {
    std::string all;
    std::array<char, 16384> piece{};
    while (all.size() <= most) {
        const ssize_t got = ::read(fd, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed(pipe_trouble("Reading from a program", errno));
        if (got == 0) return all;
        all.append(piece.data(), static_cast<std::size_t>(got));
    }
    return failed(Failure{
        codes::io_error, Next::give_up, fmt::format("A program wrote more than {} bytes.", most), {}});
}

/// SIGPIPE of a write to a child that is gone must not end us: it is blocked meanwhile, and taken back if it
/// came.
class WithoutSigpipe {
public:
    WithoutSigpipe() {
        sigemptyset(&sigpipe_);
        sigaddset(&sigpipe_, SIGPIPE);
        sigset_t pending;
        sigpending(&pending);
        was_pending_ = sigismember(&pending, SIGPIPE) == 1;
        pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
    }
    ~WithoutSigpipe() {
        if (!was_pending_) {
            const timespec at_once{};
            while (sigtimedwait(&sigpipe_, nullptr, &at_once) < 0 && errno == EINTR) {
            }
        }
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    WithoutSigpipe(const WithoutSigpipe&) = delete;
    WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

private:
    sigset_t sigpipe_{};
    sigset_t before_{};
    bool was_pending_ = false;
};

}  // namespace

std::string ExitStatus::text() const {
    return signal != 0 ? fmt::format("signal {}", signal) : fmt::format("exit code {}", code);
}

Result<ChildProcess> ChildProcess::spawn(const SpawnOptions& options) {
    auto spawned = spawning::spawn(options);
    if (!spawned) return failed(std::move(spawned));
    ChildProcess child;
    child.pid_ = spawned->pid;
    child.own_group_ = options.new_process_group;
    child.in_ = std::move(spawned->in);
    child.out_ = std::move(spawned->out);
    child.err_ = std::move(spawned->err);
    // glibc 2.36 declares pidfd_open() without C linkage: C++ cannot link to it.
    child.handle_.reset(static_cast<int>(::syscall(SYS_pidfd_open, child.pid_, 0)));
    if (!child.handle_) return failed(pipe_trouble("pidfd_open", errno));
    return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept { *this = std::move(other); }

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    if (this == &other) return *this;
    if (pid_ > 0) terminate(milliseconds{0});
    pid_ = std::exchange(other.pid_, -1);
    own_group_ = other.own_group_;
    handle_ = std::move(other.handle_);
    ended_ = std::exchange(other.ended_, std::nullopt);
    in_ = std::move(other.in_);
    out_ = std::move(other.out_);
    err_ = std::move(other.err_);
    return *this;
}

ChildProcess::~ChildProcess() {
    if (pid_ <= 0 || ended_) return;
    kill_group();
    ::waitpid(pid_, nullptr, 0);
}

bool ChildProcess::running() { return pid_ > 0 && !wait(milliseconds{0}); }

std::optional<ExitStatus> ChildProcess::wait(milliseconds patience) {
    if (ended_ || pid_ <= 0) return ended_;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    pollfd waiting{handle_.get(), POLLIN, 0};
    while (true) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
        const int ready = ::poll(&waiting, 1, poll_time(left));
        if (ready > 0) break;
        if (ready == 0 && left.count() <= 0) return std::nullopt;
        if (ready < 0 && errno != EINTR) return std::nullopt;
    }
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    ended_ = status_of(status);
    return ended_;
}

void ChildProcess::signal(int number) {
    if (pid_ > 0 && !ended_) ::kill(pid_, number);
}

void ChildProcess::kill_group() { ::kill(own_group_ ? -pid_ : pid_, SIGKILL); }

ExitStatus ChildProcess::terminate(milliseconds patience) {
    if (pid_ <= 0) return {};
    if (!ended_ && patience.count() > 0) {
        signal(SIGTERM);
        wait(patience);
    }
    while (!ended_) {
        kill_group();
        wait(milliseconds{1000});
    }
    return *ended_;
}

void ChildProcess::detach() {
    pid_ = -1;
    handle_.reset();
    in_.reset();
    out_.reset();
    err_.reset();
}

Result<void> ChildProcess::write_stdin(std::string_view bytes) {
    const WithoutSigpipe guard;
    while (!bytes.empty()) {
        const ssize_t written = ::write(in_.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return failed(pipe_trouble("Writing to a program", errno));
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<std::string> ChildProcess::read_stdout(std::size_t most) { return read_to_end(out_.get(), most); }
Result<std::string> ChildProcess::read_stderr(std::size_t most) { return read_to_end(err_.get(), most); }

}  // namespace watchglass
