// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "device-sdk/src/client/identity_directory.h"
#include "libs/mqtt/session.h"
#include "schemas/values/dictionary.h"
#include "schemas/values/frame.h"

namespace watchglass::bench {

/// An instrument reduced to its sending: frames are made ahead of time and kept in memory, so that what is measured is
/// the platform. It obeys Stored as an instrument does: holes are filled, and what was not stored is sent again.
///
/// Sends on its session's thread, whenever the broker or ingest has taken something. `done` is called there when nothing
/// is left to send or to be stored.
class Sender {
public:
    Sender(const std::filesystem::path& directory, Epoch epoch, std::function<void()> done);
    ~Sender();

    /// Appends these to what is to be sent.
    void add(const std::vector<Body>& bodies, const Dictionary& dictionary);
    void connect();
    void stop();

    /// Goes on with at most `under_way` frames on the way to storage.
    void go(std::uint64_t under_way);
    /// Nothing was heard for a while: what is not stored is sent again.
    void rewind();

    [[nodiscard]] bool connected() const { return session_ && session_->connected(); }
    [[nodiscard]] std::uint64_t frames() const {
        const std::lock_guard lock(mutex_);
        return frames_.size();
    }
    [[nodiscard]] std::uint64_t stored() const { return stored_; }
    /// Frames that the broker has.
    [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
    [[nodiscard]] const DeviceId& id() const { return identity_.device; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

private:
    void pump();
    void hear(const mqtt::Message& message);

    device::IdentityDirectory directory_;
    device::Identity identity_;
    StreamId stream_;
    std::function<void()> done_;
    std::string topic_;
    Chain chain_{};
    std::uint64_t bytes_ = 0;
    std::unique_ptr<mqtt::Session> session_;
    mutable std::mutex mutex_;   ///< of the next three
    std::vector<Bytes> frames_;  ///< frame n at n - 1
    std::uint64_t next_ = 0;     ///< frames handed over
    std::uint64_t under_way_ = 0;
    std::atomic<std::uint64_t> stored_{0};
    std::atomic<std::uint64_t> acknowledged_{0};
};

}  // namespace watchglass::bench
