// SPDX-License-Identifier: Apache-2.0
#include "console/api/quarantine_list.h"

#include "console/api/parameters.h"
#include "console/api/render.h"
#include "console/codes.h"

namespace watchglass::console {

http::Response list_quarantine(const Context& context, const http::Request& request) {
    return read(context, request, [&](storage::UnitOfWork& unit) -> Answered<http::Response> {
        const auto page = page_of(request, 100);
        if (!page) return tl::unexpected(page.error());
        std::optional<DeviceId> device;
        if (const auto text = request.query_value("device")) {
            const auto id = DeviceId::parse(*text);
            if (!id) return refuse(404, codes::no_such_device, id.error().detail);
            device = *id;
        }
        const auto found = storage::list_quarantined(unit, device, *page);
        if (!found) return refuse(found.error());

        json::Value::Array items;
        for (const auto& item : found->items) items.push_back(to_json(item));
        return http::ok(collection(std::move(items), found->next));
    });
}

}  // namespace watchglass::console
