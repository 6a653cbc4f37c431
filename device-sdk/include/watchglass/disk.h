// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/foundation/result.h"

namespace watchglass::device {

/// One open file of a Disk. One thread. Closing it promises nothing about the disk.
class DiskFile {
public:
    virtual ~DiskFile() = default;
    virtual Result<void> write_at(std::uint64_t offset, ByteSpan bytes) = 0;
    /// Fills `into` from `offset`; fewer bytes only at the end of the file.
    virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) = 0;
    /// After success a power cut does not undo what was written. After a failure nothing is known about what was
    /// written since the last success, and no later sync of this file may be believed.
    virtual Result<void> sync() = 0;
};

struct DiskEntry {
    std::string name;
    std::uint64_t bytes = 0;
};

/// One directory on durable storage: all the journal asks of the instrument. One thread at a time.
///
/// Failures carry journal.io; nothing here throws or retries. A disk in memory can stand in for it.
class Disk {
public:
    virtual ~Disk() = default;
    [[nodiscard]] virtual Result<std::vector<DiskEntry>> list() = 0;
    /// A new file of `bytes` zeros whose space is reserved. An existing file of that name is replaced.
    virtual Result<std::unique_ptr<DiskFile>> create(const std::string& name, std::uint64_t bytes) = 0;
    virtual Result<std::unique_ptr<DiskFile>> open(const std::string& name) = 0;
    virtual Result<void> truncate(const std::string& name, std::uint64_t bytes) = 0;
    /// Replaces `to`. Durable after sync_directory().
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    /// Durable after sync_directory(); an absent file is success.
    virtual Result<void> remove(const std::string& name) = 0;
    virtual Result<void> sync_directory() = 0;
};

}  // namespace watchglass::device
