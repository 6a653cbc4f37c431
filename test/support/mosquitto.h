// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "broker-bridge/access/feed_server.h"
#include "certs/development_pki.h"
#include "libs/foundation/process.h"
#include "libs/security/connection_policy.h"
#include "schemas/values/identifiers.h"
#include "test/support/temporary_directory.h"

namespace watchglass::test {

/// Whom the broker runs as; nothing: as we do.
std::optional<std::pair<uid_t, gid_t>> broker_user();

/// An instrument with a certificate from the test's issuing authority.
struct EnrolledDevice {
    DeviceId id;
    security::ClientIdentity identity;
    broker::Fingerprint fingerprint{};
};

/// A real Mosquitto with our plugin, configured by deploy/mosquitto/mosquitto.conf.in, on ports of its own, with a PKI of
/// its own. As root it runs as user `mosquitto`. Failures to set it up are thrown (the test fails).
class TestBroker {
public:
    TestBroker();
    ~TestBroker();

    /// Starts it and waits until both listeners answer.
    void start();
    void stop();  ///< SIGTERM
    void kill();  ///< SIGKILL

    /// A certificate for this device; the registry knows nothing of it yet. `common_name` empty: the device id.
    EnrolledDevice make_device(const DeviceId& id, const std::string& common_name = "");
    security::ClientIdentity service(const std::string& name);

    [[nodiscard]] security::ConnectionPolicy as_device(const EnrolledDevice& device) const;
    [[nodiscard]] security::ConnectionPolicy as_service(const std::string& name);
    [[nodiscard]] std::uint16_t devices_port() const { return devices_port_; }
    [[nodiscard]] std::uint16_t services_port() const { return services_port_; }
    [[nodiscard]] int pid() const { return process_ ? static_cast<int>(process_->pid()) : 0; }

    [[nodiscard]] std::filesystem::path plugin_socket() const { return directory_ / "run/plugin.sock"; }
    [[nodiscard]] std::filesystem::path state_file() const { return directory_ / "state/access"; }
    /// What the broker and the plugin wrote to stderr so far.
    [[nodiscard]] std::string log() const;
    /// As root: lets the broker's user use a file that the test made.
    void hand_over(const std::filesystem::path& path) const;

private:
    TemporaryDirectory directory_;
    certs::DevelopmentPki pki_;
    std::uint16_t devices_port_ = 0;
    std::uint16_t services_port_ = 0;
    int certificates_ = 0;
    std::optional<ChildProcess> process_;
};

/// The registry's side of the access stream, in memory: what watchglass-bridged reads from PostgreSQL. Thread-safe.
class MemoryFeedStore final : public broker::FeedStore {
public:
    std::int64_t allow(const EnrolledDevice& device) { return append(broker::Op::allow, device); }
    std::int64_t deny(const EnrolledDevice& device) { return append(broker::Op::deny, device); }
    [[nodiscard]] std::int64_t confirmed_through() const;
    /// The latest word about each device.
    [[nodiscard]] std::optional<broker::PresenceChange> presence_of(const DeviceId& device) const;
    [[nodiscard]] broker::Counts latest_counts() const;
    /// Every call fails from now on, as with a database that is away.
    void be_away(bool away);

    Result<broker::Snapshot> snapshot() override;
    Result<std::optional<std::vector<broker::Change>>> changes_after(std::int64_t n,
                                                                     std::size_t most) override;
    Result<void> confirmed(std::int64_t n) override;
    Result<void> presence(const std::vector<broker::PresenceChange>& changes) override;
    Result<void> present(const std::vector<broker::PresenceChange>& devices) override;
    void counts(const broker::Counts& counts) override;

private:
    std::int64_t append(broker::Op op, const EnrolledDevice& device);
    [[nodiscard]] Result<void> here() const;

    mutable std::mutex mutex_;
    bool away_ = false;
    std::vector<broker::Change> changes_;
    std::int64_t confirmed_ = -1;
    std::map<DeviceId, broker::PresenceChange> presence_;
    broker::Counts counts_;
};

}  // namespace watchglass::test
