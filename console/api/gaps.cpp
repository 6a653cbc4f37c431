// SPDX-License-Identifier: Apache-2.0
#include "console/api/gaps.h"

#include "console/api/parameters.h"
#include "console/api/render.h"

namespace watchglass::console {
namespace {

Answered<storage::GapQuery> query_of(const Context& context, const http::Request& request) {
    auto device = device_of(request);
    if (!device) return tl::unexpected(device.error());
    const auto range = range_of(context, request, WallTime{0});
    if (!range) return tl::unexpected(range.error());
    auto page = page_of(request, 100);
    if (!page) return tl::unexpected(page.error());
    return storage::GapQuery{
        .device = std::move(*device), .since = range->since, .until = range->until, .page = std::move(*page)};
}

}  // namespace

http::Response list_gaps(const Context& context, const http::Request& request) {
    return read(context, request, [&](storage::UnitOfWork& unit) -> Answered<http::Response> {
        const auto query = query_of(context, request);
        if (!query) return tl::unexpected(query.error());
        if (const auto exists = must_exist(unit, query->device); !exists)
            return tl::unexpected(exists.error());
        const auto page = storage::list_gaps(unit, *query);
        if (!page) return refuse(page.error());

        json::Value::Array items;
        for (const auto& gap : page->items) items.push_back(to_json(gap));
        return http::ok(collection(std::move(items), page->next));
    });
}

}  // namespace watchglass::console
