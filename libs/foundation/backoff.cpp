// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/backoff.h"

#include <algorithm>

namespace watchglass {

Backoff::Backoff(std::chrono::milliseconds first, std::chrono::milliseconds most, Rng& rng)
    : first_(std::max(first, std::chrono::milliseconds{1})),
      most_(std::max(most, first_)),
      full_(first_),
      rng_(rng) {}

std::chrono::milliseconds Backoff::next() {
    const double full = static_cast<double>(full_.count());
    const double drawn = full / 2 + rng_.next_unit() * full / 2;
    full_ = full_ > most_ / 2 ? most_ : full_ * 2;
    return std::chrono::milliseconds{std::max<std::int64_t>(1, static_cast<std::int64_t>(drawn))};
}

void Backoff::reset() { full_ = first_; }

}  // namespace watchglass
