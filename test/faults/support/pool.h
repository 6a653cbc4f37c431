// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace watchglass::faults {

/// A few expensive things for many users: each has one for itself while it needs it. Thread-safe.
template <class Thing>
class Pool {
public:
    explicit Pool(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) free_.push_back(std::make_unique<Thing>());
    }

    template <class Use>
    auto use(Use use) {
        const Loan loan{*this};
        return use(*loan.thing);
    }

private:
    struct Loan {
        explicit Loan(Pool& all) : pool(all), thing(all.take()) {}
        ~Loan() { pool.give_back(std::move(thing)); }
        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;
        Pool& pool;
        std::unique_ptr<Thing> thing;
    };

    std::unique_ptr<Thing> take() {
        std::unique_lock lock(mutex_);
        returned_.wait(lock, [this] { return !free_.empty(); });
        auto thing = std::move(free_.back());
        free_.pop_back();
        return thing;
    }
    void give_back(std::unique_ptr<Thing> thing) {
        {
            const std::lock_guard lock(mutex_);
            free_.push_back(std::move(thing));
        }
        returned_.notify_one();
    }

    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Thing>> free_;
};

}  // namespace watchglass::faults
