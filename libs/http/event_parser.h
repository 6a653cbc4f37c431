// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace watchglass::http {

/// Cuts a stream of bytes into server-sent events (WHATWG HTML, section 9.2.6). One thread at a time.
class EventParser {
public:
    using OnEvent = std::function<bool(std::string_view event, std::string_view data)>;
    static constexpr std::size_t longest_event = 1u << 20;

    /// Calls `on_event` for each event that is complete; the name is "message" when the server gave none.
    /// False when `on_event` said so or an event is longer than `longest_event`; feed no more then.
    bool feed(std::string_view bytes, const OnEvent& on_event);
    [[nodiscard]] bool too_long() const { return too_long_; }

private:
    bool end_line(const OnEvent& on_event);

    std::string line_;
    std::string event_;
    std::string data_;
    bool has_data_ = false;
    bool after_cr_ = false;
    bool too_long_ = false;
};

}  // namespace watchglass::http
