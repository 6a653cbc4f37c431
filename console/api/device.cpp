// SPDX-License-Identifier: Apache-2.0
#include "console/api/device.h"

#include "console/api/parameters.h"
#include "console/api/render.h"
#include "console/codes.h"

namespace watchglass::console {

http::Response show_device(const Context& context, const http::Request& request) {
    return read(context, request, [&](storage::UnitOfWork& unit) -> Answered<http::Response> {
        const auto id = device_of(request);
        if (!id) return tl::unexpected(id.error());
        const auto device = storage::show_device(unit, *id);
        if (!device) return refuse(device.error());
        if (!*device) return refuse(404, codes::no_such_device, id->text());
        return http::ok(to_json(**device, context.clock.wall()));
    });
}

}  // namespace watchglass::console
