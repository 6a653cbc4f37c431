// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/foundation/result.h"
#include "libs/security/connection_policy.h"

/// MQTT 5 without a word about the library that speaks it (paho_link.cpp is the only file that knows).
namespace watchglass::mqtt {

struct Message {
    std::string topic;
    Bytes payload;
    int qos = 1;  ///< 0 or 1
    bool retain = false;
};

/// What the session tells its owner. Called on the session's own thread, one call at a time: return at once, never
/// call back into the session's stop() from here; publish() is fine. Any of them may be empty.
///
/// While the owner is slow, up to `inbox_bytes` of messages wait; what arrives beyond that is dropped and counted in
/// Session::dropped(), which no protocol of ours is harmed by (whoever sent it asks again).
struct Events {
    std::function<void()> on_connected;           ///< subscriptions are in place
    std::function<void(const Failure&)> on_lost;  ///< also for each failed attempt to connect
    std::function<void(Message&&)> on_message;
    /// The broker has the message (PUBACK) or never will have it from this attempt. A hint about the link, never
    /// proof that anything was stored.
    std::function<void(std::uint64_t ticket, bool received)> on_published;
};

struct SessionSettings {
    security::ConnectionPolicy policy;
    std::string client_id;
    std::vector<std::string> subscriptions;  ///< renewed at each connect, until subscribe_to()
    int subscription_qos = 1;  ///< 0: a message that the link loses is not sent again by the broker
    std::optional<Message> will;
    std::chrono::seconds keep_alive{30};
    std::size_t window = 16;    ///< publishes under way, 1..1000; kept below what the broker allows (20)
    std::string alpn = "mqtt";  ///< `mqtt` or `x-amzn-mqtt-ca`: tells the one public port what we speak
    std::size_t inbox_bytes = 32u << 20;                 ///< payload bytes that may wait for a slow owner
    std::chrono::milliseconds connect_patience{20'000};  ///< from dialing to subscribed
    std::chrono::milliseconds reconnect_first{500};
    std::chrono::milliseconds reconnect_most{60'000};
};

/// One client of a broker: connects, comes back after every loss (backed off and jittered), always with a clean
/// start: what matters is in journals and tables, never in a broker session.
///
/// publish() may be called from any thread. Destroying the session stops it.
class Session {
public:
    virtual ~Session() = default;
    /// Returns at once; the first on_connected or on_lost tells how it went.
    virtual Result<void> start() = 0;
    /// Sends a DISCONNECT (no will) and returns when no callback runs any more. Idempotent.
    virtual void stop(std::chrono::milliseconds patience) = 0;
    /// Hands a message to the link. Never blocks: mqtt.window_full (retry after on_published) or mqtt.not_connected.
    /// `ticket` is the caller's and comes back in on_published, QoS 1 only.
    virtual Result<void> publish(const Message& message, std::uint64_t ticket) = 0;
    [[nodiscard]] virtual bool connected() const = 0;
    /// From now on these subscriptions: on a live link the broker is told the difference alone, while the others go on.
    /// Returns at once; subscribed() tells when it is done.
    virtual void subscribe_to(std::vector<std::string> subscriptions) = 0;
    /// Connected, and the broker has confirmed exactly the subscriptions that were asked for last.
    [[nodiscard]] virtual bool subscribed() const = 0;
    /// Drops the connection and comes back with everything new below it, at once: for an owner that sees no progress
    /// on a link that looks healthy. on_lost is called as for any loss.
    virtual void renew() = 0;
    /// Messages dropped because the owner was too slow, since start().
    [[nodiscard]] virtual std::uint64_t dropped() const = 0;
    /// Bytes of messages that wait for a slow owner; at most `inbox_bytes`. 0 for a session that never lets any wait.
    [[nodiscard]] virtual std::uint64_t waiting_bytes() const { return 0; }
};

namespace codes {
inline constexpr Code not_connected{"mqtt.not_connected", "The link to the broker is down.",
                                    "Wait: the session reconnects by itself."};
inline constexpr Code window_full{"mqtt.window_full", "Too many messages are under way.",
                                  "Wait for an acknowledgement."};
inline constexpr Code refused{
    "mqtt.refused", "The broker refused this client.",
    "Check that the device is enrolled and not revoked: watchglass device show DEVICE."};
inline constexpr Code unreachable{
    "mqtt.unreachable", "No connection to the broker came about.",
    "Check the network path, the host name and the port; the session keeps trying."};
inline constexpr Code proxy_refused{
    "mqtt.proxy_refused", "The HTTP proxy did not let the connection through.",
    "Check the proxy's address, user and password, and that it allows CONNECT to port 443."};
inline constexpr Code lost{"mqtt.lost", "The connection to the broker was lost.",
                           "Wait: the session reconnects by itself."};
}  // namespace codes

/// The session over Paho. The policy's trust must be a file (first contact by pin is HTTPS only).
///
/// Removes http_proxy and https_proxy from the environment of the process, which Paho would follow silently: the
/// policy alone decides. A policy with a verification_time sets it for every TLS client of the process that verifies
/// servers through OpenSSL's defaults (security::set_process_verification_time).
std::unique_ptr<Session> make_paho_session(SessionSettings settings, Events events);

}  // namespace watchglass::mqtt
