// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ingest/pipeline/arrival.h"
#include "ingest/pipeline/batch.h"
#include "ingest/pipeline/ports.h"

namespace watchglass::ingest {

/// Second step: from bytes to frames, greetings, and what could not be read.
///
/// - The topic names the device, and the registry says whether it may report; others are dropped and counted.
/// - A readable envelope with a body that is broken, disobeys its dictionary or names one that is not installed
///   becomes a frame with a RefusedBody: it will be quarantined and its stream goes on.
/// - An unreadable envelope or Hello becomes an Unreadable: it has no position.
/// One thread.
class Decoder {
public:
    struct Drop {
        Code reason;
    };

    Decoder(DeviceRegistry& devices, DictionaryShelf& dictionaries);
    ~Decoder();

    /// Appends to `batch`. Fails only when the registry or the dictionaries could not be asked; arrivals and batch are as
    /// they were then, and the call may be repeated. On success the arrivals' contents have moved into the batch.
    Result<void> decode(std::vector<Arrival>& arrivals, Batch& batch);
    /// What the last decode() let go.
    [[nodiscard]] const std::vector<Drop>& dropped() const { return dropped_; }

private:
    struct State;
    std::unique_ptr<State> state_;
    std::vector<Drop> dropped_;
};

}  // namespace watchglass::ingest
