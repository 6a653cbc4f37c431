// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace watchglass {

/// The life of every daemon: block SIGINT, SIGTERM and SIGPIPE before any thread starts, then wait.
///
/// Construct it first in main, so that every thread inherits the mask. One per process.
class TerminationSignals {
public:
    TerminationSignals();
    TerminationSignals(const TerminationSignals&) = delete;
    TerminationSignals& operator=(const TerminationSignals&) = delete;

    /// Returns the signal's number when the process shall end, 0 when a part of the program asked for it.
    int wait();
    /// Wakes wait() from any thread, as a signal would: for a part that cannot go on.
    void raise_from_within();

private:
    std::atomic<bool> raised_from_within_{false};
};

/// Tells a supervisor that the program serves now: writes `READY=1` to $NOTIFY_SOCKET (sd_notify(3) protocol)
/// if set. Does nothing without a supervisor.
void notify_ready();

}  // namespace watchglass
