// SPDX-License-Identifier: Apache-2.0
#include "certs/development_pki.h"

#include <map>
#include <set>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "certs/codes.h"
#include "libs/foundation/file.h"
#include "test/support/temporary_directory.h"

using namespace watchglass;
using namespace watchglass::certs;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct FixedClock final : Clock {
    WallTime time = SystemClock{}.wall();
    [[nodiscard]] SteadyTime steady() const override { return {time.us}; }
    [[nodiscard]] WallTime wall() const override { return time; }
};

std::vector<PairFiles> all_pairs(const DevelopmentPki& pki) {
    return {pki.root(),
            pki.issuing(),
            pki.service_ca(),
            pki.operator_ca(),
            pki.server(),
            pki.mosquitto_devices(),
            pki.mosquitto_services(),
            pki.service("ingest"),
            pki.service("bridge"),
            pki.first_operator()};
}

std::set<security::Sha256> keys_of(const DevelopmentPki& pki) {
    std::set<security::Sha256> keys;
    for (const auto& files : all_pairs(pki)) keys.insert(load_pair(files).value().key.public_key_digest());
    return keys;
}

std::string content(const fs::path& file) { return read_file(file).value(); }

mode_t mode_of(const fs::path& file) {
    struct stat status {};
    REQUIRE(stat(file.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("two installations share no key", "[certs][pki]") {
    const test::TemporaryDirectory directory;
    const SystemClock clock;
    auto one = keys_of(make_development_pki(directory.path() / "one", {}, clock).value());
    const auto two = keys_of(make_development_pki(directory.path() / "two", {}, clock).value());
    CHECK(one.size() == 10);
    CHECK(two.size() == 10);
    one.insert(two.begin(), two.end());
    CHECK(one.size() == 20);
}

TEST_CASE("every key is readable by its owner alone", "[certs][pki]") {
    const test::TemporaryDirectory directory;
    const auto pki = make_development_pki(directory.path() / "pki", {}, SystemClock{}).value();
    CHECK(mode_of(pki.directory()) == 0700);
    for (const auto& files : all_pairs(pki)) CHECK(mode_of(files.key) == 0600);
    for (const auto& file : fs::directory_iterator(pki.directory())) {
        if (content(file.path()).find("PRIVATE KEY") != std::string::npos)
            CHECK(mode_of(file.path()) == 0600);
    }
}

TEST_CASE("a second run keeps everything as it is", "[certs][pki]") {
    const test::TemporaryDirectory directory;
    const auto pki = make_development_pki(directory.path() / "pki", {"gate.example"}, SystemClock{}).value();
    std::map<fs::path, std::string> before;
    for (const auto& file : fs::directory_iterator(pki.directory()))
        before[file.path()] = content(file.path());
    REQUIRE(make_development_pki(directory.path() / "pki", {"gate.example"}, SystemClock{}));
    for (const auto& [path, text] : before) CHECK(content(path) == text);
}

TEST_CASE("the servers' files hold the chain up to the root and cover the host names", "[certs][pki]") {
    const test::TemporaryDirectory directory;
    const auto pki = make_development_pki(directory.path() / "pki", {"gate.example"}, SystemClock{}).value();
    const auto root = load_pair(pki.root()).value().certificate;
    for (const auto& files : {pki.server(), pki.mosquitto_devices()}) {
        const auto chain = security::Certificate::chain_from_pem(content(files.certificate)).value();
        REQUIRE(chain.size() == 2);
        CHECK(chain[0].issued_by(chain[1]));
        CHECK(chain[1].fingerprint() == root.fingerprint());
        for (const char* host : {"gate.example", "localhost", "127.0.0.1", "::1"})
            CHECK(chain[0].names_host(host));
        CHECK_FALSE(chain[0].names_host("other.example"));
    }
    CHECK(root_pin(pki.root().certificate).value() == root.public_key_digest());
    CHECK(content(pki.haproxy_certificate()).find("PRIVATE KEY") != std::string::npos);
}

TEST_CASE("instruments, services and operators have authorities that vouch for no one else", "[certs][pki]") {
    const test::TemporaryDirectory directory;
    const auto pki = make_development_pki(directory.path() / "pki", {}, SystemClock{}).value();
    const auto services = load_pair(pki.service_ca()).value().certificate;
    const auto operators = load_pair(pki.operator_ca()).value().certificate;
    const auto root = load_pair(pki.root()).value().certificate;
    CHECK_FALSE(services.issued_by(root));
    CHECK_FALSE(operators.issued_by(root));
    const auto ingest = load_pair(pki.service("ingest")).value().certificate;
    CHECK(ingest.issued_by(services));
    CHECK(ingest.uris() == std::vector<std::string>{"urn:watchglass:service:ingest"});
    CHECK(ingest.common_name() == "service-ingest");
    CHECK(load_pair(pki.first_operator()).value().certificate.issued_by(operators));
    CHECK(load_pair(pki.issuing()).value().certificate.issued_by(root));
}

TEST_CASE("a new host name makes new server certificates under the same root", "[certs][pki]") {
    const test::TemporaryDirectory directory;
    const auto pki = make_development_pki(directory.path() / "pki", {}, SystemClock{}).value();
    const auto root = content(pki.root().certificate);
    const auto service = content(pki.service("ingest").certificate);
    REQUIRE(make_development_pki(directory.path() / "pki", {"new.example"}, SystemClock{}));
    CHECK(content(pki.root().certificate) == root);
    CHECK(content(pki.service("ingest").certificate) == service);
    CHECK(load_pair(pki.server()).value().certificate.names_host("new.example"));
}

TEST_CASE("end certificates are made again before they end, authorities are not", "[certs][pki]") {
    const test::TemporaryDirectory directory;
    FixedClock clock;
    const auto pki = make_development_pki(directory.path() / "pki", {}, clock).value();
    const auto root = content(pki.root().certificate);
    const auto server = content(pki.server().certificate);
    clock.time = clock.time + 300 * 24h;
    REQUIRE(make_development_pki(directory.path() / "pki", {}, clock));
    CHECK(content(pki.root().certificate) == root);
    CHECK(content(pki.server().certificate) != server);
    CHECK(content(pki.haproxy_certificate()).find(load_pair(pki.server()).value().key.to_pem()) !=
          std::string::npos);
}

TEST_CASE("a damaged authority is an error, never replaced", "[certs][pki]") {
    const test::TemporaryDirectory directory;
    const auto pki = make_development_pki(directory.path() / "pki", {}, SystemClock{}).value();
    REQUIRE(write_file_atomically(pki.issuing().certificate, "garbage"));
    const auto refused = make_development_pki(directory.path() / "pki", {}, SystemClock{});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == certs::codes::authority_damaged);
    CHECK(content(pki.issuing().certificate) == "garbage");
}

TEST_CASE("a start that was cut short after saving a key goes on with that key", "[certs][pki]") {
    const test::TemporaryDirectory directory;
    const auto pki = make_development_pki(directory.path() / "pki", {}, SystemClock{}).value();
    const auto key = content(pki.root().key);
    for (const auto& files : all_pairs(pki)) fs::remove(files.certificate);
    REQUIRE(make_development_pki(directory.path() / "pki", {}, SystemClock{}));
    CHECK(content(pki.root().key) == key);
}

TEST_CASE("text that is no host name makes no certificate", "[certs][pki]") {
    const test::TemporaryDirectory directory;
    const auto refused = make_development_pki(directory.path() / "pki", {"a b"}, SystemClock{});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == certs::codes::host_name_invalid);
}
