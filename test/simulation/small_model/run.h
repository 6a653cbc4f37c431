// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "test/simulation/small_model/explore.h"
#include "test/simulation/small_model/verdict.h"

namespace watchglass::small_model {

/// How harm comes about.
struct History {
    std::vector<std::string> steps;  ///< a shortest one: what happened, in words
    std::vector<std::string>
        then;  ///< for harm that only shows at rest: what was said when nothing went wrong any more
};

/// What one design does in one configuration.
struct Findings {
    Explored explored;
    bool overflowed = false;  ///< a bound of the model itself was met: the search proves nothing
    std::array<std::optional<History>, harm_count> histories;  ///< none: that harm was not found

    [[nodiscard]] bool found(Harm harm) const { return histories[harm].has_value(); }
    /// No harm, and the search went to its end.
    [[nodiscard]] bool clean() const;
};

/// Visits every state that can be reached, at most `limit` of them.
Findings run(const Rules& rules, std::uint64_t limit = 20'000'000);

}  // namespace watchglass::small_model
