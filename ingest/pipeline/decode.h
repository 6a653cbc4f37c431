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

    /// Fails only when the registry or the dictionaries could not be asked; the arrivals are untouched then, and the
    /// call may be repeated. On success their payloads have moved into the batch.
    Result<Batch> decode(std::vector<Arrival>& arrivals);
    /// What the last decode() let go.
    [[nodiscard]] const std::vector<Drop>& dropped() const { return dropped_; }

private:
    struct State;
    std::unique_ptr<State> state_;
    std::vector<Drop> dropped_;
};

}  // namespace watchglass::ingest
