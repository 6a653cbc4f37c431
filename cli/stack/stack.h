// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/stack/account.h"
#include "cli/stack/description.h"
#include "cli/stack/layout.h"
#include "cli/stack/programs.h"
#include "cli/stack/supervisor.h"
#include "libs/foundation/file.h"
#include "libs/foundation/result.h"

namespace watchglass::cli {

/// The whole platform on one machine, in one state directory, behind one public port.
///
/// One thread for all calls (see Supervisor). Only the public port is reachable from outside; everything else is a
/// Unix socket in run/ or a loopback port.
class Stack {
public:
    /// Finds programs and account, takes the directory (another stack in it: stack.directory_in_use) and the port.
    /// `ingest`: so many ingest processes.
    static Result<std::unique_ptr<Stack>> prepare(StackLayout layout, std::optional<std::uint16_t> port,
                                                  int ingest = 1);

    /// Starts everything in order; says what it is doing through `progress`. When it returns, an instrument can enroll.
    Result<void> start(const std::atomic<bool>& cancelled,
                       const std::function<void(std::string_view)>& progress);
    /// Starts a program beside the stack: a demo's instrument.
    Result<void> start_beside(ProgramSpec spec, const std::atomic<bool>& cancelled);
    /// Restarts what ends by itself, until cancelled.
    void watch(const std::atomic<bool>& cancelled);
    void stop();  ///< leaves no process; stack.json goes with it

    [[nodiscard]] const StackLayout& layout() const { return layout_; }
    [[nodiscard]] const Programs& programs() const { return programs_; }
    [[nodiscard]] const Account& account() const { return account_; }
    [[nodiscard]] const StackDescription& description() const { return description_; }
    /// The public port of the start before, where instruments enrolled then look for the platform.
    [[nodiscard]] std::optional<std::uint16_t> port_last_time() const { return port_last_time_; }

    ~Stack();

private:
    Stack(StackLayout layout, Programs programs, Account account, UniqueFd lock, UniqueFd public_socket);

    Result<void> make_directories();
    Result<void> make_credentials();
    Result<void> start_services(const std::atomic<bool>& cancelled,
                                const std::function<void(std::string_view)>& progress);
    Result<void> publish_description();

    StackLayout layout_;
    Programs programs_;
    Account account_;
    UniqueFd lock_;           ///< held as long as the stack runs
    UniqueFd public_socket_;  ///< stays open while the front door is started again
    std::optional<std::uint16_t> port_last_time_;
    int ingest_ = 1;  ///< processes
    StackDescription description_;
    Supervisor supervisor_;
};

}  // namespace watchglass::cli
