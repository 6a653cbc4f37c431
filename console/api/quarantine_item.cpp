// SPDX-License-Identifier: Apache-2.0
#include "console/api/quarantine_item.h"

#include <charconv>

#include "console/api/render.h"
#include "console/codes.h"
#include "libs/foundation/bytes.h"

namespace watchglass::console {

http::Response show_quarantine(const Context& context, const http::Request& request) {
    return read(context, request, [&](storage::UnitOfWork& unit) -> Answered<http::Response> {
        const std::string& text = request.path_values.at("id");
        std::int64_t id = 0;
        const char* end = text.data() + text.size();
        if (const auto [stop, error] = std::from_chars(text.data(), end, id);
            error != std::errc{} || stop != end) {
            return refuse(404, codes::no_such_item, text);
        }
        const auto item = storage::show_quarantined(unit, id);
        if (!item) return refuse(item.error());
        if (!*item) return refuse(404, codes::no_such_item, text);
        json::Value json = to_json(**item);
        json.set("bytes", to_base64((*item)->bytes));
        return http::ok(json);
    });
}

}  // namespace watchglass::console
