// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <catch2/catch.hpp>

#include "libs/foundation/process.h"
#include "libs/http/client.h"
#include "libs/security/certificate.h"
#include "test/support/free_port.h"
#include "test/support/temporary_directory.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace std::chrono_literals;
using http::Client;
using security::Certificate;
using security::PrivateKey;

namespace {

WallTime in_days(int days) { return SystemClock{}.wall() + std::chrono::hours{24 * days}; }

/// A root and a server certificate for 127.0.0.1 below it, as files.
class Pki {
public:
    explicit Pki(const std::filesystem::path& directory, const std::string& name)
        : root_file(directory / (name + "-root.pem")),
          server_file(directory / (name + "-server.pem")),
          key_file(directory / (name + "-server.key")) {
        const auto root_key = *PrivateKey::generate(security::KeyKind::ec_p256);
        security::CertificateShape shape;
        shape.common_name = name + " root";
        shape.authority = true;
        shape.not_before = in_days(-1);
        shape.not_after = in_days(10);
        const auto root =
            *security::sign_certificate(shape, security::public_key_der(root_key), root_key, nullptr);
        const auto digest = root.public_key_digest();
        root_digest.assign(digest.begin(), digest.end());

        const auto key = *PrivateKey::generate(security::KeyKind::ec_p256);
        security::CertificateShape server;
        server.common_name = "server";
        server.dns_names = {"127.0.0.1"};
        server.server_auth = true;
        server.not_before = in_days(-1);
        server.not_after = in_days(5);
        const auto leaf = *security::sign_certificate(server, security::public_key_der(key), root_key, &root);
        REQUIRE(write_file_atomically(root_file, root.to_pem()));
        REQUIRE(write_file_atomically(server_file, leaf.to_pem()));
        REQUIRE(key.save(key_file));
    }

    std::filesystem::path root_file;
    std::filesystem::path server_file;
    std::filesystem::path key_file;
    std::vector<std::uint8_t> root_digest;
};

/// OpenSSL's own test server, which answers every request with a page.
class TlsServer {
public:
    explicit TlsServer(const Pki& pki, const std::vector<std::string>& more = {}) {
        SpawnOptions options;
        options.argv = {"openssl",     "s_server",      "-accept", "127.0.0.1:" + std::to_string(port),
                        "-cert",       pki.server_file, "-key",    pki.key_file,
                        "-cert_chain", pki.root_file,   "-www"};
        options.argv.insert(options.argv.end(), more.begin(), more.end());
        options.out = PipeStream{};
        options.err = NullStream{};
        auto spawned = ChildProcess::spawn(options);
        REQUIRE(spawned);
        child.emplace(std::move(*spawned));
    }

    std::uint16_t port = test::free_port();
    std::optional<ChildProcess> child;
};

security::ConnectionPolicy policy_to(const TlsServer& server) {
    security::ConnectionPolicy policy;
    policy.host = "127.0.0.1";
    policy.port = server.port;
    return policy;
}

/// Asks until the server has come up.
Result<http::ClientResponse> ask(const security::ConnectionPolicy& policy) {
    Client client{policy};
    Result<http::ClientResponse> answer = client.send({.target = "/"});
    test::eventually([&] {
        if (answer || answer.error().code.name != "http.not_reachable") return true;
        answer = client.send({.target = "/"});
        return false;
    });
    return answer;
}

std::string code_of(const Result<http::ClientResponse>& answer) {
    return answer ? std::to_string(answer->status) : std::string(answer.error().code.name);
}

}  // namespace

TEST_CASE("a client trusts exactly what its policy says", "[http][client][tls]") {
    const test::TemporaryDirectory directory;
    const Pki pki{directory.path(), "ours"};
    const Pki other{directory.path(), "other"};
    const TlsServer server{pki};
    auto policy = policy_to(server);

    policy.trust = security::TrustBundle{pki.root_file};
    CHECK(code_of(ask(policy)) == "200");
    policy.trust = security::TrustBundle{other.root_file};
    CHECK(code_of(ask(policy)) == "http.not_trusted");
    policy.trust = security::RootPin{pki.root_digest};
    CHECK(code_of(ask(policy)) == "200");
    policy.trust = security::RootPin{other.root_digest};
    CHECK(code_of(ask(policy)) == "http.not_trusted");
    policy.trust = security::TrustBundle{directory / "missing.pem"};
    CHECK(code_of(ask(policy)) == "security.trust_unusable");

    policy.trust = security::TrustBundle{pki.root_file};
    policy.host = "localhost";  // not in the certificate
    CHECK(code_of(ask(policy)) == "http.not_trusted");
}

TEST_CASE("certificates are checked against the time that the policy gives", "[http][client][tls]") {
    const test::TemporaryDirectory directory;
    const Pki pki{directory.path(), "ours"};
    const TlsServer server{pki};
    auto policy = policy_to(server);
    const auto trust = GENERATE(0, 1);
    if (trust == 0) policy.trust = security::TrustBundle{pki.root_file};
    if (trust == 1) policy.trust = security::RootPin{pki.root_digest};

    policy.verification_time = in_days(2);
    CHECK(code_of(ask(policy)) == "200");
    policy.verification_time = in_days(7);
    CHECK(code_of(ask(policy)) == "http.not_trusted");
    policy.verification_time = WallTime{0};
    CHECK(code_of(ask(policy)) == "http.not_trusted");
}

TEST_CASE("a client shows its identity, and trouble with it has a name", "[http][client][tls]") {
    const test::TemporaryDirectory directory;
    const Pki pki{directory.path(), "ours"};
    const TlsServer server{pki, {"-Verify", "1", "-verify_return_error", "-CAfile", pki.root_file.string()}};
    auto policy = policy_to(server);
    policy.trust = security::TrustBundle{pki.root_file};
    CHECK(code_of(ask(policy)) == "http.identity_refused");

    policy.identity = security::ClientIdentity{directory / "missing.pem", directory / "missing.key"};
    CHECK(code_of(ask(policy)) == "http.identity_unusable");
}
