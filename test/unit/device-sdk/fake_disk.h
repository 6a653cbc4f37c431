// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <watchglass/disk.h>

namespace watchglass::device::test {

/// A disk in memory that forgets at a power cut what was not synced, and fails when told to.
class FakeDisk final : public Disk {
public:
    struct File {
        Bytes now;
        Bytes synced;
    };

    std::uint64_t capacity = UINT64_MAX;  ///< bytes over all files
    int failing_syncs = 0;  ///< so many fail, and what they should have made durable never becomes so
    int failing_writes = 0;
    int good_writes = 0;  ///< so many succeed before the failing ones
    int failing_reads = 0;
    int failing_opens = 0;
    int failing_directory_syncs = 0;
    int failing_removes = 0;
    int syncs = 0;

    /// Everything that was not synced is gone; names are as of the last sync_directory().
    void power_cut() {
        std::map<std::string, std::shared_ptr<File>> survivors;
        for (auto& [name, file] : durable_names_) {
            survivors[name] = std::make_shared<File>(File{file->synced, file->synced});
        }
        names_ = survivors;
        durable_names_ = survivors;
    }

    /// The process died, the machine went on: what was written is there.
    [[nodiscard]] FakeDisk image() const {
        FakeDisk copy;
        for (const auto& [name, file] : names_) {
            copy.names_[name] = std::make_shared<File>(File{file->now, file->now});
        }
        copy.durable_names_ = copy.names_;
        return copy;
    }

    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& [name, file] : names_) all.push_back(name);
        return all;
    }
    [[nodiscard]] Bytes& bytes(const std::string& name) { return names_.at(name)->now; }

    Result<std::vector<DiskEntry>> list() override {
        std::vector<DiskEntry> entries;
        for (const auto& [name, file] : names_) entries.push_back({name, file->now.size()});
        return entries;
    }
    Result<std::unique_ptr<DiskFile>> create(const std::string& name, std::uint64_t bytes) override;
    Result<std::unique_ptr<DiskFile>> open(const std::string& name) override;
    Result<void> truncate(const std::string& name, std::uint64_t bytes) override {
        names_.at(name)->now.resize(static_cast<std::size_t>(bytes));
        names_.at(name)->synced = names_.at(name)->now;
        return {};
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        names_[to] = names_.at(from);
        names_.erase(from);
        return {};
    }
    Result<void> remove(const std::string& name) override {
        if (failing_removes > 0) {
            --failing_removes;
            return refused();
        }
        names_.erase(name);
        return {};
    }
    Result<void> sync_directory() override {
        if (failing_directory_syncs > 0) {
            --failing_directory_syncs;
            return refused();
        }
        durable_names_ = names_;
        return {};
    }

private:
    static Result<void> refused();
    std::map<std::string, std::shared_ptr<File>> names_;
    std::map<std::string, std::shared_ptr<File>> durable_names_;
};

}  // namespace watchglass::device::test
