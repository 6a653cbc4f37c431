// SPDX-License-Identifier: Apache-2.0
#include "console/api/tail.h"

#include "console/access.h"
#include "console/codes.h"
#include "storage/read/devices.h"

namespace watchglass::console {
namespace {

struct Wanted {
    storage::ReadScope scope;
    storage::TailFilter filter;
};

Answered<Wanted> wanted(const Context& context, const http::Request& request) {
    auto connection = context.pool.acquire();
    if (!connection) return refuse(connection.error());
    const auto reader = admit(**connection, request);
    if (!reader) return tl::unexpected(reader.error());
    Wanted result{.scope = reader->scope,
                  .filter = {.device = std::nullopt, .parameter = request.query_value("parameter")}};

    if (const auto text = request.query_value("device")) {
        const auto id = DeviceId::parse(*text);
        if (!id) return refuse(404, codes::no_such_device, id.error().detail);
        auto unit = storage::begin_read(**connection, reader->scope);
        if (!unit) return refuse(unit.error());
        const auto device = storage::show_device(*unit, *id);
        if (!device) return refuse(device.error());
        if (!*device) return refuse(404, codes::no_such_device, *text);
        result.filter.device = *id;
    }
    return result;
}

}  // namespace

http::Response tail(const Context& context, TailHub& hub, const http::Request& request) {
    const auto what = wanted(context, request);
    if (!what) return http::problem(what.error().status, what.error().failure);
    return http::event_stream([&hub, what = *what](std::shared_ptr<http::EventStream> stream) {
        hub.add(what.scope, what.filter, std::move(stream));
    });
}

}  // namespace watchglass::console
