// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/intake.h"

#include <utility>

namespace watchglass::ingest {

bool Intake::push(Arrival arrival, Urgency urgency) {
    {
        std::unique_lock lock(mutex_);
        drained_.wait(lock, [&] { return closed_ || queue(urgency).size() < capacity_; });
        if (closed_) return false;
        queue(urgency).push_back(std::move(arrival));
    }
    filled_.notify_one();
    return true;
}

bool Intake::try_push(Arrival& arrival, Urgency urgency) {
    {
        const std::lock_guard lock(mutex_);
        if (closed_ || queue(urgency).size() >= capacity_) return false;
        queue(urgency).push_back(std::move(arrival));
    }
    filled_.notify_one();
    return true;
}

std::vector<Arrival> Intake::take(std::size_t most, Microseconds patience) {
    std::vector<Arrival> taken;
    {
        std::unique_lock lock(mutex_);
        filled_.wait_for(lock, patience, [&] { return closed_ || !empty(); });
        for (const Urgency urgency : {Urgency::alarm, Urgency::bulk}) {
            Queue& waiting = queue(urgency);
            while (!waiting.empty() && taken.size() < most) {
                taken.push_back(std::move(waiting.front()));
                waiting.pop_front();
            }
        }
    }
    drained_.notify_all();
    return taken;
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
    return queues_[0].size() + queues_[1].size();
}

}  // namespace watchglass::ingest
