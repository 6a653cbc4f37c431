// SPDX-License-Identifier: Apache-2.0
#include "console/api/events.h"

#include "console/api/parameters.h"
#include "console/api/render.h"
#include "console/codes.h"

namespace watchglass::console {
namespace {

constexpr Microseconds usual_span{86'400'000'000};

Answered<Severity> severity_of(const http::Request& request) {
    const auto text = request.query_value("severity");
    if (!text) return Severity::info;
    for (const auto severity : {Severity::info, Severity::warning, Severity::alarm})
        if (*text == to_text(severity)) return severity;
    return refuse(400, codes::bad_query, "severity is info, warning or alarm");
}

Answered<storage::EventQuery> query_of(const Context& context, const http::Request& request) {
    auto device = device_of(request);
    if (!device) return tl::unexpected(device.error());
    const auto range = range_of(context, request, context.clock.wall() + Microseconds{-usual_span.count()});
    if (!range) return tl::unexpected(range.error());
    const auto least = severity_of(request);
    if (!least) return tl::unexpected(least.error());
    auto page = page_of(request, 100);
    if (!page) return tl::unexpected(page.error());
    return storage::EventQuery{.device = std::move(*device),
                               .since = range->since,
                               .until = range->until,
                               .least = *least,
                               .sub_device = request.query_value("sub_device"),
                               .page = std::move(*page)};
}

}  // namespace

http::Response list_events(const Context& context, const http::Request& request) {
    return read(context, request, [&](storage::UnitOfWork& unit) -> Answered<http::Response> {
        const auto query = query_of(context, request);
        if (!query) return tl::unexpected(query.error());
        if (const auto exists = must_exist(unit, query->device); !exists)
            return tl::unexpected(exists.error());
        const auto page = storage::list_events(unit, *query);
        if (!page) return refuse(page.error());

        json::Value::Array items;
        for (const auto& event : page->items) items.push_back(to_json(event));
        return http::ok(collection(std::move(items), page->next));
    });
}

}  // namespace watchglass::console
