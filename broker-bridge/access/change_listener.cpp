// SPDX-License-Identifier: Apache-2.0
#include "broker-bridge/access/change_listener.h"

#include <chrono>
#include <utility>

#include "libs/foundation/log.h"
#include "storage/broker/access_change_store.h"
#include "storage/postgres/listener.h"

namespace watchglass::broker {

namespace {
constexpr std::chrono::milliseconds turn{250};  // how soon a stop is seen
}

ChangeListener::ChangeListener(std::string dsn, std::function<void()> changed)
    : dsn_(std::move(dsn)), changed_(std::move(changed)), thread_([this] { run(); }) {}

ChangeListener::~ChangeListener() {
    stopping_ = true;
    thread_.join();
}

void ChangeListener::run() {
    while (!stopping_) {
        auto listener = storage::Listener::open(dsn_, "watchglass-bridged", {storage::access_channel});
        if (!listener) {
            // The list is polled every second besides: a notification only makes it faster.
            log::failure(log::Level::warning, "bridge.not_listening", listener.error());
            for (int turns = 0; turns < 4 && !stopping_; ++turns) std::this_thread::sleep_for(turn);
            continue;
        }
        changed_();
        while (!stopping_) {
            const auto heard = listener->wait(turn);
            if (!heard) break;
            if (!heard->empty()) changed_();
        }
    }
}

}  // namespace watchglass::broker
