// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/pages.h"

namespace watchglass::cli {

Result<void> each_item(http::Client& client, const std::string& target,
                       const std::function<bool(const json::Value&)>& each) {
    const char joint = target.find('?') == std::string::npos ? '?' : '&';
    std::string cursor;
    do {
        const auto page = client.call(
            "GET", cursor.empty() ? target : target + joint + "cursor=" + http::percent_encode(cursor));
        if (!page) return failed(page);
        const auto* items = page->find("items");
        if (items == nullptr) {
            return failed(
                Failure{json::codes::unexpected, Next::give_up, target + " answered without items", ""});
        }
        for (const auto& item : items->items()) {
            if (!each(item)) return {};
        }
        cursor = page->text_or("next", "");
    } while (!cursor.empty());
    return {};
}

}  // namespace watchglass::cli
