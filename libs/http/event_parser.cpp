// SPDX-License-Identifier: Apache-2.0
#include "libs/http/event_parser.h"

namespace watchglass::http {

bool EventParser::feed(std::string_view bytes, const OnEvent& on_event) {
    for (const char c : bytes) {
        const bool second_half = after_cr_ && c == '\n';  // of CR LF
        after_cr_ = c == '\r';
        if (second_half) continue;
        if (c == '\r' || c == '\n') {
            if (!end_line(on_event)) return false;
            continue;
        }
        line_ += c;
        if (line_.size() + data_.size() > longest_event) {
            too_long_ = true;
            return false;
        }
    }
    return true;
}

bool EventParser::end_line(const OnEvent& on_event) {
    const std::string line = std::move(line_);
    line_.clear();
    if (!line.empty()) {
        const auto colon = line.find(':');
        const std::string_view name = std::string_view{line}.substr(0, colon);
        std::string_view value =
            colon == std::string::npos ? std::string_view{} : std::string_view{line}.substr(colon + 1);
        if (value.starts_with(' ')) value.remove_prefix(1);
        if (name == "event") event_ = value;
        if (name == "data") {
            if (has_data_) data_ += '\n';
            data_ += value;
            has_data_ = true;
        }
        return true;  // a comment, an id or anything else
    }
    const bool wanted = !has_data_ || on_event(event_.empty() ? "message" : event_, data_);
    event_.clear();
    data_.clear();
    has_data_ = false;
    return wanted;
}

}  // namespace watchglass::http
