// SPDX-License-Identifier: Apache-2.0
#include "console/api/telemetry.h"

#include <fmt/format.h>

#include "console/api/parameters.h"
#include "console/api/render.h"
#include "console/codes.h"
#include "storage/read/telemetry.h"

namespace watchglass::console {
namespace {

constexpr Microseconds usual_span{3'600'000'000};

Answered<storage::TelemetryQuery> query_of(const Context& context, const http::Request& request) {
    auto device = device_of(request);
    if (!device) return tl::unexpected(device.error());
    const auto parameter = request.query_value("parameter");
    if (!parameter) return refuse(400, codes::bad_query, "parameter is missing");
    const auto range = range_of(context, request, context.clock.wall() + Microseconds{-usual_span.count()});
    if (!range) return tl::unexpected(range.error());
    auto page = page_of(request, 1'000);
    if (!page) return tl::unexpected(page.error());
    return storage::TelemetryQuery{.device = std::move(*device),
                                   .parameter = *parameter,
                                   .since = range->since,
                                   .until = range->until,
                                   .sub_device = request.query_value("sub_device").value_or(""),
                                   .page = std::move(*page)};
}

/// A misspelled name must not look like an empty answer.
Answered<void> must_name_what_is(storage::UnitOfWork& unit, const storage::TelemetryQuery& query) {
    if (auto exists = must_exist(unit, query.device); !exists) return exists;
    const auto declared = storage::parameter_is_declared(unit, query.parameter);
    if (!declared) return refuse(declared.error());
    if (!*declared) return refuse(404, codes::no_such_parameter, query.parameter);
    return {};
}

http::Response as_json(const storage::TelemetryQuery& query, const storage::SamplePage& page) {
    json::Value::Array items;
    items.reserve(page.items.size());
    for (const storage::Sample& sample : page.items) {
        items.push_back(json::Value::object({{"t", to_rfc3339(sample.t)},
                                             {"value", value_json(sample.value, sample.text)},
                                             {"clock_quality", to_text(sample.clock_quality)},
                                             {"device_t", time_or_null(sample.device_t)}}));
    }
    json::Value body = collection(std::move(items), page.next);
    body.set("device", query.device.text());
    body.set("parameter", query.parameter);
    return http::ok(body);
}

/// RFC 4180: a field with a comma, quote or line break is quoted.
std::string csv_field(std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

http::Response as_csv(const storage::SamplePage& page) {
    std::string csv = "t,value,clock_quality,device_t\r\n";
    for (const storage::Sample& sample : page.items) {
        const std::string value = sample.text    ? csv_field(*sample.text)
                                  : sample.value ? fmt::format("{}", *sample.value)
                                                 : std::string();
        csv += fmt::format("{},{},{},{}\r\n", to_rfc3339(sample.t), value, to_text(sample.clock_quality),
                           sample.device_t ? to_rfc3339(*sample.device_t) : "");
    }
    http::Response response = http::text(200, "text/csv; charset=utf-8", std::move(csv));
    if (page.next) response.headers.emplace_back("x-next-cursor", *page.next);
    return response;
}

}  // namespace

http::Response read_telemetry(const Context& context, const http::Request& request) {
    return read(context, request, [&](storage::UnitOfWork& unit) -> Answered<http::Response> {
        const auto query = query_of(context, request);
        if (!query) return tl::unexpected(query.error());
        if (const auto exists = must_name_what_is(unit, *query); !exists)
            return tl::unexpected(exists.error());
        const auto page = storage::read_telemetry(unit, *query);
        if (!page) return refuse(page.error());
        const bool csv = request.header("accept").starts_with("text/csv");
        return csv ? as_csv(*page) : as_json(*query, *page);
    });
}

}  // namespace watchglass::console
