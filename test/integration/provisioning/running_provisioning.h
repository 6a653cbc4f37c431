// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "certs/development_pki.h"
#include "libs/foundation/metrics.h"
#include "libs/http/client.h"
#include "libs/security/certificate.h"
#include "provisioning/provisiond/service.h"
#include "provisioning/signerd/service.h"
#include "test/support/manual_clock.h"
#include "test/support/postgres.h"
#include "test/support/temporary_directory.h"
#include "test/support/wait.h"

namespace watchglass::test {

/// What came back: the status and the body as JSON (null when it is no JSON).
struct Answer {
    int status = 0;
    json::Value body;
    std::string text;
    std::string etag{};
    [[nodiscard]] std::string code() const { return body.text_or("code", ""); }
};

/// Confirms every access change as soon as it is committed, as a broker would.
class ConfirmingBroker {
public:
    explicit ConfirmingBroker(const TestDatabase& database);
    ~ConfirmingBroker();

private:
    void run(const std::string& dsn);
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

/// Both programs with a database, a PKI and an administrator. Each test has its own.
class RunningProvisioning {
public:
    explicit RunningProvisioning(bool with_broker = true);

    TestDatabase database;
    TemporaryDirectory directory;
    ManualClock clock{SystemClock{}.wall()};
    const certs::DevelopmentPki& pki;

    /// As the administrator; thread-safe.
    Answer post(const std::string& path, const json::Value& body,
                const std::vector<std::pair<std::string, std::string>>& more = {}) const;
    Answer get(const std::string& path) const;
    /// As whoever shows this certificate (nothing: none), with the front door's verdict on it.
    Answer send(http::ClientRequest request, const std::optional<security::Certificate>& certificate,
                int verify_result = 0) const;

    [[nodiscard]] std::string register_device(const std::string& serial = "1") const;
    /// The secret of a fresh ticket, in hexadecimal.
    [[nodiscard]] std::string ticket_secret(const std::string& device) const;
    [[nodiscard]] Answer enroll(const std::string& secret, const std::string& csr) const;
    [[nodiscard]] static std::string csr(const security::PrivateKey& key);

    /// A certificate of the operator CA that nobody registered yet.
    [[nodiscard]] security::Certificate new_operator_certificate() const;
    void add_operator(const security::Certificate& certificate, const std::string& role,
                      const std::string& tenant = "") const;

private:
    SystemRng rng_;
    metrics::Registry signer_metrics_;
    metrics::Registry metrics_;
    std::unique_ptr<ConfirmingBroker> broker_;
    std::unique_ptr<provisioning::SignerService> signer_;
    std::unique_ptr<provisioning::ProvisioningService> service_;
    std::optional<security::Certificate> administrator_;
};

}  // namespace watchglass::test
