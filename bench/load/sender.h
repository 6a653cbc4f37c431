// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <vector>

#include "bench/swarm/tls_link.h"
#include "schemas/values/dictionary.h"
#include "schemas/values/frame.h"

namespace watchglass::bench {

/// An instrument reduced to its sending: frames are made ahead of time and kept in memory, and go out as fast as the broker
/// acknowledges them, so that what is measured is the platform. It obeys Stored as an instrument does: holes are filled.
///
/// Never waits: whoever owns it polls fd() and calls advance(). Throws when the link is lost. One thread.
class Sender {
public:
    Sender(const TlsDoor& door, const std::filesystem::path& directory, Epoch epoch);
    ~Sender();

    /// Appends these to what is to be sent.
    void add(const std::vector<Body>& bodies, const Dictionary& dictionary);
    /// Hands over what may go, with at most `under_way` frames on the way to storage, and hears what was said.
    void advance(std::uint64_t under_way);
    /// Nothing was heard for a while: what is not stored is sent again.
    void rewind() { next_ = stored_; }

    [[nodiscard]] int fd() const { return link_->fd(); }
    [[nodiscard]] bool wants_to_write() const { return link_->wants_to_write(); }
    [[nodiscard]] bool connected() const { return subscribed_; }
    [[nodiscard]] std::uint64_t frames() const { return frames_.size(); }
    [[nodiscard]] std::uint64_t stored() const { return stored_; }
    /// Frames that the broker has.
    [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
    [[nodiscard]] const DeviceId& id() const { return identity_.device; }
    /// Payloads of what was added.
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

private:
    void put_frames(std::uint64_t under_way);
    void hear_all();
    void hear_stored(ByteSpan payload);

    device::IdentityDirectory directory_;
    device::Identity identity_;
    StreamId stream_;
    std::string topic_;
    std::vector<Bytes> frames_;  ///< frame n at n - 1
    Chain chain_{};
    std::uint64_t bytes_ = 0;

    std::unique_ptr<TlsLink> link_;
    Bytes input_;
    bool subscribed_ = false;
    std::uint64_t next_ = 0;               ///< frames handed over
    std::deque<std::uint64_t> in_flight_;  ///< frames that the broker has not acknowledged, in the order sent
    std::uint64_t stored_ = 0;
    std::uint64_t acknowledged_ = 0;
};

}  // namespace watchglass::bench
