// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "libs/foundation/random.h"

namespace watchglass {

/// How long to wait before the next try: doubling from `first` to `most`, each wait drawn uniformly from
/// [half, full], so that a fleet powered up together does not come back together.
/// One thread at a time.
class Backoff {
public:
    Backoff(std::chrono::milliseconds first, std::chrono::milliseconds most, Rng& rng);

    std::chrono::milliseconds next();
    void reset();

private:
    std::chrono::milliseconds first_;
    std::chrono::milliseconds most_;
    std::chrono::milliseconds full_;
    Rng& rng_;
};

}  // namespace watchglass
