// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "provisioning/api/answers.h"
#include "provisioning/api/endpoints.h"
#include "provisioning/codes.h"

namespace watchglass::provisioning::api {

namespace {

std::string to_cursor(const storage::DeviceKey& key) {
    return to_base32(as_bytes(std::to_string(key.tenant.value()) + ":" + std::to_string(key.device.value())));
}

Result<storage::DeviceKey> from_cursor(const std::string& cursor) {
    const auto bytes = from_base32(cursor);
    const std::string_view text = bytes ? as_text(*bytes) : std::string_view{};
    std::int32_t tenant = 0;
    std::int32_t device = 0;
    const char* end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, tenant);
    const bool colon = first.ec == std::errc{} && first.ptr != end && *first.ptr == ':';
    if (!colon || std::from_chars(first.ptr + 1, end, device).ptr != end || device <= 0) {
        return failed(Failure{codes::bad_cursor, Next::give_up, {}, {}});
    }
    return storage::DeviceKey{TenantNumber{tenant}, DeviceNumber{device}};
}

}  // namespace

http::Response list_devices(Context& context, const http::Request& request) {
    const auto limit = page_limit(request);
    if (!limit) return refuse(limit.error(), request);
    std::optional<storage::DeviceKey> after;
    if (const auto cursor = request.query_value("cursor")) {
        const auto key = from_cursor(*cursor);
        if (!key) return refuse(key.error(), request);
        after = *key;
    }
    return as_operator(context, request, Action::read_registry,
                       [&](storage::UnitOfWork& unit, const Caller& caller) -> Result<http::Response> {
                           const auto page = storage::list_registered(unit, caller.who.tenant, after, *limit);
                           if (!page) return failed(page);
                           auto items = json::Value::array();
                           for (const auto& device : page->items) items.push(to_json(device));
                           return http::ok(json::Value::object(
                               {{"items", items},
                                {"next", page->next ? json::Value(to_cursor(*page->next)) : json::Value()}}));
                       });
}

}  // namespace watchglass::provisioning::api
