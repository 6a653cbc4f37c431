// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <sys/types.h>

#include "libs/foundation/file.h"
#include "libs/foundation/result.h"

namespace watchglass {

namespace codes {
inline constexpr Code not_started{"foundation.not_started", "A program could not be started.",
                                  "Check that it is installed and may be executed."};
}  // namespace codes

/// Where one of a child's three standard streams leads.
struct InheritStream {};  ///< the same as ours
struct NullStream {};     ///< /dev/null
struct PipeStream {};     ///< to us: write_stdin(), read_stdout(), read_stderr()
struct FileStream {       ///< input: must exist; output: created with mode 0640 and appended to
    std::filesystem::path path;
};
struct DescriptorStream {  ///< an open descriptor of ours, which stays ours: a file, or a socket that listens
    int fd = -1;
};
using Stream = std::variant<InheritStream, NullStream, PipeStream, FileStream, DescriptorStream>;

struct SpawnOptions {
    /// argv[0] with a slash is a path, otherwise looked up in PATH. Never put a secret here: everybody can
    /// read it.
    std::vector<std::string> argv{};
    /// Added to our own environment; an empty value removes the variable.
    std::vector<std::pair<std::string, std::string>> environment{};
    std::filesystem::path directory{};  ///< empty: ours
    /// Run as this user, with that user's supplementary groups. Only root may. The program file and the
    /// directory are opened before privileges are dropped, so the user needs no access to their paths.
    std::optional<uid_t> uid{};
    std::optional<gid_t> gid{};
    Stream in = NullStream{};
    Stream out = InheritStream{};
    Stream err = InheritStream{};
    bool new_process_group =
        true;  ///< a terminal's ^C does not reach it; SIGKILL reaches what it started too
    /// The kernel sends SIGKILL when the *thread* that called spawn() ends: spawn from main or a lasting
    /// thread.
    bool die_with_parent = true;
};

/// How a program ended.
struct ExitStatus {
    int code = 0;    ///< of exit(3), when signal is 0
    int signal = 0;  ///< that ended it
    [[nodiscard]] bool success() const { return code == 0 && signal == 0; }
    [[nodiscard]] std::string text() const;  ///< "exit code 3", "signal 9"
};

struct Finished;

/// A program that we started. One thread at a time. The destructor kills what still runs, and reaps it.
class ChildProcess {
public:
    /// Fails with codes::not_started, also when the program file does not exist or may not be executed.
    static Result<ChildProcess> spawn(const SpawnOptions& options);

    ChildProcess(ChildProcess&&) noexcept;
    ChildProcess& operator=(ChildProcess&&) noexcept;
    ~ChildProcess();

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] bool running();

    /// Nothing when it still runs after `patience`. Says the same again once it has ended.
    std::optional<ExitStatus> wait(std::chrono::milliseconds patience);
    /// Does nothing once it has ended.
    void signal(int number);
    /// SIGTERM, then SIGKILL (to its whole group, if it has its own) when it is still there after `patience`.
    ExitStatus terminate(std::chrono::milliseconds patience);
    /// Lets it live on after us; it is not ours any more.
    void detach();

    /// Writes all of it, then keeps the pipe open. Do not write more than the child reads while it waits for
    /// us.
    Result<void> write_stdin(std::string_view bytes);
    void close_stdin() { in_.reset(); }
    /// Everything until the child closes the stream, at most `most` bytes.
    Result<std::string> read_stdout(std::size_t most = 64u << 20);
    Result<std::string> read_stderr(std::size_t most = 64u << 20);

private:
    friend Result<Finished> run_program(SpawnOptions, std::chrono::milliseconds, std::string_view);
    ChildProcess() = default;
    void kill_group();
    Result<void> exchange(std::string_view input, std::string& out, std::string& err,
                          std::chrono::steady_clock::time_point deadline);

    pid_t pid_ = -1;
    bool own_group_ = false;
    UniqueFd handle_;  ///< pidfd: readable once the child has ended
    std::optional<ExitStatus> ended_;
    UniqueFd in_;
    UniqueFd out_;
    UniqueFd err_;
};

/// What a program said and how it ended.
struct Finished {
    ExitStatus status;
    std::string out;
    std::string err;
};

/// Runs a program to its end with both outputs collected (the options' streams are ignored) and `input` on
/// its stdin. Killed after `patience`: codes::timed_out. Output beyond 64 MiB is dropped.
Result<Finished> run_program(SpawnOptions options, std::chrono::milliseconds patience,
                             std::string_view input = {});

}  // namespace watchglass
