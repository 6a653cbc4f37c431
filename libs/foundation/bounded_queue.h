// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace watchglass {

/// Hands items from many threads to one or more, holding at most `capacity` of them.
///
/// A full queue is visible to the producer (`try_push` says no) or makes it wait (`push`): nothing is dropped
/// silently. After close() pushes say no, and takers get what is left and then nothing.
template <class T>
class BoundedQueue {
public:
    explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

    /// False when full or closed; the item is untouched then.
    bool try_push(T& item) {
        {
            const std::lock_guard lock(mutex_);
            if (closed_ || items_.size() >= capacity_) return false;
            items_.push_back(std::move(item));
        }
        filled_.notify_one();
        return true;
    }

    /// Waits for room. False when closed.
    bool push(T item) {
        {
            std::unique_lock lock(mutex_);
            drained_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
            if (closed_) return false;
            items_.push_back(std::move(item));
        }
        filled_.notify_one();
        return true;
    }

    /// Everything there is, at most `most`, waiting up to `patience` for the first item. Empty on time-out,
    /// or when closed and drained.
    std::vector<T> take(std::size_t most, std::chrono::microseconds patience) {
        std::vector<T> taken;
        {
            std::unique_lock lock(mutex_);
            filled_.wait_for(lock, patience, [&] { return closed_ || !items_.empty(); });
            while (!items_.empty() && taken.size() < most) {
                taken.push_back(std::move(items_.front()));
                items_.pop_front();
            }
        }
        drained_.notify_all();
        return taken;
    }

    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        filled_.notify_all();
        drained_.notify_all();
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return items_.size();
    }
    [[nodiscard]] bool closed() const {
        const std::lock_guard lock(mutex_);
        return closed_;
    }

private:
    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable filled_;
    std::condition_variable drained_;
    std::deque<T> items_;
    bool closed_ = false;
};

}  // namespace watchglass
