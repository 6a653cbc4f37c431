// SPDX-License-Identifier: Apache-2.0
// Whatever operators and instruments do: the revocation list names exactly the certificates that are revoked and not
// expired.
#include <algorithm>
#include <cstdlib>
#include <set>

#include <catch2/catch.hpp>

#include "certs/development_pki.h"
#include "provisioning/commit.h"
#include "provisioning/enrollment/enrollment_desk.h"
#include "provisioning/issuing/signing_desk.h"
#include "provisioning/life/crl_desk.h"
#include "provisioning/life/device_life.h"
#include "storage/registry/revocation_store.h"
#include "test/support/manual_clock.h"
#include "test/support/postgres.h"
#include "test/support/seeded_rng.h"

using namespace watchglass;
using namespace watchglass::provisioning;
using namespace watchglass::test;
using namespace std::chrono_literals;

namespace {

constexpr int some_operations = 2'000;
constexpr int between_lists = 20;

struct KnownCertificate {
    std::string serial;
    WallTime not_after;
    bool revoked = false;
};

/// A device as it must be after everything that was done to it.
struct KnownDevice {
    DeviceId id;
    std::string state = "registered";
    std::vector<KnownCertificate> certificates;

    [[nodiscard]] bool closed() const { return state == "revoked" || state == "retired"; }
    [[nodiscard]] bool may_enroll() const { return state == "registered" || state == "enrolled"; }
};

/// Real PostgreSQL, real signing; time and choices are the test's.
class History {
public:
    explicit History(std::uint64_t seed) : rng_(seed) {}

    void operate() {
        const auto dice = rng_.next_u64() % 100;
        if (devices_.empty() || dice < 20) {
            add_device();
        } else if (dice < 45) {
            issue(any_device());
        } else if (dice < 88) {
            constexpr LifeStep steps[] = {LifeStep::suspend, LifeStep::reinstate, LifeStep::revoke,
                                          LifeStep::retire};
            take(any_device(), steps[rng_.next_u64() % 4]);
        } else {
            clock_.advance(std::chrono::hours(rng_.next_u64() % 48));
        }
    }

    /// As the process does once a second.
    void make_list() {
        const bool due = revoked_since_ || clock_.wall() - this_update_ >= 6h;
        const auto made = crl_.make_when_due();
        REQUIRE(made);
        CHECK(*made == due);
        revoked_since_ = false;
        auto connection = pool_.acquire().value();
        const auto list =
            security::Crl::from_der(*storage::current_revocation_list(*connection).value()).value();
        CHECK(list.issued_by(issuer_));
        if (due) CHECK(list.number() > number_);
        number_ = list.number();
        this_update_ = list.this_update();
        CHECK(listed(list) == expected(list.this_update()));
    }

    [[nodiscard]] std::size_t issued() const { return issued_; }
    [[nodiscard]] std::size_t most_listed() const { return most_listed_; }

private:
    KnownDevice& any_device() {
        // Of the younger ones: most of the older are closed.
        const auto young = std::min<std::size_t>(devices_.size(), 200);
        return devices_[devices_.size() - 1 - rng_.next_u64() % young];
    }

    void add_device() {
        auto connection = pool_.acquire().value();
        auto unit = storage::UnitOfWork::begin(*connection).value();
        const auto added = storage::add_device(unit, {.tenant = TenantNumber{1},
                                                      .id = DeviceId::random(rng_),
                                                      .site = "Basel",
                                                      .model = "TC-9",
                                                      .serial = std::to_string(devices_.size()),
                                                      .dictionary = {}});
        REQUIRE(added);
        REQUIRE(commit(unit));
        devices_.push_back({.id = added->device.id, .certificates = {}});
    }

    void issue(KnownDevice& device) {
        const auto secret = security::generate_secret().value();
        {
            auto connection = pool_.acquire().value();
            auto unit = storage::UnitOfWork::begin(*connection).value();
            const auto found = storage::find_registered(unit, device.id, std::nullopt).value().value();
            REQUIRE(storage::add_ticket(unit, {.device = found.key,
                                               .secret_digest = secret_digest(secret),
                                               .made_by = "test",
                                               .made_at = clock_.wall(),
                                               .expires_at = clock_.wall() + 24h}));
            REQUIRE(commit(unit));
        }
        const auto key = security::PrivateKey::generate(security::KeyKind::ec_p256).value();
        const auto enrolled = desk_.enroll({.secret = secret,
                                            .csr = security::make_csr_pem(key, "whatever").value(),
                                            .address = "192.0.2.1",
                                            .request_id = "r"});
        REQUIRE(enrolled.has_value() == device.may_enroll());
        if (!enrolled) return;
        const auto certificate = security::Certificate::from_pem(enrolled->chain_pem).value();
        device.certificates.push_back({certificate.serial_hex(), certificate.not_after()});
        device.state = "enrolled";
        ++issued_;
        withdraw_oldest(device);
    }

