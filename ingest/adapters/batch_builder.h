// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <string_view>
#include <vector>

#include "ingest/pipeline/decide.h"
#include "storage/telemetry/telemetry_writer.h"

namespace watchglass::ingest {

/// Turns planned steps into the rows that storage writes. The rows point into the frames, which must outlive batch().
/// Made once and used again: it keeps its memory. One thread.
class BatchBuilder {
public:
    void begin(WallTime received);
    /// Rows and the move of the stream.
    void add(const Step& step);
    /// A replayed frame: rows at its old place, which its stream has passed already.
    void add_replayed(const Frame& frame);
    void add(const Unreadable& unreadable);

    [[nodiscard]] const storage::TelemetryBatch& batch() const { return batch_; }

private:
    void add_repeat(const Frame& frame);
    void add_body(const Frame& frame, const ReadableBody& body);
    void add_run(const Step& step);
    storage::StreamRun& run_from(const StreamKey& key, StreamSeq from);

    storage::TelemetryBatch batch_;
    std::map<StreamKey, std::size_t> run_of_;
    std::deque<std::vector<std::string_view>> texts_;
};

}  // namespace watchglass::ingest
