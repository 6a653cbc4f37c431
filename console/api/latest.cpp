// SPDX-License-Identifier: Apache-2.0
#include "console/api/latest.h"

#include "console/api/parameters.h"
#include "console/api/render.h"
#include "console/codes.h"

namespace watchglass::console {

http::Response show_latest(const Context& context, const http::Request& request) {
    return read(context, request, [&](storage::UnitOfWork& unit) -> Answered<http::Response> {
        const auto id = device_of(request);
        if (!id) return tl::unexpected(id.error());
        const auto device = storage::show_device(unit, *id);
        if (!device) return refuse(device.error());
        if (!*device) return refuse(404, codes::no_such_device, id->text());
        const auto readings = storage::latest_of(unit, *id);
        if (!readings) return refuse(readings.error());

        json::Value::Array items;
        for (const auto& reading : *readings) items.push_back(to_json(reading, context.clock.wall()));
        return http::ok(collection(std::move(items), std::nullopt));
    });
}

}  // namespace watchglass::console
