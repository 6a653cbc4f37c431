// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "libs/foundation/result.h"
#include "storage/postgres/copy_buffer.h"
#include "storage/postgres/unit_of_work.h"

namespace watchglass::storage {

/// Sends rows by COPY ... FROM STDIN (FORMAT binary) within a unit of work.
///
///     BinaryCopy copy{unit, buffer, "watchglass.frames (tenant, device, ...)"};
///     for (...) { copy.row(12).int4(...); ...; }
///     Result<std::int64_t> rows = copy.finish();
///
/// The buffer belongs to the caller, who keeps it from batch to batch; it is sent whenever it holds 256 KB. Trouble
/// on the way is kept and told by finish(), which must be called; after a failure the unit of work can only roll
/// back. One thread.
class BinaryCopy {
public:
    BinaryCopy(UnitOfWork& unit, CopyBuffer& buffer, const std::string& table_and_columns);
    ~BinaryCopy();
    BinaryCopy(const BinaryCopy&) = delete;
    BinaryCopy& operator=(const BinaryCopy&) = delete;

    /// Begins a row of `fields` fields; write exactly that many into the answer before the next call.
    CopyBuffer& row(std::int16_t fields);
    /// Sends the rest and waits for PostgreSQL's word: the number of rows taken.
    Result<std::int64_t> finish();

private:
    void send();
    Connection& connection_;
    CopyBuffer& buffer_;
    Result<void> state_;
    bool open_ = false;
};

}  // namespace watchglass::storage
