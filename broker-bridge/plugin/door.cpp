// SPDX-License-Identifier: Apache-2.0
#include "broker-bridge/plugin/door.h"

#include <chrono>
#include <utility>

#include "libs/foundation/file.h"
#include "libs/foundation/log.h"

namespace watchglass::broker {

namespace {
constexpr std::chrono::seconds between_reports{5};
}

Door::Door(DoorSettings settings) : settings_(std::move(settings)), feed_(settings_.feed, access_) {}

Result<void> Door::open() {
    const auto pem = read_file(settings_.service_authority, 1u << 20);
    if (!pem) return failed(pem);
    auto authority = security::Certificate::from_pem(*pem);
    if (!authority) return failed(authority);
    service_authority_ = *std::move(authority);
    feed_.start();
    return {};
}

Result<std::string> Door::knock(ConnectionKey key, const Knock& knock) {
    gone(key, "lost");  // should the broker reuse a key without a goodbye, nothing of the old session stays
    auto principal = access_.admit(knock, service_authority_);
    if (!principal) {
        ++counts_.refused[std::string(principal.error().code.name)];
        log::failure(log::Level::warning, "broker.refused", principal.error(),
                     {{"client_id", knock.client_id}});
        return failed(principal);
    }
    ++counts_.admitted;
    auto name = user_name(*principal);
    const auto change =
        sessions_.admitted(key, *std::move(principal), knock.certificate->fingerprint(), clock_.wall());
    if (change) feed_.post(*change);
    return name;
}

bool Door::may(ConnectionKey key, Deed deed, std::string_view topic, int qos, bool retain) {
    const auto* principal = sessions_.principal(key);
    if (principal == nullptr && deed == Deed::publish) {
        principal = sessions_.leaving(key);
        deed = Deed::will;
    }
    if (principal == nullptr) return false;  // nobody that knocked here
    if (broker::may(*principal, deed, topic, qos, retain)) return true;
    if (deed != Deed::receive) {
        ++counts_.denied_operations;
        log::warning("broker.denied", "A client asked for something it may not do.",
                     {{"user", user_name(*principal)}, {"topic", topic}, {"qos", qos}, {"retain", retain}});
    }
    return false;
}

void Door::gone(ConnectionKey key, std::string reason) {
    if (const auto change = sessions_.gone(key, std::move(reason), clock_.wall())) feed_.post(*change);
}

std::vector<std::string> Door::tick() {
    sessions_.settle();
    std::vector<std::string> kicked;
    access_.after_denials([&](const AccessTable& table) {
        for (const auto& device : sessions_.to_kick(table)) kicked.push_back(device.text());
    });
    if (feed_.take_wants_present()) {
        for (const auto& part : in_parts(sessions_.present())) feed_.post(part);
        reported_ = {};
    }
    report();
    return kicked;
}

void Door::report() {
    const auto now = clock_.steady();
    if (now < next_report_) return;
    next_report_ = now + between_reports;
    if (counts_ == reported_) return;
    feed_.post(counts_);
    reported_ = counts_;
}

}  // namespace watchglass::broker
