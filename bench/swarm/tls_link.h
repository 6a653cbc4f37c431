// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "device-sdk/src/client/identity_directory.h"
#include "libs/foundation/bytes.h"
#include "libs/foundation/file.h"

struct ssl_st;
struct ssl_ctx_st;

namespace watchglass::bench {

/// What every link of a swarm shares: the platform's address and whom we trust.
class TlsDoor {
public:
    /// Throws when the trust is unusable or the name cannot be found.
    TlsDoor(const security::ConnectionPolicy& policy, const std::string& alpn);
    ~TlsDoor();
    TlsDoor(const TlsDoor&) = delete;
    TlsDoor& operator=(const TlsDoor&) = delete;

private:
    friend class TlsLink;
    struct Address;
    std::string host_;
    std::unique_ptr<Address> address_;
    ssl_ctx_st* context_ = nullptr;
};

/// One mutual-TLS connection that never waits. After each call, `wants_to_write()` says what to poll for besides input.
class TlsLink {
public:
    /// Begins to dial. Throws when the identity cannot be read or there are no more sockets.
    TlsLink(const TlsDoor& door, const device::IdentityDirectory& identity);
    ~TlsLink();
    TlsLink(const TlsLink&) = delete;
    TlsLink& operator=(const TlsLink&) = delete;

    enum class State { under_way, up, lost };
    /// Goes on with dialing and handshake; then sends what waits and appends what came to `input`.
    State advance(Bytes& input);
    /// To be sent by the next advance().
    void put(const Bytes& bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }

    [[nodiscard]] int fd() const { return socket_.get(); }
    [[nodiscard]] bool wants_to_write() const { return wants_to_write_; }

private:
    State shake_hands();
    State send();
    State receive(Bytes& input);
    State after(int result);

    UniqueFd socket_;
    ssl_st* tls_ = nullptr;
    Bytes out_;
    bool dialing_ = true;
    bool shaking_ = true;
    bool wants_to_write_ = true;
};

}  // namespace watchglass::bench
