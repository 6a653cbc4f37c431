// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <variant>

#include "libs/foundation/bytes.h"
#include "libs/foundation/file.h"

namespace watchglass::faults {

enum class Direction : std::uint8_t { to_server, from_server };
/// What becomes of a connection: it goes on; both ends are closed; or nothing passes any more while both stay open.
enum class Then : std::uint8_t { go_on, cut, stall };

/// A piece of a connection's bytes on its way.
struct Passing {
    std::uint64_t connection = 0;
    Direction direction = Direction::to_server;
    std::uint64_t before = 0;  ///< bytes that passed in this direction before, over all connections
    ByteSpan bytes;
};
/// How much of it passes, and what then.
struct Passage {
    std::size_t forward = 0;
    Then then = Then::go_on;
};
/// Called on the relay's thread, one piece at a time.
using Gate = std::function<Passage(const Passing&)>;

/// Everything passes until `bytes` have passed in that direction; then the connection that carried the last one ends so.
/// Once: whatever is connected later passes.
Gate at_byte(Direction direction, std::uint64_t bytes, Then then);

/// Stands between a program and its server, on a loopback port or a Unix socket, with one thread of its own.
class Relay {
public:
    using Address = std::variant<std::uint16_t, std::filesystem::path>;

    Relay(Address listen, Address server);
    ~Relay();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    /// From now on; the count of bytes begins anew. Without one everything passes.
    void set_gate(Gate gate);
    /// Ends the stalled connections, as a router does that has forgotten them.
    void drop_stalled();

    [[nodiscard]] std::uint64_t passed(Direction direction) const;
    /// Connections that the gate cut or stalled.
    [[nodiscard]] int hit() const { return hit_; }

private:
    struct Pair {
        std::uint64_t number = 0;
        UniqueFd client;
        UniqueFd server;
        bool stalled = false;
        bool over = false;
    };
    void run();
    void accept_one();
    void carry(Pair& pair, Direction direction);

    Address server_;
    UniqueFd listener_;
    UniqueFd wake_;
    std::atomic<bool> ending_{false};
    std::atomic<bool> drop_stalled_{false};
    std::atomic<int> hit_{0};
    mutable std::mutex mutex_;
    Gate gate_;
    std::uint64_t passed_[2] = {};
    std::uint64_t connections_ = 0;
    std::list<Pair> pairs_;  ///< the thread's own
    std::thread thread_;
};

}  // namespace watchglass::faults
