// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "ingest/pipeline/reader.h"

namespace watchglass::ingest {

/// Takes and decodes the next batch on a thread of its own while one is stored. The batch grows for as long as the other
/// side is busy: one message when little comes, a full batch when much does.
class ReadAhead {
public:
    /// Both outlive this.
    ReadAhead(Reader& reader, Intake& intake, const BatchLimits& limits);
    ~ReadAhead();

    void start();
    /// What was read and not yet handed over is let go: devices send it again.
    void stop();

    /// Exchanges `batch`, which is empty, for what was read, waiting up to `patience`; it stays empty when nothing was.
    void take(Batch& batch, Microseconds patience);

    /// When the one that came first of what was read and not handed over came; nothing when there is none.
    [[nodiscard]] std::optional<WallTime> oldest() const;

    /// For the reader: waits, or answers false because this ends.
    bool pause(std::chrono::milliseconds wait);

private:
    void run();
    bool hand_over(bool full);

    Reader& reader_;
    Intake& intake_;
    const BatchLimits limits_;
    Batch filling_;  ///< the reader's; exchanged under the mutex

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Batch* wanted_ = nullptr;         ///< whoever waits in take()
    std::optional<WallTime> oldest_;  ///< of filling_, as last looked at
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace watchglass::ingest
