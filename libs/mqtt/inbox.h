// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <variant>
#include <vector>

#include "libs/foundation/failure.h"
#include "libs/foundation/gathering.h"
#include "libs/mqtt/session.h"

namespace watchglass::mqtt {

/// The broker has accepted the client.
struct LinkConnected {
    std::size_t receive_maximum =
        65535;  ///< QoS 1 publishes the broker takes at once (MQTT 5, section 3.2.2.3.3)
};
/// The subscriptions asked for are in place.
struct LinkUp {};
/// Those asked to end have ended.
struct Unsubscribed {};
struct LinkDown {
    Failure why;
};
struct Arrived {
    Message message;
};
struct Published {
    std::uint32_t slot = 0;
    bool received = false;
};

struct LinkEvent {
    std::uint32_t link = 0;  ///< whose event: those of an older link are stale
    std::variant<LinkConnected, LinkUp, Unsubscribed, LinkDown, Arrived, Published> what;
};

/// Carries what a library's threads report to the session's own thread. post() never blocks and never calls out, so
/// that it is safe under whatever locks the library holds; take() empties the whole box at once.
class Inbox {
public:
    explicit Inbox(std::size_t message_bytes) : most_bytes_(message_bytes) {}

    void post(LinkEvent event);
    /// Everything there is, waiting up to `patience` for the first event. Returns early after wake().
    std::vector<LinkEvent> take(std::chrono::milliseconds patience);
    void wake();
    [[nodiscard]] std::uint64_t dropped() const;
    [[nodiscard]] std::uint64_t waiting_bytes() const;

private:
    const std::size_t most_bytes_;
    mutable std::mutex mutex_;
    std::condition_variable filled_;
    Gathering gathering_;
    std::vector<LinkEvent> events_;
    std::size_t bytes_ = 0;
    std::uint64_t dropped_ = 0;
    bool woken_ = false;
};

}  // namespace watchglass::mqtt
