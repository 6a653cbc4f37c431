// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "test/simulation/dice.h"
#include <watchglass/disk.h>

namespace watchglass::simulation {

/// What a process asks of its disk.
enum class DiskCall : std::uint8_t {
    list,
    create,
    open,
    read,
    write,
    sync,
    truncate,
    rename,
    remove,
    sync_directory
};

/// Magnetic truth: what a machine's disk holds, in its cache and for good. It outlives processes; a copy of it is an
/// image. Unsynced bytes and names are kept apart until they are synced, or lost by a power cut.
class Platter {
public:
    struct Write {
        std::size_t offset = 0;
        Bytes bytes;
    };
    struct File {
        std::uint64_t number = 0;  ///< of this file on its platter, whatever its name
        std::string durable_name;  ///< empty: a power cut takes the file
        Bytes now;
        Bytes synced;
        std::vector<Write> unsynced;
    };
    using Names = std::map<std::string, std::shared_ptr<File>>;

    Platter() = default;
    Platter(const Platter& other) { *this = other; }
    Platter& operator=(const Platter& other);

    /// Names and writes that were not synced survive in part: any prefix of the names' changes, any subset of the
    /// writes, torn at any byte.
    void power_cut(Dice& dice);
    void wipe();
    /// Other bytes somewhere in the written part of a synced segment. Its name, or nothing when there is none.
    std::optional<std::string> rot(Dice& dice);

    Names names;

private:
    friend class SimDisk;
    Names durable_names_;
    std::vector<std::function<void(Names&)>> unsynced_names_;
    std::uint64_t numbered_ = 0;
};

/// Hears what became durable and what the product gave up: the ground truth of a run.
class DiskObserver {
public:
    virtual ~DiskObserver() = default;
    /// The synced bytes of a file with a durable name, after each sync that could have changed them.
    virtual void durable(const Platter::File& file) = 0;
    virtual void removed(const Platter::File& file) = 0;
};

/// The disk as one process sees it. After the process died every call is refused.
class SimDisk final : public device::Disk {
public:
    /// What a disk does besides working.
    struct Faults {
        std::uint64_t failing_writes = 0;  ///< so many of the next calls fail
        std::uint64_t failing_syncs = 0;
        std::uint64_t failing_reads = 0;
        bool full = false;
        bool forgets_syncs = false;   ///< says yes to each later sync of a file and does nothing
        bool loses_mappings = false;  ///< writes every stream record without what it says about forks
    };
    /// Around each call; they may throw Killed.
    struct Hooks {
        std::function<void(DiskCall, const std::string& name)> before;
        std::function<bool(const std::string& name)>
            tear;  ///< true: the write stops in the middle, then after()
        std::function<void(DiskCall, const std::string& name)> after;
    };

    SimDisk(Platter& platter, Faults& faults, Hooks hooks, DiskObserver& observer, Dice& dice,
            std::shared_ptr<bool> alive);

    Result<std::vector<device::DiskEntry>> list() override;
    Result<std::unique_ptr<device::DiskFile>> create(const std::string& name, std::uint64_t bytes) override;
    Result<std::unique_ptr<device::DiskFile>> open(const std::string& name) override;
    Result<void> truncate(const std::string& name, std::uint64_t bytes) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& name) override;
    Result<void> sync_directory() override;

private:
    friend class OpenFile;
    Result<void> begin(DiskCall call, const std::string& name);
    Result<void> write(Platter::File& file, const std::string& name, std::uint64_t offset, ByteSpan bytes);
    Result<void> sync(Platter::File& file, const std::string& name);
    void change_names(std::function<void(Platter::Names&)> change);

    Platter& platter_;
    Faults& faults_;
    Hooks hooks_;
    DiskObserver& observer_;
    Dice& dice_;
    std::shared_ptr<bool> alive_;
};

}  // namespace watchglass::simulation
