// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "provisioning/api/answers.h"
#include "provisioning/api/endpoints.h"
#include "provisioning/codes.h"

namespace watchglass::provisioning::api {

namespace {

std::string to_cursor(std::int64_t entry) { return to_base32(as_bytes(std::to_string(entry))); }

/// Nothing without a cursor: begin with the newest.
Result<std::optional<std::int64_t>> cursor_of(const http::Request& request) {
    const auto cursor = request.query_value("cursor");
    if (!cursor) return std::nullopt;
    const auto bytes = from_base32(*cursor);
    const std::string_view text = bytes ? as_text(*bytes) : std::string_view{};
    std::int64_t entry = 0;
    const auto [ptr, error] = std::from_chars(text.data(), text.data() + text.size(), entry);
    if (error != std::errc{} || ptr != text.data() + text.size() || entry < 1)
        return failed(Failure{codes::bad_cursor, Next::give_up, {}, {}});
    return std::optional{entry};
}

json::Value to_json(const storage::WrittenAudit& written) {
    return json::Value::object({{"entry", written.number},
                                {"at", to_rfc3339(written.at)},
                                {"actor", written.entry.actor},
                                {"action", written.entry.action},
                                {"address", written.entry.address},
                                {"request_id", written.entry.request_id},
                                {"detail", json::parse(written.entry.detail).value_or(json::Value())}});
}

}  // namespace

http::Response device_history(Context& context, const http::Request& request) {
    const auto limit = page_limit(request);
    if (!limit) return refuse(limit.error(), request);
    const auto before = cursor_of(request);
    if (!before) return refuse(before.error(), request);
    return as_operator(context, request, Action::read_registry,
                       [&](storage::UnitOfWork& unit, const Caller& caller) -> Result<http::Response> {
                           const auto device = device_of(unit, request, caller.who.tenant);
                           if (!device) return failed(device);
                           const auto page = storage::audit_of_device(unit, device->key.tenant, device->id,
                                                                      *before, *limit);
                           if (!page) return failed(page);
                           auto items = json::Value::array();
                           for (const auto& written : page->items) items.push(to_json(written));
                           return http::ok(json::Value::object(
                               {{"items", items},
                                {"next", page->next ? json::Value(to_cursor(*page->next)) : json::Value()}}));
                       });
}

}  // namespace watchglass::provisioning::api
