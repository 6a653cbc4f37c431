// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ingest/pipeline/batch.h"
#include "ingest/pipeline/ledger.h"
#include "ingest/pipeline/timekeeper.h"

namespace watchglass::ingest {

/// One frame or gap that moves its stream by exactly its own place.
struct Step {
    Frame* frame = nullptr;  ///< in the batch, which outlives the plan
    StreamSeq from{};  ///< first place that is new: for a gap over stored frames, later than the frame's own
    StreamPosition before;
    StreamPosition after;
};

/// What one stream does in a transaction: the compare-and-set.
struct StreamMove {
    StreamKey key;
    DeviceId device;
    StreamPosition from;
    StreamPosition to;
};

/// What to write, and what to say once it is written.
struct Plan {
    std::vector<Step>
        steps;  ///< in stream order; any prefix, and any part committed after its prefix, is valid
    std::vector<Answer> answers;  ///< each stream at most once per reason
    std::size_t repeats = 0;
    std::size_t holes = 0;
    std::size_t forks = 0;
};

/// Compares each frame of the batch with the ledger, and the ones before it in the same batch. Nothing is changed but
/// the corrected times in accepted bodies and the moment a hole was asked for, so that the same batch can be decided
/// again after a rollback. Every stream of the batch must be known to the ledger.
Plan decide(Batch& batch, StreamLedger& ledger, const Timekeeper& time, SteadyTime now);

/// Where the streams of these steps stand before and after them.
std::vector<StreamMove> moves_of(std::span<const Step> steps);

}  // namespace watchglass::ingest
