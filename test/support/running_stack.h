// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/stack/account.h"
#include "cli/stack/description.h"
#include "libs/foundation/process.h"
#include "test/support/temporary_directory.h"

namespace watchglass::test {

/// Path of a program of this build.
std::filesystem::path program(const std::string& name);

/// How to start an agent that replays a pump test bench's recording and ends when all is stored. `speed`: how many times
/// the recording's own pace, or `max`.
SpawnOptions replaying_agent(const std::filesystem::path& instrument, const std::filesystem::path& recording,
                             const std::string& speed = "max");

/// The whole platform, started by `watchglass up` on a free port in a directory of its own, stopped with it.
///
/// The constructor returns when the stack says it is ready. What does not work throws, with the words of the program
/// concerned: tests and benchmarks end there.
class RunningStack {
public:
    RunningStack() : RunningStack(std::vector<std::string>{"--port", "0"}) {}
    /// `up` with these arguments.
    explicit RunningStack(const std::vector<std::string>& arguments);
    ~RunningStack();

    [[nodiscard]] const cli::StackDescription& description() const { return description_; }
    [[nodiscard]] const std::filesystem::path& directory() const { return layout_.directory(); }
    [[nodiscard]] const cli::Account& account() const { return account_; }
    /// A scratch directory beside the stack, for instruments and files.
    [[nodiscard]] std::filesystem::path scratch() const;

    /// Runs `watchglass ARGUMENTS... --dir <this stack>` to its end.
    [[nodiscard]] Finished cli(std::vector<std::string> arguments) const;
    /// The same, expected to succeed and to answer in JSON.
    [[nodiscard]] json::Value cli_json(std::vector<std::string> arguments) const;

    /// Rows of a query, one line each, columns separated by '|'. As the database's owner.
    [[nodiscard]] std::vector<std::string> sql(const std::string& query) const;
    [[nodiscard]] std::int64_t sql_number(const std::string& query) const;

    /// Whether the latest values hold all that is stored: they follow the commits, and say how far they have come.
    [[nodiscard]] bool latest_is_current() const;

    /// What a service says under /metrics, on its own socket.
    [[nodiscard]] std::string service_metrics(const std::string& name) const;

    /// The process id of a program right now.
    [[nodiscard]] int pid_of(const std::string& name) const;
    void kill(const std::string& name, int signal) const;

    /// Registers an instrument and enrolls it into `directory`; its device id.
    [[nodiscard]] std::string enroll(const std::filesystem::path& directory, const std::string& serial,
                                     const std::string& dictionary) const;

    /// Ends the launcher with a signal and tells how it ended.
    ExitStatus stop(int signal);
    /// `watchglass up` once more in the same directory, after stop().
    void start(const std::vector<std::string>& arguments);
    /// What the launcher said since it was started the last time.
    [[nodiscard]] std::string words() const;

private:
    TemporaryDirectory home_;
    cli::StackLayout layout_;
    cli::Account account_;
    cli::StackDescription description_;
    std::optional<ChildProcess> launcher_;
};

}  // namespace watchglass::test
