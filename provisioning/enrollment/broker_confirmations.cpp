// SPDX-License-Identifier: Apache-2.0
#include "provisioning/enrollment/broker_confirmations.h"

#include "libs/foundation/log.h"
#include "provisioning/codes.h"
#include "storage/postgres/listener.h"
#include "storage/registry/access_store.h"

namespace watchglass::provisioning {

using namespace std::chrono_literals;

void BrokerConfirmations::start() {
    stopping_ = false;
    thread_ = std::thread([this] { run(); });
}

void BrokerConfirmations::stop() {
    {
        const std::lock_guard lock{
            mutex_};  // a waiter is either before its check or asleep, never in between
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

Result<void> BrokerConfirmations::wait_for(std::int64_t change, std::chrono::milliseconds patience) {
    std::unique_lock lock{mutex_};
    const bool confirmed =
        changed_.wait_for(lock, patience, [&] { return stopping_ || (confirmed_ && *confirmed_ >= change); });
    if (confirmed && !stopping_) return {};
    return failed(Failure{codes::broker_behind, Next::retry_later, {}, {}});
}

void BrokerConfirmations::run() {
    while (!stopping_) {
        if (listen_once()) continue;
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, 1s, [&] { return stopping_.load(); });
    }
}

// False: the database is away.
bool BrokerConfirmations::listen_once() {
    auto listener =
        storage::Listener::open(database_.settings().dsn, database_.settings().program + " (listener)",
                                {storage::broker_confirmation_channel});
    if (!listener) {
        log::failure(log::Level::warning, "enroll.cannot_listen", listener.error());
        return false;
    }
    // First the listener, then the state: nothing in between is missed. Read again from time to time, because a broker
    // that is taken out of service is a deleted row, which notifies nobody.
    while (!stopping_) {
        if (!read()) return false;
        const auto heard = listener->wait(500ms);
        if (!heard) return false;
    }
    return true;
}

bool BrokerConfirmations::read() {
    auto connection = database_.acquire();
    if (!connection) return false;
    const auto now = storage::confirmed_by_every_broker(**connection);
    if (!now) return false;
    {
        const std::lock_guard lock{mutex_};
        confirmed_ = *now;
    }
    changed_.notify_all();
    return true;
}

}  // namespace watchglass::provisioning
