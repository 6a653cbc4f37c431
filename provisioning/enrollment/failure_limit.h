// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"

namespace watchglass::provisioning {

/// Slows down who guesses tickets: at most so many failed enrollments a minute from one address. Guessing 128 bits is
/// hopeless anyway; this keeps the audit and the log readable. Bounded memory. Thread-safe.
class FailureLimit {
public:
    FailureLimit(const Clock& clock, std::int64_t failures_a_minute)
        : clock_(clock), most_(failures_a_minute) {}

    /// enroll.too_many_failures while the address has used up its minute.
    Result<void> admit(const std::string& address);
    void count_failure(const std::string& address);

private:
    struct Minute {
        SteadyTime began;
        std::int64_t failures = 0;
    };
    Minute& minute_of(const std::string& address);

    const Clock& clock_;
    std::int64_t most_;
    std::mutex mutex_;
    std::unordered_map<std::string, Minute> minutes_;
};

}  // namespace watchglass::provisioning
