// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "libs/foundation/result.h"
#include "storage/postgres/unit_of_work.h"
#include "storage/telemetry/rows.h"

namespace watchglass::storage {

/// Alarms and changes of state, committed with their frame. Table `frame_events`.
Result<void> append_events(UnitOfWork& unit, std::span<const EventRow> events);

/// Ranges of a stream that may be stored under another epoch too. Table `stream_repeats`.
Result<void> append_possible_repeats(UnitOfWork& unit, std::span<const RepeatRow> repeats);

/// Ranges of a stream that will never come. Table `stream_gaps`.
Result<void> append_gaps(UnitOfWork& unit, std::span<const GapRow> gaps);

}  // namespace watchglass::storage
