// SPDX-License-Identifier: Apache-2.0
#include "test/unit/device-sdk/fake_disk.h"

#include <algorithm>

#include "device-sdk/src/journal/codes.h"

namespace watchglass::device::test {
namespace {

class OpenFile final : public DiskFile {
public:
    OpenFile(FakeDisk& disk, std::shared_ptr<FakeDisk::File> file) : disk_(disk), file_(std::move(file)) {}

    Result<void> write_at(std::uint64_t offset, ByteSpan bytes) override {
        if (disk_.good_writes > 0) {
            --disk_.good_writes;
        } else if (disk_.failing_writes > 0) {
            --disk_.failing_writes;
            return failed(Failure{codes::journal_io, Next::tell_operator, "EIO", {}});
        }
        const auto begin = static_cast<std::size_t>(offset);
        if (file_->now.size() < begin + bytes.size()) file_->now.resize(begin + bytes.size());
        std::copy(bytes.begin(), bytes.end(), file_->now.begin() + static_cast<std::ptrdiff_t>(begin));
        return {};
    }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) override {
        if (disk_.failing_reads > 0) {
            --disk_.failing_reads;
            return failed(Failure{codes::journal_io, Next::tell_operator, "EIO", {}});
        }
        if (offset >= file_->now.size()) return std::size_t{0};
        const std::size_t count = std::min(into.size(), file_->now.size() - static_cast<std::size_t>(offset));
        std::copy_n(file_->now.begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
        return count;
    }
    Result<void> sync() override {
        ++disk_.syncs;
        if (disk_.failing_syncs > 0) {
            --disk_.failing_syncs;
            return failed(Failure{codes::journal_io, Next::tell_operator, "EIO", {}});
        }
        file_->synced = file_->now;
        return {};
    }

private:
    FakeDisk& disk_;
    std::shared_ptr<FakeDisk::File> file_;
};

}  // namespace

Result<void> FakeDisk::refused() {
    return failed(Failure{codes::journal_io, Next::tell_operator, "EIO", {}});
}

Result<std::unique_ptr<DiskFile>> FakeDisk::create(const std::string& name, std::uint64_t bytes) {
    std::uint64_t used = bytes;
    for (const auto& [other, file] : names_) used += file->now.size();
    if (used > capacity) return failed(Failure{codes::journal_disk_full, Next::tell_operator, "ENOSPC", {}});
    auto file = std::make_shared<File>();
    file->now.resize(static_cast<std::size_t>(bytes));
    file->synced = file->now;
    names_[name] = file;
    return std::make_unique<OpenFile>(*this, file);
}

Result<std::unique_ptr<DiskFile>> FakeDisk::open(const std::string& name) {
    if (failing_opens > 0) {
        --failing_opens;
        return failed(Failure{codes::journal_io, Next::retry_later, "EMFILE", {}});
    }
    const auto found = names_.find(name);
    if (found == names_.end()) return failed(Failure{codes::journal_io, Next::give_up, "no such file", {}});
    return std::make_unique<OpenFile>(*this, found->second);
}

}  // namespace watchglass::device::test
