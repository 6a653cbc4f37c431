// SPDX-License-Identifier: Apache-2.0
#include "test/faults/support/lossy_store.h"

#include <algorithm>
#include <utility>

#include <errno.h>

namespace watchglass::faults {
namespace {

constexpr std::size_t sector = 512;

}  // namespace

LossyStore::LossyStore() { format(); }
LossyStore::~LossyStore() = default;

void LossyStore::format() {
    const std::lock_guard lock(mutex_);
    root_ = std::make_shared<Node>();
    root_->directory = true;
    promised_.reset();
    open_.clear();
    powered_ = true;
    operations_ = syncs_ = 0;
    cut_at_ = fail_from_ = fail_count_ = full_from_ = full_to_ = 0;
}

// --- finding -------------------------------------------------------------------------------------------------------

LossyStore::NodePtr LossyStore::find(const std::string& path) const {
    NodePtr at = root_;
    for (std::size_t begin = 1; begin < path.size() && at;) {
        const auto end = std::min(path.find('/', begin), path.size());
        const auto found = at->names.find(path.substr(begin, end - begin));
        at = found == at->names.end() ? nullptr : found->second;
        begin = end + 1;
    }
    return at;
}

LossyStore::NodePtr LossyStore::parent_of(const std::string& path, std::string& name) const {
    const auto slash = path.rfind('/');
    name = path.substr(slash + 1);
    return find(slash == 0 ? "/" : path.substr(0, slash));
}

LossyStore::NodePtr LossyStore::node(Handle handle) const {
    const auto found = open_.find(handle);
    return found == open_.end() ? nullptr : found->second;
}

LossyStore::Handle LossyStore::keep_open(NodePtr node) {
    open_[next_handle_] = std::move(node);
    return next_handle_++;
}

// --- looking -------------------------------------------------------------------------------------------------------

int LossyStore::open(const std::string& path, Handle& handle) {
    const std::lock_guard lock(mutex_);
    if (!powered_) return -EIO;
    auto found = find(path);
    if (!found) return -ENOENT;
    handle = keep_open(std::move(found));
    return 0;
}

void LossyStore::close(Handle handle) {
    const std::lock_guard lock(mutex_);
    open_.erase(handle);
}

int LossyStore::status(const std::string& path, Status& out) const {
    const std::lock_guard lock(mutex_);
    const auto found = find(path);
    if (!found) return -ENOENT;
    out = {found->directory, found->cached.size()};
    return 0;
}

int LossyStore::status(Handle handle, Status& out) const {
    const std::lock_guard lock(mutex_);
    const auto found = node(handle);
    if (!found) return -EBADF;
    out = {found->directory, found->cached.size()};
    return 0;
}

int LossyStore::list(Handle directory, std::vector<std::string>& names) const {
    const std::lock_guard lock(mutex_);
    if (!powered_) return -EIO;
    const auto found = node(directory);
    if (!found) return -EBADF;
    for (const auto& [name, ignored] : found->names) names.push_back(name);
    return 0;
}

int LossyStore::read(Handle handle, std::uint64_t at, std::size_t size, Bytes& out) const {
    const std::lock_guard lock(mutex_);
    const auto found = node(handle);
    if (!powered_ || !found) return found ? -EIO : -EBADF;
    const Bytes& bytes = found->cached;
    const std::size_t begin = std::min<std::size_t>(static_cast<std::size_t>(at), bytes.size());
    const std::size_t end = begin + std::min(size, bytes.size() - begin);
    out.assign(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
               bytes.begin() + static_cast<std::ptrdiff_t>(end));
    return 0;
}

// --- changing ------------------------------------------------------------------------------------------------------

/// Counts. The caller does what was asked, then end_operation() cuts if this was the last one.
int LossyStore::begin_operation(Step& step) {
    if (!powered_) return -EIO;
    step = ++operations_ == cut_at_ ? Step::cut : Step::go_on;
    return 0;
}

int LossyStore::end_operation(Step step, int answer) {
    if (step == Step::go_on) return answer;
    cut();
    return -EIO;
}

void LossyStore::apply(Bytes& bytes, const Write& write) {
    if (write.resized) return bytes.resize(static_cast<std::size_t>(*write.resized));
    const std::size_t end = static_cast<std::size_t>(write.at) + write.bytes.size();
    if (bytes.size() < end) bytes.resize(end);
    std::copy(write.bytes.begin(), write.bytes.end(), bytes.begin() + static_cast<std::ptrdiff_t>(write.at));
}

void LossyStore::apply(std::map<std::string, NodePtr>& names, const NameChange& change) {
    for (const auto& [name, node] : change) {
        if (node) {
            names[name] = node;
        } else {
            names.erase(name);
        }
    }
}

int LossyStore::change(Node& file, Write write) {
    const bool full = operations_ >= full_from_ && operations_ < full_to_;
    const std::uint64_t end = write.resized.value_or(write.at + write.bytes.size());
    if (full && end > file.cached.size()) return -ENOSPC;
    apply(file.cached, write);
    file.unsynced.push_back(std::move(write));
    return 0;
}

int LossyStore::change_names(Node& directory, NameChange change) {
    apply(directory.names, change);
    directory.unsynced_names.push_back(std::move(change));
    return 0;
}

int LossyStore::make_directory(const std::string& path) {
    const std::lock_guard lock(mutex_);
    std::string name;
    const auto parent = parent_of(path, name);
    if (!parent) return -ENOENT;
    if (parent->names.count(name) > 0) return -EEXIST;
    Step step{};
    if (const int bad = begin_operation(step); bad != 0) return bad;
    auto made = std::make_shared<Node>();
    made->directory = true;
    return end_operation(step, change_names(*parent, {{name, std::move(made)}}));
}

int LossyStore::create(const std::string& path, Handle& handle) {
    const std::lock_guard lock(mutex_);
    std::string name;
    const auto parent = parent_of(path, name);
    if (!parent) return -ENOENT;
    if (const auto found = parent->names.find(name); found != parent->names.end()) {
        handle = keep_open(found->second);
        return 0;
    }
    Step step{};
    if (const int bad = begin_operation(step); bad != 0) return bad;
    auto made = std::make_shared<Node>();
    handle = keep_open(made);
    return end_operation(step, change_names(*parent, {{name, std::move(made)}}));
}

int LossyStore::write(Handle handle, std::uint64_t at, ByteSpan bytes) {
    const std::lock_guard lock(mutex_);
    const auto file = node(handle);
    if (!file) return -EBADF;
    Step step{};
    if (const int bad = begin_operation(step); bad != 0) return bad;
    return end_operation(step, change(*file, {at, Bytes(bytes.begin(), bytes.end()), std::nullopt}));
}

int LossyStore::resize(Handle handle, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto file = node(handle);
    if (!file) return -EBADF;
    if (file->cached.size() == bytes) return 0;
    Step step{};
    if (const int bad = begin_operation(step); bad != 0) return bad;
    return end_operation(step, change(*file, {0, {}, bytes}));
}

int LossyStore::resize(const std::string& path, std::uint64_t bytes) {
    Handle handle = 0;
    if (const int bad = open(path, handle); bad != 0) return bad;
    const int answer = resize(handle, bytes);
    close(handle);
    return answer;
}

int LossyStore::rename(const std::string& from, const std::string& to) {
    const std::lock_guard lock(mutex_);
    std::string old_name;
    std::string new_name;
    const auto parent = parent_of(from, old_name);
    if (!parent || parent->names.count(old_name) == 0) return -ENOENT;
    if (parent_of(to, new_name) != parent) return -EXDEV;
    Step step{};
    if (const int bad = begin_operation(step); bad != 0) return bad;
    auto moved = parent->names.at(old_name);
    return end_operation(step, change_names(*parent, {{old_name, nullptr}, {new_name, std::move(moved)}}));
}

int LossyStore::remove(const std::string& path) {
    const std::lock_guard lock(mutex_);
    std::string name;
    const auto parent = parent_of(path, name);
    if (!parent || parent->names.count(name) == 0) return -ENOENT;
    Step step{};
    if (const int bad = begin_operation(step); bad != 0) return bad;
    return end_operation(step, change_names(*parent, {{name, nullptr}}));
}

int LossyStore::sync(Handle handle) {
    const std::lock_guard lock(mutex_);
    const auto file = node(handle);
    if (!file) return -EBADF;
    Step step{};
    if (const int bad = begin_operation(step); bad != 0) return bad;
    ++syncs_;
    if (syncs_ >= fail_from_ && syncs_ < fail_from_ + fail_count_) {
        // Some of it may have reached the disk; the rest is clean in the cache and will never be written.
        settle_file(*file);
        return end_operation(step, -EIO);
    }
    if (step == Step::cut && coin()) return end_operation(step, 0);
    for (const Write& write : file->unsynced) apply(file->synced, write);
    file->unsynced.clear();
    return end_operation(step, 0);
}

int LossyStore::sync_names(Handle directory) {
    const std::lock_guard lock(mutex_);
    const auto found = node(directory);
    if (!found) return -EBADF;
    Step step{};
    if (const int bad = begin_operation(step); bad != 0) return bad;
    if (step == Step::cut && coin()) return end_operation(step, 0);
    for (const NameChange& change : found->unsynced_names) apply(found->synced_names, change);
    found->unsynced_names.clear();
    return end_operation(step, 0);
}

// --- faults --------------------------------------------------------------------------------------------------------

void LossyStore::cut_at(std::uint64_t operation, std::uint64_t seed) {
    const std::lock_guard lock(mutex_);
    cut_at_ = operation;
    random_.seed(seed);
}

void LossyStore::fail_syncs(std::uint64_t from, std::uint64_t count) {
    const std::lock_guard lock(mutex_);
    fail_from_ = from;
    fail_count_ = count;
}

void LossyStore::full_between(std::uint64_t from, std::uint64_t to) {
    const std::lock_guard lock(mutex_);
    full_from_ = from;
    full_to_ = to;
}

std::uint64_t LossyStore::operations() const {
    const std::lock_guard lock(mutex_);
    return operations_;
}

std::uint64_t LossyStore::syncs() const {
    const std::lock_guard lock(mutex_);
    return syncs_;
}

bool LossyStore::powered() const {
    const std::lock_guard lock(mutex_);
    return powered_;
}

std::uint64_t LossyStore::below(std::uint64_t bound) { return bound == 0 ? 0 : random_() % bound; }
bool LossyStore::coin(double chance) { return static_cast<double>(random_() >> 11) * 0x1p-53 < chance; }

/// First a copy of what is promised, then the lottery over the rest.
void LossyStore::cut() {
    powered_ = false;
    const auto copy = [](const auto& self, const Node& node) -> NodePtr {
        auto made = std::make_shared<Node>();
        made->directory = node.directory;
        made->cached = node.synced;
        for (const auto& [name, child] : node.synced_names) made->names[name] = self(self, *child);
        return made;
    };
    promised_ = copy(copy, *root_);
    settle(*root_);
    open_.clear();
}

void LossyStore::settle(Node& node) {
    if (!node.directory) {
        settle_file(node);
        node.cached = node.synced;
        return;
    }
    const std::uint64_t kept = below(node.unsynced_names.size() + 1);
    for (std::uint64_t i = 0; i < kept; ++i) apply(node.synced_names, node.unsynced_names[i]);
    node.unsynced_names.clear();
    node.names = node.synced_names;
    for (const auto& [name, child] : node.names) settle(*child);
}

/// Which of the unsynced bytes arrived after all.
void LossyStore::settle_file(Node& file) {
    const auto writes = std::exchange(file.unsynced, {});
    if (writes.empty() || coin(0.25)) return;
    if (coin(0.33)) {
        const std::uint64_t whole = below(writes.size());
        for (std::uint64_t i = 0; i < whole; ++i) apply(file.synced, writes[i]);
        Write torn = writes[whole];
        torn.bytes.resize(static_cast<std::size_t>(below(torn.bytes.size() + 1)));
        apply(file.synced, torn);
        return;
    }
    for (const Write& write : writes) {
        if (write.resized) {
            if (coin()) apply(file.synced, write);
            continue;
        }
        for (std::size_t begin = 0; begin < write.bytes.size();) {
            // To the end of the sector it lies in on the disk.
            const std::size_t room = sector - (static_cast<std::size_t>(write.at) + begin) % sector;
            const std::size_t end = std::min(write.bytes.size(), begin + room);
            if (coin())
                apply(file.synced, {write.at + begin,
                                    Bytes(write.bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                                          write.bytes.begin() + static_cast<std::ptrdiff_t>(end)),
                                    std::nullopt});
            begin = end;
        }
    }
}

Files LossyStore::promised(const std::string& directory) const {
    const std::lock_guard lock(mutex_);
    Files files;
    NodePtr at = promised_;
    const auto found = at ? at->names.find(directory) : std::map<std::string, NodePtr>::iterator{};
    if (!at || found == at->names.end()) return files;
    for (const auto& [name, child] : found->second->names)
        if (!child->directory) files[name] = child->cached;
    return files;
}

void LossyStore::power_on() {
    const std::lock_guard lock(mutex_);
    powered_ = true;
    operations_ = syncs_ = 0;
    cut_at_ = fail_from_ = fail_count_ = full_from_ = full_to_ = 0;
}

}  // namespace watchglass::faults
