// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/pages.h"

#include <fmt/format.h>

#include "cli/commands/checks.h"

namespace watchglass::cli {

namespace {

constexpr std::int64_t most_a_page = 10'000;

}  // namespace

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

std::string with_range(std::string target, const std::string& since, const std::string& until,
                       std::int64_t limit) {
    target += target.find('?') == std::string::npos ? '?' : '&';
    target += "since=" + http::percent_encode(since);
    if (!until.empty()) target += "&until=" + http::percent_encode(until);
    const bool short_answer = limit > 0 && limit < most_a_page;
    return target + fmt::format("&limit={}", short_answer ? limit : most_a_page);
}

Result<void> check_range(const std::string& device, const std::string& since, const std::string& until) {
    if (auto fits = check_device_id(device); !fits) return fits;
    if (auto fits = check_moment("--since", since); !fits) return fits;
    return until.empty() ? Result<void>{} : check_moment("--until", until);
}

}  // namespace watchglass::cli
