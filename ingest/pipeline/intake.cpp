// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/intake.h"

#include <utility>

namespace watchglass::ingest {

void Intake::put(Queue& queue, Arrival&& arrival) {
    queue.bytes += arrival.payload.size();
    queue.messages.push_back(std::move(arrival));
}

bool Intake::push(Arrival arrival, Urgency urgency) {
    {
        std::unique_lock lock(mutex_);
        drained_.wait(lock, [&] { return closed_ || !full(queue(urgency)); });
        if (closed_) return false;
        put(queue(urgency), std::move(arrival));
        if (!gathering_.worth_waking(waiting())) return true;
    }
    filled_.notify_one();
    return true;
}

bool Intake::try_push(Arrival& arrival, Urgency urgency) {
    {
        const std::lock_guard lock(mutex_);
        if (closed_ || full(queue(urgency))) return false;
        put(queue(urgency), std::move(arrival));
        if (!gathering_.worth_waking(waiting())) return true;
    }
    filled_.notify_one();
    return true;
}

std::vector<Arrival> Intake::take(std::size_t most, Microseconds patience) {
    std::vector<Arrival> taken;
    {
        std::unique_lock lock(mutex_);
        gathering_.wait(
            lock, filled_, patience, [&] { return waiting(); }, [&] { return closed_ || nudged_; });
        nudged_ = false;
        for (const Urgency urgency : {Urgency::alarm, Urgency::bulk}) {
            Queue& waiting = queue(urgency);
            while (!waiting.messages.empty() && taken.size() < most) {
                waiting.bytes -= waiting.messages.front().payload.size();
                taken.push_back(std::move(waiting.messages.front()));
                waiting.messages.pop_front();
            }
        }
    }
    drained_.notify_all();
    return taken;
}

void Intake::nudge() {
    {
        const std::lock_guard lock(mutex_);
        nudged_ = true;
    }
    filled_.notify_all();
}

void Intake::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    filled_.notify_all();
    drained_.notify_all();
}

std::size_t Intake::size() const {
    const std::lock_guard lock(mutex_);
    return waiting();
}

std::size_t Intake::bytes() const {
    const std::lock_guard lock(mutex_);
    return queues_[0].bytes + queues_[1].bytes;
}

std::optional<WallTime> Intake::oldest() const {
    const std::lock_guard lock(mutex_);
    std::optional<WallTime> oldest;
    for (const Queue& waiting : queues_) {
        if (waiting.messages.empty()) continue;
        const WallTime came = waiting.messages.front().received;
        if (!oldest || came < *oldest) oldest = came;
    }
    return oldest;
}

}  // namespace watchglass::ingest
