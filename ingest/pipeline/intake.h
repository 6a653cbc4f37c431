// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "ingest/pipeline/arrival.h"
#include "libs/foundation/gathering.h"

namespace watchglass::ingest {

/// Between the broker's threads and the pipeline, two queues: alarms never wait behind telemetry.
///
/// A full queue makes its broker thread wait, so that the wait reaches the broker and, through missing answers, the
/// instruments' journals: memory here stays bounded. Order is kept within a queue, and so within every stream.
/// Thread-safe.
class Intake {
public:
    /// In each queue: `capacity` messages, and `bytes` of payload (one message always fits).
    explicit Intake(std::size_t capacity, std::size_t bytes = std::size_t{32} << 20)
        : capacity_(capacity), most_bytes_(bytes) {}

    /// Waits for room. False when closed.
    bool push(Arrival arrival, Urgency urgency);
    /// False when full or closed; the arrival is untouched then.
    bool try_push(Arrival& arrival, Urgency urgency = Urgency::bulk);
    /// Alarms first, then the rest, at most `most`, waiting up to `patience` for the first. Empty on time-out, after a
    /// nudge, or when closed and drained.
    std::vector<Arrival> take(std::size_t most, Microseconds patience);
    /// Ends the wait of take(), or the next one.
    void nudge();
    /// Frees whoever waits for room.
    void close();
    /// Waiting in both queues.
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] std::size_t bytes() const;
    /// When the one that waits longest came; nothing when none waits.
    [[nodiscard]] std::optional<WallTime> oldest() const;

private:
    struct Queue {
        std::deque<Arrival> messages;
        std::size_t bytes = 0;
    };
    Queue& queue(Urgency urgency) { return queues_[static_cast<std::size_t>(urgency)]; }
    [[nodiscard]] bool full(const Queue& queue) const {
        return queue.messages.size() >= capacity_ || queue.bytes >= most_bytes_;
    }
    static void put(Queue& queue, Arrival&& arrival);
    [[nodiscard]] std::size_t waiting() const {
        return queues_[0].messages.size() + queues_[1].messages.size();
    }

    const std::size_t capacity_;
    const std::size_t most_bytes_;
    mutable std::mutex mutex_;
    std::condition_variable filled_;
    Gathering gathering_;
    std::condition_variable drained_;
    std::array<Queue, 2> queues_;
    bool closed_ = false;
    bool nudged_ = false;
};

}  // namespace watchglass::ingest
