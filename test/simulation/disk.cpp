// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/disk.h"

#include <algorithm>

#include "device-sdk/src/journal/codes.h"
#include "device-sdk/src/journal/segment_format.h"

namespace watchglass::simulation {
namespace {

constexpr std::size_t sector = 512;

tl::unexpected<Failure> refused(const Code& code, Next next, const char* detail) {
    return failed(Failure{code, next, detail, {}});
}
tl::unexpected<Failure> eio() {
    return refused(device::codes::journal_io, Next::tell_operator, "Input/output error");
}

void put(Bytes& into, std::size_t offset, ByteSpan bytes) {
    if (into.size() < offset + bytes.size()) into.resize(offset + bytes.size());
    std::copy(bytes.begin(), bytes.end(), into.begin() + static_cast<std::ptrdiff_t>(offset));
}

/// What of an unsynced write reached the magnetic surface before the power went.
void put_some(Bytes& into, const Platter::Write& write, Dice& dice) {
    const ByteSpan bytes{write.bytes};
    switch (dice.below(4)) {
        case 0: return;
        case 1: return put(into, write.offset, bytes);
        case 2: return put(into, write.offset, bytes.first(dice.below(bytes.size() + 1)));
        default:
            for (std::size_t at = 0; at < bytes.size(); at += sector) {
                if (dice.chance(0.5)) continue;
                put(into, write.offset + at, bytes.subspan(at, std::min(sector, bytes.size() - at)));
            }
    }
}

/// Records as they would be if nobody wrote down where a forked epoch went.
Bytes without_mappings(ByteSpan bytes, bool with_header) {
    Bytes altered(bytes.begin(), bytes.end());
    std::size_t offset = with_header ? device::segment_header_bytes : 0;
    while (const auto raw = device::parse_record(bytes.subspan(std::min(offset, bytes.size())))) {
        const bool stream = raw->type == device::RecordType::stream;
        if (auto record = stream ? device::parse_stream(raw->payload) : std::nullopt;
            record && record->fork) {
            record->fork.reset();
            put(altered, offset, device::encode_record(*record));
        }
        offset += raw->bytes;
    }
    return altered;
}

}  // namespace

Platter& Platter::operator=(const Platter& other) {
    if (this == &other) return *this;
    // An image is taken of what a running system shows.
    names.clear();
    for (const auto& [name, file] : other.names) {
        names[name] = std::make_shared<File>(File{file->number, name, file->now, file->now, {}});
    }
    durable_names_ = names;
    unsynced_names_.clear();
    numbered_ = other.numbered_;
    return *this;
}

void Platter::power_cut(Dice& dice) {
    const std::size_t kept = dice.below(unsynced_names_.size() + 1);
    for (std::size_t i = 0; i < kept; ++i) unsynced_names_[i](durable_names_);
    unsynced_names_.clear();
    for (auto& [name, file] : durable_names_) {
        for (const Write& write : file->unsynced) put_some(file->synced, write, dice);
        file->unsynced.clear();
        file->now = file->synced;
        file->durable_name = name;
    }
    names = durable_names_;
}

void Platter::wipe() {
    names.clear();
    durable_names_.clear();
    unsynced_names_.clear();
}

std::optional<std::string> Platter::rot(Dice& dice) {
    std::vector<std::string> candidates;
    for (const auto& [name, file] : names) {
        if (name.ends_with(".wgj") && !file->synced.empty()) candidates.push_back(name);
    }
    if (candidates.empty()) return std::nullopt;
    const std::string& name = candidates[dice.below(candidates.size())];
    File& file = *names.at(name);
    // Files are reserved with zeros: what was never written cannot rot in a way that anybody sees.
    const auto last =
        std::find_if(file.synced.rbegin(), file.synced.rend(), [](auto byte) { return byte != 0; });
    const auto used = static_cast<std::size_t>(file.synced.rend() - last);
    if (used == 0) return std::nullopt;
    const std::size_t at = dice.below(used);
    const auto flip = static_cast<std::uint8_t>(dice.between(1, 255));
    file.synced[at] = static_cast<std::uint8_t>(file.synced[at] ^ flip);
    file.now[at] = static_cast<std::uint8_t>(file.now[at] ^ flip);
    return name;
}

class OpenFile final : public device::DiskFile {
public:
    OpenFile(SimDisk& disk, std::string name, std::shared_ptr<Platter::File> file)
        : disk_(disk), name_(std::move(name)), file_(std::move(file)) {}

    Result<void> write_at(std::uint64_t offset, ByteSpan bytes) override {
        return disk_.write(*file_, name_, offset, bytes);
    }
    Result<void> sync() override { return disk_.sync(*file_, name_); }

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) override {
        if (auto good = disk_.begin(DiskCall::read, name_); !good) return failed(good);
        if (disk_.faults_.failing_reads > 0) {
            --disk_.faults_.failing_reads;
            return eio();
        }
        const Bytes& now = file_->now;
        if (offset >= now.size()) return std::size_t{0};
        const auto begin = static_cast<std::size_t>(offset);
        const std::size_t count = std::min(into.size(), now.size() - begin);
        std::copy_n(now.begin() + static_cast<std::ptrdiff_t>(begin), count, into.begin());
        return count;
    }

private:
    SimDisk& disk_;
    std::string name_;
    std::shared_ptr<Platter::File> file_;
};

SimDisk::SimDisk(Platter& platter, Faults& faults, Hooks hooks, DiskObserver& observer, Dice& dice,
                 std::shared_ptr<bool> alive)
    : platter_(platter),
      faults_(faults),
      hooks_(std::move(hooks)),
      observer_(observer),
      dice_(dice),
      alive_(std::move(alive)) {}

