// SPDX-License-Identifier: Apache-2.0
#include "bench/swarm/tls_link.h"

#include <array>
#include <stdexcept>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include "libs/security/tls_context.h"

namespace watchglass::bench {

struct TlsDoor::Address {
    sockaddr_storage bytes{};
    socklen_t size = 0;
};

TlsDoor::TlsDoor(const security::ConnectionPolicy& policy, const std::string& alpn)
    : host_(policy.host), address_(std::make_unique<Address>()), context_(SSL_CTX_new(TLS_client_method())) {
    if (context_ == nullptr) throw std::runtime_error("no TLS context");
    if (auto trusted = security::apply_client_trust(context_, policy); !trusted)
        throw std::runtime_error(trusted.error().message());
    SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                   SSL_MODE_RELEASE_BUFFERS);
    const std::string protocols = static_cast<char>(alpn.size()) + alpn;
    SSL_CTX_set_alpn_protos(context_, reinterpret_cast<const unsigned char*>(protocols.data()),
                            static_cast<unsigned>(protocols.size()));

    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host_.c_str(), std::to_string(policy.port).c_str(), &hints, &found) != 0)
        throw std::runtime_error("no address of " + host_);
    std::copy_n(reinterpret_cast<const char*>(found->ai_addr), found->ai_addrlen,
                reinterpret_cast<char*>(&address_->bytes));
    address_->size = found->ai_addrlen;
    ::freeaddrinfo(found);
}

TlsDoor::~TlsDoor() { SSL_CTX_free(context_); }

TlsLink::TlsLink(const TlsDoor& door, const device::IdentityDirectory& identity)
    : socket_(::socket(door.address_->bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      tls_(SSL_new(door.context_)) {
    if (socket_.get() < 0 || tls_ == nullptr) throw std::runtime_error("no more sockets");
    if (SSL_use_certificate_chain_file(tls_, identity.chain().c_str()) != 1 ||
        SSL_use_PrivateKey_file(tls_, identity.key().c_str(), SSL_FILETYPE_PEM) != 1)
        throw std::runtime_error("not readable: " + identity.chain().string());
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_), door.host_.c_str()) != 1) {
        SSL_set1_host(tls_, door.host_.c_str());
        SSL_set_tlsext_host_name(tls_, door.host_.c_str());
    }
    const int yes = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    SSL_set_fd(tls_, socket_.get());
    SSL_set_connect_state(tls_);
    (void)::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&door.address_->bytes),
                    door.address_->size);  // how it went is seen when the socket can be written
}

TlsLink::~TlsLink() { SSL_free(tls_); }

TlsLink::State TlsLink::advance(Bytes& input) {
    if (shaking_) {
        if (const State state = shake_hands(); state != State::up) return state;
    }
    if (const State state = send(); state == State::lost) return state;
    return receive(input);
}

TlsLink::State TlsLink::shake_hands() {
    if (dialing_) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) return State::lost;
        dialing_ = false;
    }
    if (const int result = SSL_do_handshake(tls_); result != 1) return after(result);
    shaking_ = false;
    return State::up;
}

TlsLink::State TlsLink::send() {
    wants_to_write_ = false;
    while (!out_.empty()) {
        const int sent = SSL_write(tls_, out_.data(), static_cast<int>(out_.size()));
        if (sent <= 0) return after(sent);
        out_.erase(out_.begin(), out_.begin() + sent);
    }
    return State::up;
}

TlsLink::State TlsLink::receive(Bytes& input) {
    std::array<std::uint8_t, 4096> part{};
    while (true) {
        const int got = SSL_read(tls_, part.data(), part.size());
        if (got <= 0) return after(got) == State::lost ? State::lost : State::up;
        input.insert(input.end(), part.begin(), part.begin() + got);
    }
}

/// A call that did not succeed: it waits for the other side, or the link is gone.
TlsLink::State TlsLink::after(int result) {
    const int why = SSL_get_error(tls_, result);
    ERR_clear_error();
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return State::lost;
    // Output that waits goes on waiting while input is read.
    wants_to_write_ = why == SSL_ERROR_WANT_WRITE || (wants_to_write_ && !shaking_ && !out_.empty());
    return State::under_way;
}

}  // namespace watchglass::bench
