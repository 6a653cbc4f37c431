// SPDX-License-Identifier: Apache-2.0
#include "libs/http/event_queue.h"

namespace watchglass::http {
namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    for (const char c : value) {
        if (c != '\r' && c != '\n' && c != '\0') out += c;
    }
    out += '\n';
}

}  // namespace

std::string format_event(std::string_view event, std::string_view data, std::string_view id) {
    std::string out;
    if (!id.empty()) append_field(out, "id", id);
    if (!event.empty()) append_field(out, "event", event);
    while (true) {
        const auto end = data.find('\n');
        append_field(out, "data", data.substr(0, end));
        if (end == std::string_view::npos) break;
        data.remove_prefix(end + 1);
    }
    out += '\n';
    return out;
}

EventQueue::EventQueue(std::size_t capacity, std::function<void()> wake)
    : capacity_(capacity), wake_(std::move(wake)) {}

bool EventQueue::send(std::string_view event, std::string_view data, std::string_view id) {
    auto text = format_event(event, data, id);
    const std::lock_guard lock(mutex_);
    if (!open_) return false;
    if (waiting_.size() + being_written_ >= capacity_) {
        // Dropping some events would make the rest a lie; the client comes back and asks from where it was.
        open_ = false;
        waiting_.clear();
    } else {
        waiting_.push_back(std::move(text));
    }
    if (wake_) wake_();
    return open_;
}

bool EventQueue::open() const {
    const std::lock_guard lock(mutex_);
    return open_;
}

void EventQueue::close() {
    const std::lock_guard lock(mutex_);
    if (!open_) return;
    open_ = false;
    if (wake_) wake_();
}

std::string EventQueue::next_piece() {
    constexpr std::size_t enough = 64u << 10;
    const std::lock_guard lock(mutex_);
    std::string piece;
    being_written_ = 0;
    while (!waiting_.empty() && piece.size() < enough) {
        piece += waiting_.front();
        waiting_.pop_front();
        ++being_written_;
    }
    return piece;
}

bool EventQueue::finished() const {
    const std::lock_guard lock(mutex_);
    return !open_ && waiting_.empty();
}

void EventQueue::detach() {
    const std::lock_guard lock(mutex_);
    open_ = false;
    waiting_.clear();
    wake_ = nullptr;
}

}  // namespace watchglass::http
