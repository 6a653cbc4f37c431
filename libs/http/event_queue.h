// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <string>

#include "libs/http/message.h"

namespace watchglass::http {

/// The EventStream that handlers see: events wait here until the connection has written them.
///
/// Senders and the connection may be different threads. The connection detaches before it ends; senders may
/// keep the queue as long as they like.
class EventQueue final : public EventStream {
public:
    /// `wake` is called, from any thread and under a lock, when there is something new to write or the queue
    /// was closed.
    EventQueue(std::size_t capacity, std::function<void()> wake);

    bool send(std::string_view event, std::string_view data, std::string_view id) override;
    [[nodiscard]] bool open() const override;
    void close() override;

    // For the connection.
    /// Events ready to be written, at most about 64 KiB at once; they count as waiting until the next call.
    /// Empty: none.
    std::string next_piece();
    /// Closed, and everything that was sent before is written.
    [[nodiscard]] bool finished() const;
    /// The client is gone: nothing will be written any more and `wake` is not called again.
    void detach();

private:
    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::function<void()> wake_;
    std::deque<std::string> waiting_;
    std::size_t being_written_ = 0;
    bool open_ = true;
};

/// One event as it goes over the wire (WHATWG HTML, section 9.2.6). Line ends in `event` and `id` are
/// dropped.
std::string format_event(std::string_view event, std::string_view data, std::string_view id);

}  // namespace watchglass::http
