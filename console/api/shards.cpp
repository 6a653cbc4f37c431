// SPDX-License-Identifier: Apache-2.0
#include "console/api/shards.h"

#include "console/api/parameters.h"
#include "console/api/render.h"
#include "storage/read/shards.h"

namespace watchglass::console {

http::Response list_shards(const Context& context, const http::Request& request) {
    return read_platform(context, request, [&](storage::UnitOfWork& unit) -> Answered<http::Response> {
        const auto found = storage::list_shards(unit);
        if (!found) return refuse(found.error());
        json::Value::Array items;
        for (const auto& shard : *found) items.push_back(to_json(shard, context.clock.wall()));
        return http::ok(collection(std::move(items), std::nullopt));
    });
}

}  // namespace watchglass::console
