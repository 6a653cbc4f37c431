// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "libs/foundation/bytes.h"
#include "test/faults/support/journal_image.h"

namespace watchglass::faults {

/// A disk in memory that keeps what was synced apart from what was only written, and can lose its power.
///
/// What is synced: a file's bytes by sync(), a directory's names by sync_names(); neither stands for the other. At a cut
/// each file keeps what was synced and, by the seed, any part of what was not: nothing; the first writes with the last of
/// them torn at any byte; or any set of 512-byte sectors, which is also how writes arrive out of order. A directory
/// keeps the first so many of its unsynced changes of names. A sync that fails throws the file's unsynced bytes away,
/// as Linux does: they can still be read, the next sync succeeds, and a cut takes them.
///
/// Paths begin with `/`. Every call answers a negative errno on failure. Thread-safe. No file system is in here: see
/// LossyDisk.
class LossyStore {
public:
    struct Status {
        bool directory = false;
        std::uint64_t bytes = 0;
    };
    using Handle = std::uint64_t;

    LossyStore();
    ~LossyStore();

    int make_directory(const std::string& path);
    int create(const std::string& path, Handle& handle);  ///< an existing file is taken as it is
    int open(const std::string& path, Handle& handle);
    void close(Handle handle);
    int status(const std::string& path, Status& out) const;
    int status(Handle handle, Status& out) const;
    int list(Handle directory, std::vector<std::string>& names) const;
    int read(Handle handle, std::uint64_t at, std::size_t size, Bytes& out) const;
    int write(Handle handle, std::uint64_t at, ByteSpan bytes);
    int resize(Handle handle, std::uint64_t bytes);
    int resize(const std::string& path, std::uint64_t bytes);
    int rename(const std::string& from, const std::string& to);  ///< within one directory
    int remove(const std::string& path);
    int sync(Handle handle);
    int sync_names(Handle directory);

    // Faults. Operations are the calls that change or sync something, counted from 1 since format().

    /// The n-th operation is the last: what it changed is unsynced like the rest; if it is a sync, the seed decides
    /// whether it was done. Then every call fails with EIO until power_on().
    void cut_at(std::uint64_t operation, std::uint64_t seed);
    /// So many syncs of files fail from the n-th on.
    void fail_syncs(std::uint64_t from, std::uint64_t count);
    /// Only from the n-th operation to that one (exclusive) there is no room for anything more.
    void full_between(std::uint64_t from, std::uint64_t to);

    [[nodiscard]] std::uint64_t operations() const;
    [[nodiscard]] std::uint64_t syncs() const;
    [[nodiscard]] bool powered() const;
    /// What was synced of the files in a directory at the cut, by name: no more than this is promised.
    [[nodiscard]] Files promised(const std::string& directory) const;
    /// On with what is left.
    void power_on();
    /// An empty disk without any fault planned.
    void format();

private:
    struct Node;
    using NodePtr = std::shared_ptr<Node>;
    /// One change of a file: bytes at an offset, or its size.
    struct Write {
        std::uint64_t at = 0;
        Bytes bytes;
        std::optional<std::uint64_t> resized;
    };
    /// Names that change together; null: gone.
    using NameChange = std::vector<std::pair<std::string, NodePtr>>;
    struct Node {
        bool directory = false;
        Bytes cached;
        Bytes synced;
        std::vector<Write> unsynced;
        std::map<std::string, NodePtr> names;
        std::map<std::string, NodePtr> synced_names;
        std::vector<NameChange> unsynced_names;
    };

    // All with the mutex held.
    enum class Step { go_on, cut };
    int begin_operation(Step& step);
    int end_operation(Step step, int answer);
    [[nodiscard]] NodePtr find(const std::string& path) const;
    [[nodiscard]] NodePtr parent_of(const std::string& path, std::string& name) const;
    [[nodiscard]] NodePtr node(Handle handle) const;
    Handle keep_open(NodePtr node);
    int change(Node& file, Write write);
    int change_names(Node& directory, NameChange change);
    [[nodiscard]] bool coin(double chance = 0.5);
    [[nodiscard]] std::uint64_t below(std::uint64_t bound);
    void cut();
    void settle(Node& node);
    void settle_file(Node& file);
    static void apply(Bytes& bytes, const Write& write);
    static void apply(std::map<std::string, NodePtr>& names, const NameChange& change);

    mutable std::mutex mutex_;
    NodePtr root_;
    NodePtr promised_;  ///< a copy of what was synced at the cut
    std::map<Handle, NodePtr> open_;
    Handle next_handle_ = 1;
    bool powered_ = true;
    std::uint64_t operations_ = 0;
    std::uint64_t syncs_ = 0;
    std::uint64_t cut_at_ = 0;
    std::uint64_t fail_from_ = 0;
    std::uint64_t fail_count_ = 0;
    std::uint64_t full_from_ = 0;
    std::uint64_t full_to_ = 0;
    std::mt19937_64 random_;
};

}  // namespace watchglass::faults
