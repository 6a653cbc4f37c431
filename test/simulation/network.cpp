// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/network.h"

#include <algorithm>

namespace watchglass::simulation {
namespace {

constexpr std::size_t deliveries_under_way = 8;

/// One filter with at most `+` and a last `#`.
bool matches(std::string_view filter, std::string_view topic) {
    while (true) {
        const auto level = filter.substr(0, filter.find('/'));
        if (level == "#") return true;
        const auto name = topic.substr(0, topic.find('/'));
        if (level != "+" && level != name) return false;
        const bool more_filter = level.size() < filter.size();
        const bool more_topic = name.size() < topic.size();
        if (more_filter != more_topic) return false;
        if (!more_filter) return true;
        filter.remove_prefix(level.size() + 1);
        topic.remove_prefix(name.size() + 1);
    }
}

}  // namespace

Network::Network(World& world, std::uint64_t seed, Settings settings)
    : world_(world), latency_(seed, "latency"), chaos_(seed, "network"), settings_(settings) {}

/// Each direction of a connection keeps its order.
Microseconds Network::arrival(Microseconds& last) {
    const auto span = static_cast<std::uint64_t>((settings_.latency_most - settings_.latency_least).count());
    const Microseconds delay =
        settings_.latency_least + Microseconds{static_cast<std::int64_t>(latency_.below(span))};
    last = std::max(last, world_.now() + delay);
    return last;
}

std::shared_ptr<Link> Network::open(Client& client, std::string client_id, std::vector<std::string> filters) {
    auto link = std::make_shared<Link>();
    link->client_id = std::move(client_id);
    link->client = &client;
    link->filters = std::move(filters);
    const std::uint64_t run = broker_run_;
    world_.at(arrival(link->up_at), [this, link, run] {
        if (link->client == nullptr) return;
        if (!broker_up_ || run != broker_run_) {
            link->client->on_lost("unreachable");
            return;
        }
        // A second connection under one name takes the place of the first.
        for (const LinkPtr& other : std::vector<LinkPtr>(links_)) {
            if (other->client_id == link->client_id && other->broker_open) {
                forget(other);
                tell_lost(other, "taken over");
            }
        }
        link->broker_open = true;
        links_.push_back(link);
        world_.at(arrival(link->down_at), [link] {
            if (link->client == nullptr || !link->broker_open) return;
            link->client_open = true;
            link->client->on_connected();
        });
    });
    return link;
}

void Network::close(const LinkPtr& link) {
    if (!link) return;
    link->client = nullptr;
    link->client_open = false;
    forget(link);
}

void Network::forget(const LinkPtr& link) {
    link->broker_open = false;
    link->queue.clear();
    std::erase(links_, link);
}

void Network::tell_lost(const LinkPtr& link, const std::string& why) {
    if (link->client == nullptr) return;
    link->client_open = false;
    link->at_client.clear();
    Client* client = std::exchange(link->client, nullptr);
    client->on_lost(why);
}

Result<void> Network::publish(const LinkPtr& link, const mqtt::Message& message, std::uint64_t ticket) {
    if (!link || !link->client_open)
        return failed(Failure{mqtt::codes::not_connected, Next::retry_later, {}, {}});
    if (message.qos > 0 && link->under_way >= link->window) {
        return failed(Failure{mqtt::codes::window_full, Next::retry_later, {}, {}});
    }
    if (message.qos > 0) ++link->under_way;
    world_.at(arrival(link->up_at), [this, link, message, ticket] {
        if (!link->broker_open || link->half_open) return;
        route(message);
        if (message.qos == 0) return;
        world_.at(arrival(link->down_at), [link, ticket] {
            if (link->client == nullptr || !link->client_open || link->half_open) return;
            --link->under_way;
            link->client->on_published(ticket);
        });
    });
    return {};
}

void Network::route(const mqtt::Message& message) {
    for (const LinkPtr& link : std::vector<LinkPtr>(links_)) {
        const bool wanted =
            std::any_of(link->filters.begin(), link->filters.end(),
                        [&](const std::string& filter) { return matches(filter, message.topic); });
        if (wanted) enqueue(link, message);
    }
}

void Network::enqueue(const LinkPtr& link, const mqtt::Message& message) {
    if (link->queue.size() + link->at_client.size() >= settings_.queue_most) {
        world_.hit(Point::broker_queue_overflow);
        return;  // silently: the publisher was told that the broker has it
    }
    if (disorder_ > 0 && chaos_.chance(disorder_)) {
        world_.hit(Point::network_reordered);
        return enqueue_late(link, message);
    }
    link->queue.push_back(message);
    if (disorder_ > 0 && chaos_.chance(disorder_)) {
        world_.hit(Point::network_duplicated);
        enqueue_late(link, message);
    }
    deliver(link);
}

void Network::enqueue_late(const LinkPtr& link, const mqtt::Message& message) {
    const Microseconds late{static_cast<std::int64_t>(chaos_.below(2'000'000))};
    world_.after(late, [this, link, message] {
        if (!link->broker_open) return;
        link->queue.push_back(message);
        deliver(link);
    });
}

void Network::deliver(const LinkPtr& link) {
    while (link->broker_open && !link->queue.empty() &&
           link->delivering + link->at_client.size() < deliveries_under_way) {
        ++link->delivering;
        world_.at(arrival(link->down_at), [this, link, message = std::move(link->queue.front())] {
            --link->delivering;
            arrive(link, message);
            deliver(link);
        });
        link->queue.pop_front();
    }
}

void Network::arrive(const LinkPtr& link, const mqtt::Message& message) {
    if (link->client == nullptr || !link->client_open || link->half_open) return;
    if (!link->at_client.empty() || !link->client->on_message(message)) link->at_client.push_back(message);
}

void Network::ready(const LinkPtr& link) {
    if (!link || link->client == nullptr) return;
    while (!link->at_client.empty() && link->client->on_message(link->at_client.front()))
        link->at_client.pop_front();
    deliver(link);
}

void Network::cut(const LinkPtr& link) {
    if (!link || link->client == nullptr) return;
    if (link->broker_open && link->up_at > world_.now()) {
        world_.hit(Point::network_cut_mid_message);
        const auto span = static_cast<std::uint64_t>((link->up_at - world_.now()).count());
        world_.after(Microseconds{static_cast<std::int64_t>(chaos_.below(span + 1))},
                     [this, link] { forget(link); });
    } else {
        forget(link);
    }
    tell_lost(link, "cut");
}

void Network::go_half_open(const LinkPtr& link, Microseconds time) {
    if (!link || link->client == nullptr || !link->client_open) return;
    world_.hit(Point::network_half_open);
    link->half_open = true;
    world_.after(time, [this, link] {
        forget(link);
        tell_lost(link, "silent");
    });
}

void Network::kill_broker(Microseconds down) {
    if (!broker_up_) return;
    world_.hit(Point::broker_killed);
    broker_up_ = false;
    ++broker_run_;
    for (const LinkPtr& link : std::vector<LinkPtr>(links_)) {
        forget(link);
        tell_lost(link, "broker killed");
    }
    world_.after(down, [this] {
        broker_up_ = true;
        world_.hit(Point::broker_restarted_empty);
        world_.note("broker: up again, empty");
    });
}

}  // namespace watchglass::simulation
