// SPDX-License-Identifier: Apache-2.0
#include "certs/development_pki.h"

#include <cerrno>
#include <cstring>
#include <set>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "certs/codes.h"
#include "libs/foundation/file.h"

namespace watchglass::certs {

namespace {

namespace fs = std::filesystem;

bool acceptable_host(const std::string& host) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:*";
    return !host.empty() && host.size() <= 253 && host.find_first_not_of(allowed) == std::string::npos;
}

Result<std::vector<std::string>> with_local_names(std::vector<std::string> hosts) {
    for (const char* local : {"localhost", "127.0.0.1", "::1"}) hosts.emplace_back(local);
    std::vector<std::string> unique;
    std::set<std::string> seen;
    for (auto& host : hosts) {
        if (!acceptable_host(host))
            return failed(Failure{codes::host_name_invalid, Next::give_up, "It was '" + host + "'.", {}});
        if (seen.insert(host).second) unique.push_back(std::move(host));
    }
    return unique;
}

/// Held while files are made, so that two starting programs do not make two roots.
Result<UniqueFd> lock_directory(const fs::path& directory) {
    const fs::path path = directory / ".lock";
    UniqueFd lock{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (!lock || ::flock(lock.get(), LOCK_EX) != 0) {
        return failed(Failure{watchglass::codes::io_error,
                              Next::tell_operator,
                              path.string() + ": " + std::strerror(errno),
                              {}});
    }
    return lock;
}

Result<void> make_private_directory(const fs::path& directory) {
    std::error_code error;
    fs::create_directories(directory.parent_path(), error);
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
        return failed(Failure{watchglass::codes::io_error,
                              Next::tell_operator,
                              directory.string() + ": " + std::strerror(errno),
                              {}});
    }
    return {};
}

/// A key that was saved before its certificate (a start that was cut short) is used, not replaced.
Result<security::PrivateKey> key_for(const PairFiles& files, security::KeyKind kind) {
    if (fs::exists(files.key)) return security::PrivateKey::load(files.key);
    auto key = security::PrivateKey::generate(kind);
    if (!key) return key;
    if (auto saved = key->save(files.key); !saved) return failed(saved);
    return key;
}

Result<Pair> damaged(const PairFiles& files, std::string why) {
    return failed(
        Failure{codes::authority_damaged, Next::tell_operator, files.certificate.string() + ": " + why, {}});
}

/// `issuer` null: a root.
Result<Pair> authority(const PairFiles& files, const char* profile_name, const std::string& title,
                       const Pair* issuer, WallTime now) {
    if (fs::exists(files.certificate)) {
        auto pair = load_pair(files);
        if (!pair) return damaged(files, pair.error().message());
        if (pair->certificate.not_after() <= now) return damaged(files, "it has expired");
        if (issuer != nullptr && !pair->certificate.issued_by(issuer->certificate)) {
            return damaged(files, "another root signed it");
        }
        return pair;
    }
    const auto profile = builtin_profile(profile_name);
    if (!profile) return failed(profile);
    const auto key = key_for(files, profile->key);
    if (!key) return failed(key);
    // Ends with a few bits of the key: two installations' authorities must not be taken for each other by name.
    const Names names{title + " " + to_hex(ByteSpan(key->public_key_digest()).first(4)), {}, {}};
    const auto certificate = issuer != nullptr ? issue(*profile, names, *key, *issuer, now)
                                               : self_sign(*profile, names, *key, now);
    if (!certificate) return failed(certificate);
    if (auto saved = write_file_atomically(files.certificate, certificate->to_pem()); !saved)
        return failed(saved);
    return Pair{*certificate, *key};
}

bool still_good(const Pair& pair, const Names& names, const Pair& issuer, WallTime now) {
    const auto left = pair.certificate.not_after() - now;
    const auto life = pair.certificate.not_after() - pair.certificate.not_before();
    if (left < life / 3 || !pair.certificate.issued_by(issuer.certificate)) return false;
    for (const auto& host : names.hosts) {
        if (!pair.certificate.names_host(host)) return false;
    }
    return pair.certificate.common_name() == names.common_name;
}

/// `chain`: what follows the certificate in its file.
Result<Pair> end_entity(const PairFiles& files, const char* profile_name, const Names& names,
                        const Pair& issuer, const std::string& chain, WallTime now) {
    if (fs::exists(files.certificate)) {
        auto pair = load_pair(files);
        if (pair && still_good(*pair, names, issuer, now)) return pair;
    }
    const auto profile = builtin_profile(profile_name);
    if (!profile) return failed(profile);
    std::error_code ignored;
    if (fs::exists(files.certificate)) fs::remove(files.key, ignored);  // a new certificate gets a new key
    const auto key = key_for(files, profile->key);
    if (!key) return failed(key);
    const auto certificate = issue(*profile, names, *key, issuer, now);
    if (!certificate) return failed(certificate);
    if (auto saved = write_file_atomically(files.certificate, certificate->to_pem() + chain); !saved)
        return failed(saved);
    return Pair{*certificate, *key};
}

Result<void> write_when_different(const fs::path& file, const std::string& text, mode_t mode) {
    if (fs::exists(file)) {
        const auto present = read_file(file);
        if (present && *present == text) return {};
    }
    return write_file_atomically(file, text, mode);
}

struct Authorities {
    Pair root, issuing, service_ca, operator_ca;
};

Result<Authorities> make_authorities(const DevelopmentPki& pki, WallTime now) {
    const auto root = authority(pki.root(), "root", "Watchglass Root", nullptr, now);
    if (!root) return failed(root);
    const auto issuing = authority(pki.issuing(), "issuing-ca", "Watchglass Instruments", &*root, now);
    if (!issuing) return failed(issuing);
    const auto services = authority(pki.service_ca(), "service-ca", "Watchglass Services", nullptr, now);
    if (!services) return failed(services);
    const auto operators = authority(pki.operator_ca(), "operator-ca", "Watchglass Operators", nullptr, now);
    if (!operators) return failed(operators);
    return Authorities{*root, *issuing, *services, *operators};
}

Result<void> make_servers(const DevelopmentPki& pki, const Authorities& by,
                          const std::vector<std::string>& hosts, WallTime now) {
    const std::string root = by.root.certificate.to_pem();
    const auto server = end_entity(pki.server(), "server", {hosts.front(), {}, hosts}, by.root, root, now);
    if (!server) return failed(server);
    const auto devices =
        end_entity(pki.mosquitto_devices(), "server", {hosts.front(), {}, hosts}, by.root, root, now);
    if (!devices) return failed(devices);
    const Names local{"localhost", {}, {"localhost", "127.0.0.1", "::1"}};
    const auto services = end_entity(pki.mosquitto_services(), "server", local, by.service_ca,
                                     by.service_ca.certificate.to_pem(), now);
    if (!services) return failed(services);
    return write_when_different(pki.haproxy_certificate(),
                                server->certificate.to_pem() + root + server->key.to_pem(), 0600);
}

Result<void> make_clients(const DevelopmentPki& pki, const Authorities& by, WallTime now) {
    for (const std::string name : {"ingest", "bridge"}) {
        const Names names{"service-" + name, {"urn:watchglass:service:" + name}, {}};
        if (auto made = end_entity(pki.service(name), "service", names, by.service_ca, "", now); !made)
            return failed(made);
    }
    const Names first{"operator", {"urn:watchglass:operator:admin"}, {}};
    if (auto made = end_entity(pki.first_operator(), "operator", first, by.operator_ca, "", now); !made) {
        return failed(made);
    }
    return {};
}

Result<void> write_bundles(const DevelopmentPki& pki, const Authorities& by) {
    const std::string root = by.root.certificate.to_pem();
    const std::string issuing = by.issuing.certificate.to_pem();
    const std::string operators = by.operator_ca.certificate.to_pem();
    if (auto written = write_when_different(pki.trust_bundle(), root, 0644); !written) return written;
    if (auto written = write_when_different(pki.device_authorities(), root + issuing, 0644); !written)
        return written;
    return write_when_different(pki.client_authorities(), root + issuing + operators, 0644);
}

}  // namespace

