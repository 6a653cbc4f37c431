// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "test/faults/support/history_checker.h"

namespace watchglass::faults {

/// True when every point is wanted (WATCHGLASS_FAULTS=full), not a sample.
bool full_sweep();

/// What came of one fault point. `reached`: the fault happened; a run may end before its n-th call.
struct Outcome {
    bool reached = true;
    Verdict verdict{};
};

/// Tries fault points and counts. A point is a text such as `send:kill_before:37`; what stands before the first colon is
/// its kind. WATCHGLASS_FAULT_POINT=<point> tries that one alone, again and again when it is preceded by `20*`.
class Sweep {
public:
    /// `name`: of the CTest test without its `faults_`. `full_least`: so many points a full sweep must have reached; fewer
    /// fail it, because the run has become another one than the one that was meant.
    Sweep(std::string name, std::size_t full_least) : name_(std::move(name)), full_least_(full_least) {}

    /// Of all these points those to try now: all in a full sweep, else `sample` of them, of every kind, the same ones each time.
    [[nodiscard]] std::vector<std::string> choose(const std::vector<std::string>& all, std::size_t sample);

    /// Tries each on one of `threads` threads. An exception is a failed point, not the end. Stops after five failed ones.
    void run(const std::vector<std::string>& points, std::size_t threads,
             const std::function<Outcome(const std::string& point)>& attempt);

    /// Prints the counts, as words and as one line of JSON. False, and which point failed first and how to repeat it,
    /// when anything was wrong; false too when a full sweep reached too few.
    [[nodiscard]] bool report() const;

    [[nodiscard]] std::size_t points() const { return tried_; }

private:
    void note(const std::string& point, const Outcome& outcome);
    [[nodiscard]] bool too_few() const;

    std::string name_;
    std::size_t full_least_;
    std::size_t all_ = 0;  ///< points that there are
    mutable std::mutex mutex_;
    std::map<std::string, std::size_t> kinds_;
    std::size_t tried_ = 0;
    std::size_t not_reached_ = 0;
    std::size_t lost_ = 0;
    std::size_t duplicated_ = 0;
    std::vector<std::pair<std::string, std::string>> failed_;  ///< point, why
};

}  // namespace watchglass::faults
