// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <thread>

namespace watchglass::test {

/// How long a test waits for something that normally takes milliseconds: long enough for a loaded machine
/// under a sanitizer, since only a failing test ever waits it out.
inline constexpr std::chrono::seconds patience{30};

/// Asks every `interval` until the answer is yes; false when it never was within `deadline`. A longer interval is for
/// a predicate that does something to make it so, as sending again.
///
///     REQUIRE(eventually([&] { return store.count() == 3; }));
template <class Predicate>
bool eventually(std::chrono::milliseconds deadline, Predicate predicate,
                std::chrono::milliseconds interval = std::chrono::milliseconds{5}) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!predicate()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::sleep_for(interval);
    }
    return true;
}
template <class Predicate>
bool eventually(Predicate predicate, std::chrono::milliseconds interval = std::chrono::milliseconds{5}) {
    return eventually(patience, predicate, interval);
}

}  // namespace watchglass::test
