// SPDX-License-Identifier: Apache-2.0
// run_program(): feeds one pipe and drains two at once, so that no side waits for the other for ever.
#include <algorithm>
#include <array>

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "libs/foundation/process.h"

namespace watchglass {
namespace {

using std::chrono::milliseconds;
constexpr std::size_t most_output = 64u << 20;

void never_block(const UniqueFd& fd) {
    if (fd) ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

/// Reads what is there; closes the pipe at its end.
void drain(UniqueFd& pipe, std::string& into) {
    std::array<char, 16384> piece{};
    const ssize_t got = ::read(pipe.get(), piece.data(), piece.size());
    if (got > 0 && into.size() < most_output) into.append(piece.data(), static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) pipe.reset();
}

}  // namespace

Result<void> ChildProcess::exchange(std::string_view input, std::string& out, std::string& err,
                                    std::chrono::steady_clock::time_point deadline) {
    for (const auto* pipe : {&in_, &out_, &err_}) never_block(*pipe);
    if (input.empty()) in_.reset();
    while (in_ || out_ || err_) {
        std::array<pollfd, 3> waiting{
            {{in_.get(), POLLOUT, 0}, {out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}}};
        const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            return failed(Failure{codes::timed_out, Next::retry_later, "A program did not end in time.", {}});
        }
        const auto patience = static_cast<int>(std::min<std::int64_t>(left.count(), 60'000));
        if (::poll(waiting.data(), waiting.size(), patience) < 0) continue;  // EINTR: the deadline decides
        if (waiting[0].revents != 0) {
            const auto piece = input.substr(0, 4096);  // PIPE_BUF: never blocks once poll said yes
            if (!write_stdin(piece)) {
                in_.reset();  // it does not want to read more; how it ends tells the rest
            } else if (input.remove_prefix(piece.size()); input.empty()) {
                in_.reset();
            }
        }
        if (waiting[1].revents != 0) drain(out_, out);
        if (waiting[2].revents != 0) drain(err_, err);
    }
    return {};
}

Result<Finished> run_program(SpawnOptions options, milliseconds patience, std::string_view input) {
    options.in = input.empty() ? Stream{NullStream{}} : Stream{PipeStream{}};
    options.out = PipeStream{};
    options.err = PipeStream{};
    const auto program = options.argv.empty() ? std::string{} : options.argv[0];
    const auto deadline = std::chrono::steady_clock::now() + patience;
    auto child = ChildProcess::spawn(options);
    if (!child) return failed(std::move(child));

    Finished finished;
    auto talked = child->exchange(input, finished.out, finished.err, deadline);
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    const auto status = talked ? child->wait(std::max(left, milliseconds{0})) : std::nullopt;
    if (!status) {
        return failed(Failure{codes::timed_out, Next::retry_later,
                              fmt::format("{} did not end within {} ms.", program, patience.count()),
                              finished.err});
    }
    finished.status = *status;
    return finished;
}

}  // namespace watchglass
