// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>

namespace watchglass {

/// The life of every daemon: block SIGINT, SIGTERM and SIGPIPE before any thread starts, then wait.
///
/// Construct it first in main. wait() returns the signal's number when the process shall end.
class TerminationSignals {
public:
    TerminationSignals();
    int wait();
    /// Wakes wait() from any thread, as a signal would: for a part that cannot go on.
    void raise_from_within();
};

/// Tells a supervisor that the program serves now: writes `READY=1` to $NOTIFY_SOCKET (sd_notify(3) protocol) if set.
/// Does nothing without a supervisor.
void notify_ready();

}  // namespace watchglass
