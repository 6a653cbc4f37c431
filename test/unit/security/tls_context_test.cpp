// SPDX-License-Identifier: Apache-2.0
#include "libs/security/tls_context.h"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <catch2/catch.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "libs/foundation/file.h"
#include "libs/security/certificate.h"
#include "test/support/temporary_directory.h"

using namespace watchglass;
using namespace watchglass::security;
using namespace std::chrono_literals;

namespace {

using ContextPtr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using SessionPtr = std::unique_ptr<SSL, decltype(&SSL_free)>;

constexpr WallTime year_2026{1'790'000'000'000'000};
constexpr Microseconds day = 24h;

/// A root, and a server that sends its certificate and (for pins) the root.
struct Platform {
    PrivateKey root_key = PrivateKey::generate(KeyKind::ec_p384).value();
    Certificate root;
    PrivateKey server_key = PrivateKey::generate(KeyKind::ec_p256).value();
    Certificate server;

    Platform(WallTime from, WallTime to, bool server_auth = true)
        : root(sign_certificate({.common_name = "Root",
                                 .uris = {},
                                 .dns_names = {},
                                 .authority = true,
                                 .path_length = 1,
                                 .not_before = from,
                                 .not_after = to + 10 * day},
                                public_key_der(root_key), root_key, nullptr)
                   .value()),
          server(sign_certificate({.common_name = "server",
                                   .uris = {},
                                   .dns_names = {"localhost"},
                                   .client_auth = !server_auth,
                                   .server_auth = server_auth,
                                   .not_before = from,
                                   .not_after = to},
                                  public_key_der(server_key), root_key, &root)
                     .value()) {}

    [[nodiscard]] RootPin pin() const {
        const auto digest = root.public_key_digest();
        return RootPin{{digest.begin(), digest.end()}};
    }

    [[nodiscard]] ContextPtr context(bool sends_root = true) const {
        ContextPtr made{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
        SSL_CTX_use_certificate(made.get(), server.native());
        SSL_CTX_use_PrivateKey(made.get(), server_key.native());
        if (sends_root) SSL_CTX_add1_chain_cert(made.get(), root.native());
        return made;
    }
};

/// A handshake in memory; true when the client accepts the server.
bool accepts(const ContextPtr& client_context, const ContextPtr& server_context) {
    const SessionPtr client{SSL_new(client_context.get()), SSL_free};
    const SessionPtr server{SSL_new(server_context.get()), SSL_free};
    BIO* client_side = nullptr;
    BIO* server_side = nullptr;
    BIO_new_bio_pair(&client_side, 0, &server_side, 0);
    SSL_set_bio(client.get(), client_side, client_side);
    SSL_set_bio(server.get(), server_side, server_side);
    SSL_set_connect_state(client.get());
    SSL_set_accept_state(server.get());
    bool accepted = false;
    for (int turn = 0; turn < 20 && !accepted; ++turn) {
        accepted = SSL_do_handshake(client.get()) == 1;
        SSL_do_handshake(server.get());
    }
    ERR_clear_error();
    return accepted;
}

ContextPtr client_for(const ConnectionPolicy& policy) {
    ContextPtr context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
    REQUIRE(apply_client_trust(context.get(), policy));
    return context;
}

ConnectionPolicy pinned(const Platform& platform) {
    ConnectionPolicy policy;
    policy.host = "localhost";
    policy.trust = platform.pin();
    return policy;
}

WallTime now() { return SystemClock{}.wall(); }

}  // namespace

TEST_CASE("a pin trusts the server that sends the pinned root, and no other", "[security][tls]") {
    const Platform ours{now() + -day, now() + day};
    const Platform theirs{now() + -day, now() + day};
    CHECK(accepts(client_for(pinned(ours)), ours.context()));
    CHECK_FALSE(accepts(client_for(pinned(ours)), theirs.context()));
    CHECK_FALSE(accepts(client_for(pinned(ours)), ours.context(/*sends_root=*/false)));
}

TEST_CASE("sending the pinned root beside a foreign certificate does not help", "[security][tls]") {
    const Platform ours{now() + -day, now() + day};
    const Platform theirs{now() + -day, now() + day};
    const auto impostor = theirs.context();
    SSL_CTX_add1_chain_cert(impostor.get(), ours.root.native());
    CHECK_FALSE(accepts(client_for(pinned(ours)), impostor));
}

TEST_CASE("under a pin an expired server and one for another purpose are refused", "[security][tls]") {
    const Platform expired{now() + -20 * day, now() + -day};
    CHECK_FALSE(accepts(client_for(pinned(expired)), expired.context()));
    const Platform no_server{now() + -day, now() + day, /*server_auth=*/false};
    CHECK_FALSE(accepts(client_for(pinned(no_server)), no_server.context()));
}

TEST_CASE("under TLS 1.2 only authenticated encryption with forward secrecy is spoken", "[security][tls]") {
    const Platform platform{now() + -day, now() + day};
    const auto server_with = [&](const char* cipher) {
        auto context = platform.context();
        SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
        REQUIRE(SSL_CTX_set_cipher_list(context.get(), cipher) == 1);
        return context;
    };
    const auto client = client_for(pinned(platform));
    CHECK(accepts(client, server_with("ECDHE-ECDSA-AES128-GCM-SHA256")));
    CHECK_FALSE(accepts(client, server_with("ECDHE-ECDSA-AES128-SHA256")));
    CHECK_FALSE(accepts(client, server_with("ECDHE-ECDSA-AES256-SHA")));
}

TEST_CASE("the front door and the broker have the clients' list of ciphers", "[security][tls]") {
    const auto deployed = [](const char* file) {
        return read_file(std::filesystem::path{std::getenv("WATCHGLASS_SOURCE_DIR")} / file).value();
    };
    const std::string list = tls12_ciphers;
    const auto door = deployed("deploy/haproxy/haproxy.cfg.in");
    CHECK(door.find("ssl-default-bind-ciphers " + list + "\n") != std::string::npos);
    CHECK(door.find("ssl-min-ver TLSv1.2") != std::string::npos);
    const auto broker = deployed("deploy/mosquitto/mosquitto.conf.in");
    const auto first = broker.find("\nciphers " + list + "\n");
    REQUIRE(first != std::string::npos);                                             // instruments
    CHECK(broker.find("\nciphers " + list + "\n", first + 1) != std::string::npos);  // services
}

TEST_CASE("verification time replaces the clock in both directions", "[security][tls]") {
    const Platform past{year_2026 + -2000 * day, year_2026 + -1900 * day};
    auto policy = pinned(past);
    policy.verification_time = year_2026 + -1950 * day;
    CHECK(accepts(client_for(policy), past.context()));
    const Platform current{now() + -day, now() + day};
    policy.trust = current.pin();
    CHECK_FALSE(accepts(client_for(policy), current.context()));
}

TEST_CASE("a trust bundle trusts its own roots alone", "[security][tls]") {
    const test::TemporaryDirectory directory;
    const Platform ours{now() + -day, now() + day};
    const Platform theirs{now() + -day, now() + day};
    ConnectionPolicy policy;
    policy.trust = TrustBundle{directory.path() / "roots.pem"};
    REQUIRE(write_file_atomically(directory.path() / "roots.pem", ours.root.to_pem()));
    CHECK(accepts(client_for(policy), ours.context(/*sends_root=*/false)));
    CHECK_FALSE(accepts(client_for(policy), theirs.context()));
}

TEST_CASE("unusable trust is an error and never means trusting more", "[security][tls]") {
    const ContextPtr context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
    ConnectionPolicy policy;
    policy.trust = TrustBundle{"/nonexistent/roots.pem"};
    CHECK_FALSE(apply_client_trust(context.get(), policy));
    policy.trust = RootPin{{1, 2, 3}};
    CHECK_FALSE(apply_client_trust(context.get(), policy));
}

TEST_CASE("the process's verification time holds for contexts that know no policy", "[security][tls]") {
    const Platform past{year_2026 + -2000 * day, year_2026 + -1900 * day};
    const auto plain_client = [&] {
        ContextPtr context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), past.root.native());
        return context;
    };
    CHECK_FALSE(accepts(plain_client(), past.context()));
    REQUIRE(set_process_verification_time(year_2026 + -1950 * day));
    CHECK(accepts(plain_client(), past.context()));
    REQUIRE(set_process_verification_time(std::nullopt));
    CHECK_FALSE(accepts(plain_client(), past.context()));
}
