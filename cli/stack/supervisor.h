// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/stack/account.h"
#include "cli/stack/layout.h"
#include "libs/foundation/result.h"

namespace watchglass::cli {

/// How one program of the stack is started, recognized as ready, and stopped.
struct ProgramSpec {
    std::string name;                  ///< also of its log: log/<name>.log
    std::vector<std::string> command;  ///< program and arguments; never a secret
    std::map<std::string, std::string> environment;
    /// Ready when this says so (polled); absent: when the program itself says READY=1 (sd_notify(3)).
    std::function<bool()> probe;
    std::chrono::seconds ready_within{30};
    int stop_signal = SIGTERM;
    int standard_input = -1;  ///< a descriptor of ours that the program gets as its stdin; -1: /dev/null
};

/// Runs a stack's programs: starts them in order, each only when the one before is ready, starts again what ends by
/// itself (backed off up to 10 s), stops them in the opposite order, and leaves no process behind, not even when it is
/// killed itself.
///
/// One thread at a time, and always the same one: the kernel ends a child when the thread that started it ends.
class Supervisor {
public:
    Supervisor(const StackLayout& layout, const Account& account);
    ~Supervisor();  ///< stop()

    /// Starts one program and waits until it is ready. Fails (stack.program_failed, with the end of its log) when it
    /// ends before, when its time is up, or when `cancelled` turns true.
    Result<void> start(ProgramSpec spec, const std::atomic<bool>& cancelled);

    /// Watches over everything started until `cancelled` turns true.
    void watch(const std::atomic<bool>& cancelled);

    /// In reverse order; each gets 10 s before it is killed. Idempotent.
    void stop();

    /// Process ids by name, as of now; for stack.json and tests.
    [[nodiscard]] std::map<std::string, int> process_ids() const;

    /// Called after each restart, on the watching thread.
    std::function<void()> on_change;

private:
    struct Running;
    const StackLayout& layout_;
    Account account_;
    std::vector<std::unique_ptr<Running>> running_;
};

}  // namespace watchglass::cli
