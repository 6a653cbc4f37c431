// SPDX-License-Identifier: Apache-2.0
#include "console/api/health.h"

#include "console/api/parameters.h"
#include "console/api/render.h"
#include "console/codes.h"

namespace watchglass::console {
namespace {

Answered<storage::HealthOf> which_of(const http::Request& request) {
    const auto text = request.query_value("trouble");
    if (!text || *text == "false") return storage::HealthOf::all;
    if (*text == "true") return storage::HealthOf::in_trouble;
    return refuse(400, codes::bad_query, "trouble is true or false");
}

}  // namespace

http::Response list_health(const Context& context, const http::Request& request) {
    return read(context, request, [&](storage::UnitOfWork& unit) -> Answered<http::Response> {
        const auto page = page_of(request, 100);
        if (!page) return tl::unexpected(page.error());
        const auto which = which_of(request);
        if (!which) return tl::unexpected(which.error());
        const auto found = storage::list_health(unit, *which, *page);
        if (!found) return refuse(found.error());

        json::Value::Array items;
        for (const auto& health : found->items) items.push_back(to_json(health, context.clock.wall()));
        return http::ok(collection(std::move(items), found->next));
    });
}

}  // namespace watchglass::console
