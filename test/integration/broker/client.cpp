// SPDX-License-Identifier: Apache-2.0
#include "test/integration/broker/client.h"

#include <algorithm>
#include <utility>

namespace watchglass::test {

Client::Client(mqtt::SessionSettings settings) {
    settings.reconnect_first = std::chrono::milliseconds{50};
    settings.reconnect_most = std::chrono::milliseconds{200};
    mqtt::Events events;
    events.on_connected = [this] { ++connections_; };
    events.on_lost = [this](const Failure& why) {
        const std::lock_guard lock(mutex_);
        ++losses_;
        if (!refusal_) refusal_ = std::string(why.code.name) + ": " + why.message() + " (" + why.cause + ")";
    };
    events.on_message = [this](mqtt::Message&& message) {
        const std::lock_guard lock(mutex_);
        messages_.push_back(std::move(message));
    };
    events.on_published = [this](std::uint64_t ticket, bool received) {
        const std::lock_guard lock(mutex_);
        answers_[ticket] = received;
    };
    session_ = mqtt::make_paho_session(std::move(settings), std::move(events));
    if (auto started = session_->start(); !started) throw std::runtime_error(started.error().message());
}

bool Client::comes_up() const {
    return eventually([&] { return session_->connected(); });
}

std::string Client::refusal() const {
    eventually([&] {
        const std::lock_guard lock(mutex_);
        return refusal_.has_value();
    });
    const std::lock_guard lock(mutex_);
    return refusal_.value_or("never refused");
}

bool Client::publish(const std::string& topic, const std::string& payload, bool retain) {
    const auto bytes = as_bytes(payload);
    const auto ticket = ++next_ticket_;
    const auto handed = session_->publish(
        {.topic = topic, .payload = {bytes.begin(), bytes.end()}, .qos = 1, .retain = retain}, ticket);
    if (!handed) return false;
    bool answer = false;
    eventually([&] {
        const std::lock_guard lock(mutex_);
        const auto found = answers_.find(ticket);
        if (found == answers_.end()) return false;
        answer = found->second;
        return true;
    });
    return answer;
}

bool Client::receives(const std::string& topic, const std::string& payload) const {
    return eventually([&] {
        const std::lock_guard lock(mutex_);
        return std::any_of(messages_.begin(), messages_.end(), [&](const mqtt::Message& m) {
            return m.topic == topic && as_text(m.payload) == payload;
        });
    });
}

std::size_t Client::received() const {
    const std::lock_guard lock(mutex_);
    return messages_.size();
}

mqtt::SessionSettings device_settings(const TestBroker& broker, const EnrolledDevice& device,
                                      std::vector<std::string> subscriptions) {
    mqtt::SessionSettings settings;
    settings.policy = broker.as_device(device);
    settings.client_id = device.id.text();
    settings.subscriptions = std::move(subscriptions);
    return settings;
}

mqtt::SessionSettings service_settings(TestBroker& broker, const std::string& name,
                                       std::vector<std::string> subscriptions) {
    mqtt::SessionSettings settings;
    settings.policy = broker.as_service(name);
    settings.client_id = "service-" + name + "-test";
    settings.subscriptions = std::move(subscriptions);
    return settings;
}

std::string run_openssl(const TestBroker& broker, const EnrolledDevice& device, const std::string& bytes,
                        const std::vector<std::string>& arguments) {
    SpawnOptions options;
    options.argv = {"openssl",  "s_client",
                    "-connect", "127.0.0.1:" + std::to_string(broker.devices_port()),
                    "-cert",    device.identity.certificate_chain,
                    "-key",     device.identity.private_key};
    options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
    const auto finished = run_program(options, patience, bytes);
    if (!finished) throw std::runtime_error(finished.error().message());
    return finished->out;
}

std::string say_raw(const TestBroker& broker, const EnrolledDevice& device, const std::string& bytes,
                    const std::vector<std::string>& tls) {
    std::vector<std::string> arguments{"-quiet"};
    arguments.insert(arguments.end(), tls.begin(), tls.end());
    return run_openssl(broker, device, bytes, arguments);
}

std::string mqtt_connect(char version, const std::string& client_id, const std::string& will_topic) {
    const auto text = [](const std::string& t) {
        return std::string(1, '\0') + static_cast<char>(t.size()) + t;
    };
    const std::string no_properties(version == 5 ? 1 : 0, '\0');
    const char flags = will_topic.empty() ? '\x02' : '\x06';
    std::string body =
        text("MQTT") + version + flags + text("").substr(0, 1) + '\x3c' + no_properties + text(client_id);
    if (!will_topic.empty()) body += no_properties + text(will_topic) + text("w");
    return std::string(1, '\x10') + static_cast<char>(body.size()) + body;
}

DeviceId device_id(char shard, const std::string& tail) {
    std::string text(1, shard);
    text += std::string(25 - tail.size(), 'b') + tail;
    return *DeviceId::parse(text);
}

}  // namespace watchglass::test