    /// The broker admits three of a device at most.
    void withdraw_oldest(KnownDevice& device) {
        const auto live = [&](const KnownCertificate& one) {
            return !one.revoked && one.not_after > clock_.wall();
        };
        auto& all = device.certificates;
        if (std::count_if(all.begin(), all.end(), live) <= 3) return;
        std::find_if(all.begin(), all.end(), live)->revoked = true;
        revoked_since_ = true;
    }

    void take(KnownDevice& device, LifeStep step) {
        auto connection = pool_.acquire().value();
        auto unit = storage::UnitOfWork::begin(*connection).value();
        const auto held = storage::lock_registered(unit, device.id).value().value();
        const std::string state = state_after(device, step);
        storage::AuditEntry entry;
        entry.actor = "test";
        const auto taken = take_step(unit, held, step, "", entry, clock_.wall());
        REQUIRE(taken.has_value() == (!device.closed() || device.state == state));
        if (!taken) return;
        CHECK(taken->changed == (device.state != state));
        REQUIRE(commit(unit));
        device.state = state;
        if (!device.closed() || !taken->changed) return;
        for (auto& certificate : device.certificates) {
            certificate.revoked = true;
            revoked_since_ = true;
        }
    }

    static std::string state_after(const KnownDevice& device, LifeStep step) {
        switch (step) {
            case LifeStep::suspend: return "suspended";
            case LifeStep::reinstate:
                return device.closed() || device.certificates.empty() ? "registered" : "enrolled";
            case LifeStep::revoke: return "revoked";
            case LifeStep::retire: return "retired";
        }
        return "";
    }

    std::set<std::string> listed(const security::Crl& list) {
        std::set<std::string> serials;
        for (const auto& one : list.revoked()) CHECK(serials.insert(one.serial_hex).second);
        most_listed_ = std::max(most_listed_, serials.size());
        return serials;
    }
    [[nodiscard]] std::set<std::string> expected(WallTime now) const {
        std::set<std::string> serials;
        for (const auto& device : devices_) {
            for (const auto& certificate : device.certificates) {
                if (certificate.revoked && certificate.not_after > now) serials.insert(certificate.serial);
            }
        }
        return serials;
    }

    SeededRng rng_;
    TestDatabase database_;
    TemporaryDirectory directory_;
    ManualClock clock_;
    certs::DevelopmentPki pki_ = certs::make_development_pki(directory_ / "pki", {}, clock_).value();
    security::Certificate issuer_ = certs::load_pair(pki_.issuing()).value().certificate;
    SigningDesk signer_ = SigningDesk::open(pki_.issuing(), clock_).value();
    storage::ConnectionPool pool_{
        {.dsn = database_.dsn("wg_provision"), .program = "test", .connections = 2}};
    metrics::Registry metrics_;
    IssuanceDesk issuance_{signer_, clock_, device_pipeline().value()};
    EnrollmentDesk desk_{pool_, issuance_, clock_};
    CrlDesk crl_{pool_, signer_, clock_, metrics_};
    std::vector<KnownDevice> devices_;
    bool revoked_since_ = true;  ///< no list was made yet
    std::int64_t number_ = 0;
    WallTime this_update_;
    std::size_t issued_ = 0;
    std::size_t most_listed_ = 0;
};

}  // namespace

TEST_CASE("after any history the list names exactly the certificates that are revoked and not expired",
          "[provisioning][crl]") {
    const char* given = std::getenv("WATCHGLASS_OPERATIONS");
    const int operations = given != nullptr ? std::atoi(given) : some_operations;
    History history{20261127};
    for (int i = 1; i <= operations; ++i) {
        history.operate();
        if (i % between_lists == 0) history.make_list();
    }
    history.make_list();
    CHECK(history.issued() > static_cast<std::size_t>(operations) / 20);
    CHECK(history.most_listed() > 20);
}
