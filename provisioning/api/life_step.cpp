// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/log.h"
#include "provisioning/api/answers.h"
#include "provisioning/api/endpoints.h"
#include "provisioning/codes.h"

namespace watchglass::provisioning::api {

namespace {

constexpr std::size_t most_reason_bytes = 500;

/// Empty when none was given; the whole body may be missing.
Result<std::string> reason_of(const http::Request& request) {
    if (request.body.empty()) return std::string();
    const auto body = json_body(request);
    if (!body) return failed(body);
    auto reason = optional_text_field(*body, "reason", most_reason_bytes);
    if (!reason) return failed(reason);
    return reason->value_or("");
}

/// The route's device, locked: nobody enrolls it or changes its state meanwhile.
Result<storage::RegisteredDevice> hold_device(storage::UnitOfWork& unit, const http::Request& request,
                                              const Caller& caller) {
    const auto device = device_of(unit, request, caller.who.tenant);
    if (!device) return failed(device);
    if (auto allowed = authorize(caller, Action::change_device_state, device->key.tenant); !allowed)
        return failed(allowed);
    auto held = storage::lock_registered(unit, device->id);
    if (!held) return failed(held);
    if (!*held) return failed(Failure{codes::unknown_device, Next::give_up, {}, {}});
    return std::move(**held);
}

Result<void> require_match(storage::UnitOfWork& unit, const http::Request& request,
                           const storage::RegisteredDevice& device) {
    const auto shown = shown_device(unit, device);
    if (!shown) return failed(shown);
    return provisioning::require_match(request, etag_of(*shown));
}

struct Done {
    LifeChange change;
    json::Value device;  ///< afterwards
    std::string etag;
};

Result<Done> take(Context& context, storage::UnitOfWork& unit, const Caller& caller,
                  const http::Request& request, LifeStep step, const std::string& reason) {
    const auto device = hold_device(unit, request, caller);
    if (!device) return failed(device);
    if (auto matches = require_match(unit, request, *device); !matches) return failed(matches);
    const auto change = take_step(unit, *device, step, reason, caller.audit(""), context.clock.wall());
    if (!change) return failed(change);
    const auto after = device_of(unit, request, caller.who.tenant);
    if (!after) return failed(after);
    auto shown = shown_device(unit, *after);
    if (!shown) return failed(shown);
    auto etag = etag_of(*shown);
    return Done{*change, std::move(*shown), std::move(etag)};
}

bool brokers_know(Context& context, std::int64_t change) {
    return change == 0 || context.broker.wait_for(change, context.life_patience);
}

}  // namespace

http::Response answer_step(Context& context, const http::Request& request, LifeStep step) {
    const auto reason = reason_of(request);
    if (!reason) return refuse(reason.error(), request);
    std::optional<Done> done;
    auto response =
        as_operator(context, request, Action::change_device_state,
                    [&](storage::UnitOfWork& unit, const Caller& caller) -> Result<http::Response> {
                        auto taken = take(context, unit, caller, request, step, *reason);
                        if (!taken) return failed(taken);
                        done = std::move(*taken);
                        return http::ok(done->device);
                    });
    if (!done || response.status != 200) return response;
    // Committed: what the brokers do about it can only be told, not undone.
    done->device.set("broker_confirmed", brokers_know(context, done->change.access_change));
    log::info("life.step", "A device's state was asked for.",
              {{"device", done->device.text_or("device", "")},
               {"state", done->device.text_or("state", "")},
               {"changed", done->change.changed},
               {"request_id", request.request_id}});
    response = http::ok(done->device);
    response.headers.emplace_back("ETag", done->etag);
    return response;
}

}  // namespace watchglass::provisioning::api