PairFiles DevelopmentPki::pair(const std::string& name) const {
    return {directory_ / (name + ".crt"), directory_ / (name + ".key")};
}
fs::path DevelopmentPki::haproxy_certificate() const { return directory_ / "haproxy.pem"; }
fs::path DevelopmentPki::trust_bundle() const { return directory_ / "trust-bundle.pem"; }
fs::path DevelopmentPki::device_authorities() const { return directory_ / "device-authorities.pem"; }
fs::path DevelopmentPki::client_authorities() const { return directory_ / "client-authorities.pem"; }
fs::path DevelopmentPki::issuing_chain() const { return directory_ / "issuing.crt"; }

Result<DevelopmentPki> make_development_pki(const fs::path& directory, std::vector<std::string> host_names,
                                            const Clock& clock) {
    const auto hosts = with_local_names(std::move(host_names));
    if (!hosts) return failed(hosts);
    if (auto made = make_private_directory(directory); !made) return failed(made);
    const auto lock = lock_directory(directory);
    if (!lock) return failed(lock);

    const DevelopmentPki pki{directory};
    const WallTime now = clock.wall();
    const auto authorities = make_authorities(pki, now);
    if (!authorities) return failed(authorities);
    if (auto made = make_servers(pki, *authorities, *hosts, now); !made) return failed(made);
    if (auto made = make_clients(pki, *authorities, now); !made) return failed(made);
    if (auto written = write_bundles(pki, *authorities); !written) return failed(written);
    return pki;
}

Result<security::Sha256> root_pin(const fs::path& root_certificate) {
    const auto pem = read_file(root_certificate, 1u << 20);
    if (!pem) return failed(pem);
    const auto certificate = security::Certificate::from_pem(*pem);
    if (!certificate) return failed(certificate);
    return certificate->public_key_digest();
}

}  // namespace watchglass::certs
