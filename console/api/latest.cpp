// SPDX-License-Identifier: Apache-2.0
#include "console/api/latest.h"

#include "console/api/parameters.h"
#include "console/api/render.h"

namespace watchglass::console {

http::Response show_latest(const Context& context, const http::Request& request) {
    return read(context, request, [&](storage::UnitOfWork& unit) -> Answered<http::Response> {
        const auto id = device_of(request);
        if (!id) return tl::unexpected(id.error());
        if (const auto exists = must_exist(unit, *id); !exists) return tl::unexpected(exists.error());
        const auto readings = storage::latest_of(unit, *id);
        if (!readings) return refuse(readings.error());

        json::Value::Array items;
        for (const auto& reading : *readings) items.push_back(to_json(reading, context.clock.wall()));
        return http::ok(collection(std::move(items), std::nullopt));
    });
}

}  // namespace watchglass::console
