// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "test/faults/support/lossy_store.h"
#include "test/support/temporary_directory.h"

namespace watchglass::faults {

/// A LossyStore mounted as a file system (FUSE), served by a thread of ours. The program whose operation is the last
/// before the power is lost gets SIGKILL before it gets an answer, as if the machine had stopped there.
class LossyDisk {
public:
    /// Why this machine cannot mount one; empty: it can.
    static std::string trouble();

    LossyDisk();
    ~LossyDisk();
    LossyDisk(const LossyDisk&) = delete;
    LossyDisk& operator=(const LossyDisk&) = delete;

    [[nodiscard]] LossyStore& store() { return store_; }
    [[nodiscard]] const std::filesystem::path& path() const { return mount_point_.path(); }

private:
    struct Mount;
    LossyStore store_;
    test::TemporaryDirectory mount_point_;
    std::unique_ptr<Mount> mount_;
};

}  // namespace watchglass::faults
