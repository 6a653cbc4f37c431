// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "certs/authority.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"

namespace watchglass::certs {

/// Where the files of a development PKI lie. Names are fixed; the files need not exist yet.
class DevelopmentPki {
public:
    explicit DevelopmentPki(std::filesystem::path directory) : directory_(std::move(directory)) {}

    // Authorities.
    [[nodiscard]] PairFiles root() const { return pair("root"); }
    [[nodiscard]] PairFiles issuing() const { return pair("issuing"); }  ///< for signerd
    [[nodiscard]] PairFiles service_ca() const { return pair("service-ca"); }
    [[nodiscard]] PairFiles operator_ca() const { return pair("operator-ca"); }

    // Who they signed. The servers' certificate files hold the chain including the root, so that a client
    // that knows only the root's pin can verify them.
    [[nodiscard]] PairFiles server() const { return pair("server"); }  ///< the public port
    [[nodiscard]] PairFiles mosquitto_devices() const {
        return pair("mosquitto-devices");
    }  ///< same host names
    [[nodiscard]] PairFiles mosquitto_services() const {
        return pair("mosquitto-services");
    }  ///< localhost only
    [[nodiscard]] PairFiles service(const std::string& name) const {
        return pair("service-" + name);
    }  ///< ingest, bridge
    [[nodiscard]] PairFiles first_operator() const { return pair("operator"); }

    // What the programs are given.
    [[nodiscard]] std::filesystem::path haproxy_certificate() const;  ///< chain and key in one file, 0600
    [[nodiscard]] std::filesystem::path trust_bundle() const;  ///< root: what instruments and operators trust
    [[nodiscard]] std::filesystem::path device_authorities()
        const;  ///< root and issuing: Mosquitto's cafile for devices
    [[nodiscard]] std::filesystem::path client_authorities()
        const;  ///< root, issuing, operator CA: HAProxy's ca-file
    [[nodiscard]] std::filesystem::path issuing_chain()
        const;  ///< issuing: what an instrument sends besides its own

    [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

private:
    [[nodiscard]] PairFiles pair(const std::string& name) const;
    std::filesystem::path directory_;
};

/// Makes what is missing in `directory` (created 0700): every key fresh, 0600, on this machine. Nothing is ever
/// shipped or derived, so two directories share no key.
///
/// Idempotent: what is there and good is kept. An end certificate is made again when less than a third of its life
/// is left or a host name is missing; an authority never is: one that is damaged or ends is an error
/// (certs.authority_damaged). `localhost`, `127.0.0.1` and `::1` are always among the host names. Two processes may
/// call it at once; one waits for the other.
///
/// For development, demonstration and tests: all authorities lie on one disk. In production the root is elsewhere.
Result<DevelopmentPki> make_development_pki(const std::filesystem::path& directory,
                                            std::vector<std::string> host_names, const Clock& clock);

/// SHA-256 of the root's public key: what tickets pin.
Result<security::Sha256> root_pin(const std::filesystem::path& root_certificate);

}  // namespace watchglass::certs
