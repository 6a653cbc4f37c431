// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "libs/mqtt/session.h"
#include "test/simulation/dice.h"
#include "test/simulation/world.h"

namespace watchglass::simulation {

/// Whoever speaks with the broker. Its calls come as events of the world, never from within publish() or open().
class Client {
public:
    virtual ~Client() = default;
    virtual void on_connected() = 0;
    virtual void on_lost(const std::string& why) = 0;
    /// False: no room now; the message stays with the broker until Network::ready().
    virtual bool on_message(const mqtt::Message& message) = 0;
    virtual void on_published(std::uint64_t ticket) = 0;
};

/// One connection: bytes in order in each direction while it lives, and nothing of it after.
struct Link {
    std::string client_id;
    Client* client = nullptr;
    std::vector<std::string> filters;
    bool client_open = false;  ///< what the client believes
    bool broker_open = false;  ///< what the broker believes
    bool half_open = false;    ///< both believe it, and nothing arrives
    std::size_t window = 16;
    std::size_t under_way = 0;  ///< published and not acknowledged
    Microseconds up_at{0};      ///< when the last message of each direction arrives
    Microseconds down_at{0};
    std::deque<mqtt::Message> queue;  ///< at the broker, for this client
    std::size_t delivering = 0;
    std::deque<mqtt::Message> at_client;  ///< the client had no room
};

/// Networks and the broker between them. QoS 1 up is acknowledged when the broker has it; it keeps nothing on disk, its
/// queues are bounded and overflow silently.
class Network {
public:
    struct Settings {
        std::size_t queue_most = 1000;
        Microseconds latency_least{500};
        Microseconds latency_most{30'000};
    };
    Network(World& world, std::uint64_t seed, Settings settings);

    /// Dials; the client hears of success or failure later.
    std::shared_ptr<Link> open(Client& client, std::string client_id, std::vector<std::string> filters);
    /// The client's process is gone, or it hung up.
    void close(const std::shared_ptr<Link>& link);
    Result<void> publish(const std::shared_ptr<Link>& link, const mqtt::Message& message,
                         std::uint64_t ticket);
    /// The client has room again.
    void ready(const std::shared_ptr<Link>& link);

    // Faults.
    /// Of what was under way upstream the beginning still arrives.
    void cut(const std::shared_ptr<Link>& link);
    /// Nothing arrives any more; both ends notice after `time`.
    void go_half_open(const std::shared_ptr<Link>& link, Microseconds time);
    void kill_broker(Microseconds down);
    void set_queue_most(std::size_t most) { settings_.queue_most = most; }
    /// So large a share of messages reaches subscribers a second time, and so large a one late.
    void set_disorder(double share) { disorder_ = share; }

    [[nodiscard]] bool broker_up() const { return broker_up_; }

private:
    using LinkPtr = std::shared_ptr<Link>;
    Microseconds arrival(Microseconds& last);
    void tell_lost(const LinkPtr& link, const std::string& why);
    void route(const mqtt::Message& message);
    void enqueue(const LinkPtr& link, const mqtt::Message& message);
    void enqueue_late(const LinkPtr& link, const mqtt::Message& message);
    void deliver(const LinkPtr& link);
    void arrive(const LinkPtr& link, const mqtt::Message& message);
    void forget(const LinkPtr& link);

    World& world_;
    Dice latency_;
    Dice chaos_;
    Settings settings_;
    std::vector<LinkPtr> links_;
    bool broker_up_ = true;
    std::uint64_t broker_run_ = 0;  ///< which life of the broker
    double disorder_ = 0;
};

}  // namespace watchglass::simulation
