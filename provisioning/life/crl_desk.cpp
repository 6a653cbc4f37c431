// SPDX-License-Identifier: Apache-2.0
#include "provisioning/life/crl_desk.h"

#include <algorithm>
#include <chrono>

#include "libs/foundation/log.h"
#include "provisioning/commit.h"
#include "storage/registry/revocation_store.h"

namespace watchglass::provisioning {

using namespace std::chrono_literals;

namespace {

bool is_due(const storage::RevocationListHead& head, WallTime now) {
    return head.number == 0 || head.incomplete ||
           now - head.this_update >= (head.next_update - head.this_update) / 4;
}

/// Also above what an older copy of this database gave out: a restored one goes on from the time and not from its number.
std::int64_t number_after(std::int64_t last, WallTime now) { return std::max(last + 1, now.us / 1'000'000); }

double seconds(WallTime time) { return static_cast<double>(time.us) / 1e6; }

}  // namespace

CrlDesk::CrlDesk(storage::ConnectionPool& database, Signer& signer, const Clock& clock,
                 metrics::Registry& metrics)
    : database_(database),
      signer_(signer),
      clock_(clock),
      entries_(metrics.gauge("watchglass_crl_entries",
                             "Certificates on the revocation list that was made last here.")),
      next_update_(metrics.gauge("watchglass_crl_next_update_timestamp_seconds",
                                 "When the revocation list that is served ends.")) {}

void CrlDesk::start() {
    stopping_ = false;
    thread_ = std::thread([this] { run(); });
}

void CrlDesk::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    stopped_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void CrlDesk::run() {
    std::unique_lock lock{mutex_};
    while (!stopping_) {
        lock.unlock();
        if (auto made = make_when_due(); !made) log::failure(log::Level::error, "crl.not_made", made.error());
        lock.lock();
        stopped_.wait_for(lock, 1s, [this] { return stopping_; });
    }
}

Result<bool> CrlDesk::make_when_due() {
    auto connection = database_.acquire();
    if (!connection) return failed(connection);
    auto unit = storage::UnitOfWork::begin(**connection);
    if (!unit) return failed(unit);
    auto head = storage::find_revocation_list_head(*unit);
    if (!head) return failed(head);
    next_update_.set(seconds(head->next_update));
    if (!is_due(*head, clock_.wall())) return false;
    head = storage::lock_revocation_list_head(*unit);
    if (!head) return failed(head);
    const WallTime now = clock_.wall();
    if (!is_due(*head, now)) return false;  // another process made it meanwhile

    CrlRequest request{.number = number_after(head->number, now), .revoked = {}};
    const auto revoked = storage::enter_revoked(*unit, request.number, now);
    if (!revoked) return failed(revoked);
    for (const auto& certificate : *revoked)
        request.revoked.push_back({.serial_hex = certificate.serial, .revoked_at = certificate.revoked_at});
    const auto crl = signer_.sign_crl(request);
    if (!crl) return failed(crl);
    if (auto kept = storage::keep_revocation_list(*unit, {.number = request.number,
                                                          .this_update = crl->this_update(),
                                                          .next_update = crl->next_update(),
                                                          .der = crl->to_der()});
        !kept)
        return failed(kept);
    if (auto done = commit(*unit); !done) return failed(done);
    entries_.set(static_cast<double>(request.revoked.size()));
    next_update_.set(seconds(crl->next_update()));
    log::info("crl.made", "Made a revocation list.",
              {{"number", request.number}, {"revoked", request.revoked.size()}});
    return true;
}

}  // namespace watchglass::provisioning
