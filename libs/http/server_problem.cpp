// SPDX-License-Identifier: Apache-2.0
#include "libs/http/server_problem.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include <fmt/format.h>

#include "libs/foundation/utf8.h"
#include "libs/http/codes.h"
#include "libs/json/json.h"

namespace watchglass::http {
namespace {

constexpr std::size_t most_codes = 512;
constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_text = 512;

std::string shortened(std::string_view text) { return printable(text.substr(0, longest_text)); }

bool is_code_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_name && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    });
}

/// A code whose texts live as long as the process; nothing when too many are remembered already.
std::optional<Code> remembered(const std::string& name, const std::string& sentence,
                               const std::string& next_step) {
    struct Texts {
        std::string name;
        std::string sentence;
        std::string next_step;
        auto operator<=>(const Texts&) const = default;
    };
    // Nodes of a map stay where they are. Never destroyed: a Code may be looked at until the very end.
    static auto* const known = new std::map<Texts, Code>;
    static std::mutex mutex;

    const std::lock_guard lock(mutex);
    auto found = known->find(Texts{name, sentence, next_step});
    if (found == known->end()) {
        if (known->size() == most_codes) return std::nullopt;
        found = known->emplace(Texts{name, sentence, next_step}, Code{}).first;
        found->second = Code{found->first.name, found->first.sentence, found->first.next_step};
    }
    return found->second;
}

Next next_of(int status) {
    const bool passing = status == 408 || status == 429 || status == 502 || status == 503 || status == 504;
    return passing ? Next::retry_later : Next::give_up;
}

}  // namespace

Failure failure_of_answer(int status, std::string_view body) {
    const auto document = json::parse(body);
    const auto name = document ? document->text_or("code", "") : std::string{};
    if (!is_code_name(name)) {
        return Failure{codes::refused, next_of(status), fmt::format("It answered with status {}.", status),
                       shortened(body)};
    }
    const auto title = shortened(document->text_or("title", ""));
    const auto detail = shortened(document->text_or("detail", ""));
    const auto request_id = shortened(document->text_or("request_id", ""));
    const auto cause = request_id.empty() ? std::string{} : fmt::format("request_id {}", request_id);
    const auto code = remembered(name, title, shortened(document->text_or("next_step", "")));
    if (!code)
        return Failure{codes::refused, next_of(status), fmt::format("{}: {} {}", name, title, detail), cause};
    return Failure{*code, next_of(status), detail, cause};
}

}  // namespace watchglass::http