Result<void> SimDisk::begin(DiskCall call, const std::string& name) {
    if (!*alive_) return eio();
    hooks_.before(call, name);
    return {};
}

Result<void> SimDisk::write(Platter::File& file, const std::string& name, std::uint64_t offset,
                            ByteSpan bytes) {
    if (auto good = begin(DiskCall::write, name); !good) return good;
    if (faults_.failing_writes > 0) {
        --faults_.failing_writes;
        return eio();
    }
    const Bytes altered = faults_.loses_mappings ? without_mappings(bytes, offset == 0) : Bytes{};
    if (faults_.loses_mappings) bytes = altered;
    if (hooks_.tear(name)) bytes = bytes.first(dice_.below(bytes.size()));
    const auto at = static_cast<std::size_t>(offset);
    put(file.now, at, bytes);
    file.unsynced.push_back({at, Bytes(bytes.begin(), bytes.end())});
    hooks_.after(DiskCall::write, name);
    return {};
}

Result<void> SimDisk::sync(Platter::File& file, const std::string& name) {
    if (auto good = begin(DiskCall::sync, name); !good) return good;
    if (faults_.forgets_syncs && !file.durable_name.empty()) {
        hooks_.after(DiskCall::sync, name);
        return {};
    }
    if (faults_.failing_syncs > 0) {
        --faults_.failing_syncs;
        // The pages count as clean from now on: some are on disk, the others never will be.
        for (const Platter::Write& write : file.unsynced) put_some(file.synced, write, dice_);
        file.unsynced.clear();
        return eio();
    }
    for (const Platter::Write& write : file.unsynced) put(file.synced, write.offset, write.bytes);
    file.unsynced.clear();
    if (!file.durable_name.empty()) observer_.durable(file);
    hooks_.after(DiskCall::sync, name);
    return {};
}

void SimDisk::change_names(std::function<void(Platter::Names&)> change) {
    change(platter_.names);
    platter_.unsynced_names_.push_back(std::move(change));
}

Result<std::vector<device::DiskEntry>> SimDisk::list() {
    if (auto good = begin(DiskCall::list, ""); !good) return failed(good);
    std::vector<device::DiskEntry> entries;
    for (const auto& [name, file] : platter_.names) entries.push_back({name, file->now.size()});
    return entries;
}

Result<std::unique_ptr<device::DiskFile>> SimDisk::create(const std::string& name, std::uint64_t bytes) {
    if (auto good = begin(DiskCall::create, name); !good) return failed(good);
    if (faults_.full)
        return refused(device::codes::journal_disk_full, Next::tell_operator, "No space left on device");
    auto file = std::make_shared<Platter::File>();
    file->number = ++platter_.numbered_;
    file->now.resize(static_cast<std::size_t>(bytes));
    file->synced = file->now;
    change_names([name, file](Platter::Names& names) { names[name] = file; });
    hooks_.after(DiskCall::create, name);
    return std::make_unique<OpenFile>(*this, name, file);
}

Result<std::unique_ptr<device::DiskFile>> SimDisk::open(const std::string& name) {
    if (auto good = begin(DiskCall::open, name); !good) return failed(good);
    const auto found = platter_.names.find(name);
    if (found == platter_.names.end()) {
        return refused(device::codes::journal_io, Next::give_up, "No such file or directory");
    }
    return std::make_unique<OpenFile>(*this, name, found->second);
}

Result<void> SimDisk::truncate(const std::string& name, std::uint64_t bytes) {
    if (auto good = begin(DiskCall::truncate, name); !good) return good;
    const auto found = platter_.names.find(name);
    if (found == platter_.names.end()) return eio();
    Platter::File& file = *found->second;
    const auto size = static_cast<std::size_t>(bytes);
    file.now.resize(size);
    // A length is journaled by the file system at some time or other; here at once.
    file.synced.resize(size);
    std::erase_if(file.unsynced,
                  [size](const Platter::Write& w) { return w.offset + w.bytes.size() > size; });
    hooks_.after(DiskCall::truncate, name);
    return {};
}

Result<void> SimDisk::rename(const std::string& from, const std::string& to) {
    if (auto good = begin(DiskCall::rename, from); !good) return good;
    if (!platter_.names.contains(from)) return eio();
    change_names([from, to](Platter::Names& names) {
        const auto found = names.find(from);
        if (found == names.end()) return;
        names[to] = found->second;
        names.erase(from);
    });
    hooks_.after(DiskCall::rename, from);
    return {};
}

Result<void> SimDisk::remove(const std::string& name) {
    if (auto good = begin(DiskCall::remove, name); !good) return good;
    if (const auto found = platter_.names.find(name); found != platter_.names.end()) {
        observer_.removed(*found->second);
        change_names([name](Platter::Names& names) { names.erase(name); });
    }
    hooks_.after(DiskCall::remove, name);
    return {};
}

Result<void> SimDisk::sync_directory() {
    if (auto good = begin(DiskCall::sync_directory, ""); !good) return good;
    if (faults_.failing_syncs > 0) {
        --faults_.failing_syncs;
        return eio();
    }
    platter_.unsynced_names_.clear();
    platter_.durable_names_ = platter_.names;
    for (const auto& [name, file] : platter_.names) {
        if (file->durable_name == name) continue;
        file->durable_name = name;
        observer_.durable(*file);
    }
    hooks_.after(DiskCall::sync_directory, "");
    return {};
}

}  // namespace watchglass::simulation
