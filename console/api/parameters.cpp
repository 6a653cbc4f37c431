// SPDX-License-Identifier: Apache-2.0
#include "console/api/parameters.h"

#include <charconv>

#include "console/codes.h"
#include "storage/read/devices.h"

namespace watchglass::console {
namespace {

// Observations may lie this far ahead of our clock.
constexpr Microseconds future{300'000'000};

}  // namespace

Answered<DeviceId> device_of(const http::Request& request) {
    auto device = DeviceId::parse(request.path_values.at("device"));
    if (!device) return refuse(404, codes::no_such_device, device.error().detail);
    return std::move(*device);
}

Answered<void> must_exist(storage::UnitOfWork& unit, const DeviceId& device) {
    const auto found = storage::show_device(unit, device);
    if (!found) return refuse(found.error());
    if (!*found) return refuse(404, codes::no_such_device, device.text());
    return {};
}

Answered<storage::Page> page_of(const http::Request& request, int usual_limit) {
    storage::Page page{.after = request.query_value("cursor").value_or(""), .limit = usual_limit};
    if (const auto text = request.query_value("limit")) {
        const char* end = text->data() + text->size();
        const auto [stop, error] = std::from_chars(text->data(), end, page.limit);
        if (error != std::errc{} || stop != end || page.limit < 1 || page.limit > 10'000) {
            return refuse(400, codes::bad_query, "limit");
        }
    }
    return page;
}

Answered<WallTime> moment_of(const http::Request& request, std::string_view name, WallTime now,
                             WallTime otherwise) {
    const auto text = request.query_value(name);
    if (!text) return otherwise;
    if (const auto moment = parse_rfc3339(*text)) return *moment;
    if (const auto age = parse_duration(*text)) return now + Microseconds{-age->count()};
    return refuse(400, codes::bad_query, std::string(name));
}

Answered<TimeRange> range_of(const Context& context, const http::Request& request, WallTime usual_since) {
    const WallTime now = context.clock.wall();
    const auto since = moment_of(request, "since", now, usual_since);
    if (!since) return tl::unexpected(since.error());
    const auto until = moment_of(request, "until", now, now + future);
    if (!until) return tl::unexpected(until.error());
    return TimeRange{*since, *until};
}

json::Value collection(json::Value::Array items, const std::optional<std::string>& next) {
    return json::Value::object({{"items", json::Value::array(std::move(items))},
                                {"next", next ? json::Value(*next) : json::Value()}});
}

}  // namespace watchglass::console
