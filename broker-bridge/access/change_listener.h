// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace watchglass::broker {

/// Calls `changed` when PostgreSQL says that the access list changed, on a thread of its own, and once after each
/// (re)connection, for what was not heard meanwhile.
class ChangeListener {
public:
    ChangeListener(std::string dsn, std::function<void()> changed);
    ~ChangeListener();
    ChangeListener(const ChangeListener&) = delete;
    ChangeListener& operator=(const ChangeListener&) = delete;

private:
    void run();
    const std::string dsn_;
    const std::function<void()> changed_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace watchglass::broker
