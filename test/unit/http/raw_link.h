// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "libs/foundation/file.h"
#include "test/support/wait.h"

namespace watchglass::test {

/// A client that says exactly what a test wants it to say, byte for byte.
class RawLink {
public:
    static RawLink to(const std::filesystem::path& unix_socket);

    /// False when the other side is gone.
    bool say(std::string_view bytes);
    /// Everything until the other side closes.
    std::string hear_all();
    /// What came up to and including `end`; all there was if the other side closes before.
    std::string hear_until(std::string_view end);
    void hang_up() { fd_.reset(); }

private:
    explicit RawLink(UniqueFd fd) : fd_(std::move(fd)) {}
    bool hear_more();

    UniqueFd fd_;
    std::string heard_;
};

/// A server for one connection on loopback that hears a head (or the begin of a TLS hello) and answers with
/// fixed bytes.
class ScriptedServer {
public:
    explicit ScriptedServer(std::string answer);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// The head that was heard; waits for it.
    std::string heard();

private:
    struct State;
    std::uint16_t port_ = 0;
    std::unique_ptr<State> state_;
};

}  // namespace watchglass::test
