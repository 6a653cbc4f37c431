// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "ingest/pipeline/batch.h"
#include "ingest/pipeline/commit.h"
#include "ingest/pipeline/decode.h"
#include "ingest/pipeline/intake.h"
#include "ingest/pipeline/meters.h"
#include "ingest/pipeline/ports.h"
#include "libs/foundation/backoff.h"

namespace watchglass::ingest {

/// What the reader is made of; all outlive it.
struct ReaderParts {
    Intake& intake;
    DeviceRegistry& devices;
    DictionaryShelf& dictionaries;
    Meters& meters;
    Pause pause;    ///< while the registry or the dictionaries cannot be asked
    Backoff retry;  ///< how long
};

/// The first two steps: take and decode. Needs nothing that the later steps change, so that it may run ahead of them on a
/// thread of its own. One thread.
class Reader {
public:
    explicit Reader(ReaderParts parts);

    /// Adds some of what has come to a batch that is not full, waiting up to `patience` for the first message. False when
    /// the program ends.
    bool read(Batch& batch, const BatchLimits& limits, Microseconds patience);

private:
    bool decode(std::vector<Arrival>& arrivals, Batch& batch);

    ReaderParts parts_;
    Decoder decoder_;
};

}  // namespace watchglass::ingest
