// SPDX-License-Identifier: Apache-2.0
#include "console/api/devices.h"

#include "console/api/parameters.h"
#include "console/api/render.h"

namespace watchglass::console {

http::Response list_devices(const Context& context, const http::Request& request) {
    return read(context, request, [&](storage::UnitOfWork& unit) -> Answered<http::Response> {
        const auto page = page_of(request, 100);
        if (!page) return tl::unexpected(page.error());
        const auto devices = storage::list_devices(unit, *page);
        if (!devices) return refuse(devices.error());

        json::Value::Array items;
        for (const auto& device : devices->items) items.push_back(to_json(device, context.clock.wall()));
        return http::ok(collection(std::move(items), devices->next));
    });
}

}  // namespace watchglass::console
