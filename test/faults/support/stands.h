// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "test/faults/support/stand.h"

namespace watchglass::faults {

/// Several stands for faults that hit a whole platform: each user gets one for itself. Thread-safe.
class Stands {
public:
    explicit Stands(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) free_.push_back(std::make_unique<Stand>());
    }

    template <class Use>
    auto use(Use use) {
        const Loan loan{*this};
        return use(*loan.stand);
    }

private:
    struct Loan {
        explicit Loan(Stands& all) : stands(all), stand(all.take()) {}
        ~Loan() { stands.give_back(std::move(stand)); }
        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;
        Stands& stands;
        std::unique_ptr<Stand> stand;
    };

    std::unique_ptr<Stand> take() {
        std::unique_lock lock(mutex_);
        returned_.wait(lock, [this] { return !free_.empty(); });
        auto stand = std::move(free_.back());
        free_.pop_back();
        return stand;
    }
    void give_back(std::unique_ptr<Stand> stand) {
        {
            const std::lock_guard lock(mutex_);
            free_.push_back(std::move(stand));
        }
        returned_.notify_one();
    }

    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Stand>> free_;
};

}  // namespace watchglass::faults
