// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libs/mqtt/session.h"
#include "schemas/topics/topics.h"
#include "test/support/mosquitto.h"
#include "test/support/wait.h"

namespace watchglass::test {

/// A session that remembers what happened to it. Quick to reconnect.
class Client {
public:
    explicit Client(mqtt::SessionSettings settings);
    ~Client() { session_->stop(std::chrono::seconds{2}); }

    mqtt::Session& session() { return *session_; }
    [[nodiscard]] bool comes_up() const;
    /// The first reason why it did not come up or fell; waits for one.
    [[nodiscard]] std::string refusal() const;
    [[nodiscard]] int connections() const { return connections_; }
    [[nodiscard]] int losses() const { return losses_; }

    /// Publishes at QoS 1 and waits for the broker's answer: true when it took the message.
    bool publish(const std::string& topic, const std::string& payload = "x", bool retain = false);
    [[nodiscard]] bool receives(const std::string& topic, const std::string& payload = "x") const;
    [[nodiscard]] std::size_t received() const;

private:
    mutable std::mutex mutex_;
    std::vector<mqtt::Message> messages_;
    std::optional<std::string> refusal_;
    std::map<std::uint64_t, bool> answers_;
    std::uint64_t next_ticket_ = 0;
    std::atomic<int> connections_{0};
    std::atomic<int> losses_{0};
    std::unique_ptr<mqtt::Session> session_;
};

mqtt::SessionSettings device_settings(const TestBroker& broker, const EnrolledDevice& device,
                                      std::vector<std::string> subscriptions = {});
mqtt::SessionSettings service_settings(TestBroker& broker, const std::string& name,
                                       std::vector<std::string> subscriptions = {});

/// Sends raw bytes over TLS as this device and gives what came back until the broker closed. With `tls`, further
/// arguments of `openssl s_client`.
std::string say_raw(const TestBroker& broker, const EnrolledDevice& device, const std::string& bytes,
                    const std::vector<std::string>& tls = {});
/// The same with everything that openssl itself says, unless the arguments keep it from that.
std::string run_openssl(const TestBroker& broker, const EnrolledDevice& device, const std::string& bytes,
                        const std::vector<std::string>& arguments);
/// A CONNECT packet without properties; version 4 is MQTT 3.1.1. With a will topic, a will of QoS 0 with payload "w".
std::string mqtt_connect(char version, const std::string& client_id, const std::string& will_topic = "");

/// A device id that begins with this letter.
DeviceId device_id(char shard, const std::string& tail = "a");

}  // namespace watchglass::test
