// SPDX-License-Identifier: Apache-2.0
#include "console/api/device_health.h"

#include "console/api/parameters.h"
#include "console/api/render.h"
#include "console/codes.h"

namespace watchglass::console {

http::Response show_health(const Context& context, const http::Request& request) {
    return read(context, request, [&](storage::UnitOfWork& unit) -> Answered<http::Response> {
        const auto id = device_of(request);
        if (!id) return tl::unexpected(id.error());
        const auto health = storage::health_of(unit, *id);
        if (!health) return refuse(health.error());
        if (!*health) return refuse(404, codes::no_such_device, id->text());
        const auto alarms = storage::active_alarms_of(unit, *id);
        if (!alarms) return refuse(alarms.error());

        const WallTime now = context.clock.wall();
        json::Value::Array standing;
        for (const auto& alarm : *alarms) standing.push_back(to_json(alarm, now));
        json::Value body = to_json(**health, now);
        body.set("alarms", json::Value::array(std::move(standing)));
        return http::ok(body);
    });
}

}  // namespace watchglass::console
