// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "libs/security/connection_policy.h"
#include "schemas/values/identifiers.h"

namespace watchglass::bench {

/// Instruments by the ten thousand that connect and stay connected, in one thread. Throws what does not work.
class Swarm {
public:
    /// Each directory holds an identity from enrollment. Nothing is connected yet.
    explicit Swarm(const std::vector<std::filesystem::path>& directories);
    ~Swarm();

    /// Connects all that are not connected, each again until it is, with at most `at_once` handshakes under way. One is
    /// connected when the broker took its subscriptions, its status and its Hello.
    /// Seconds until the last was; throws after `patience`.
    double connect_all(std::size_t at_once, std::chrono::seconds patience);
    /// Until every link is known to be gone; throws when one stays for as long as `patience`.
    void lose_all(std::chrono::seconds patience);
    /// Reads what the platform says until it says nothing for a second.
    void settle();

    /// Reads what comes, until `enough` or for as long as `patience`. Links that are lost meanwhile stay so.
    void attend(const std::function<bool()>& enough, std::chrono::milliseconds patience);
    /// Dials each that is away once, whatever the broker says to it; how many of them are connected then.
    std::size_t try_once(std::chrono::milliseconds patience);

    /// Who is where, by the directories' order.
    [[nodiscard]] const DeviceId& device(std::size_t member) const;
    /// When the link that was lost last was; nothing while it never was.
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> lost_at(std::size_t member) const;

    [[nodiscard]] std::size_t connected() const;
    /// Handshakes that were begun and came to nothing, so far.
    [[nodiscard]] std::size_t failed_attempts() const;
    /// Hellos that ingest has answered, so far.
    [[nodiscard]] std::size_t answered() const;

private:
    struct Member;
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace watchglass::bench
