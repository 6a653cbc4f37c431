// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "bench/load/sender.h"
#include "test/support/running_stack.h"

namespace watchglass::bench {

struct LoadSettings {
    int instruments = 32;
    std::size_t changes_a_frame = 100;
    std::uint64_t seed = 1;
};

/// Instruments that send as fast as the platform takes it, from frames made ahead. One thread.
class Load {
public:
    /// Enrolls and connects them. Throws when the stack refuses one.
    Load(const test::RunningStack& stack, LoadSettings settings);
    ~Load();

    /// Makes that many frames more for each instrument. Readings go on where the last ones ended.
    void make(std::size_t frames_each);
    /// Sends until the broker has everything that was made. Throws after `patience` without progress.
    void hand_over(std::chrono::seconds patience = std::chrono::seconds{60});
    /// Sends until all is stored, with at most `under_way` frames of each instrument on the way.
    void store(std::uint64_t under_way, std::chrono::seconds patience = std::chrono::seconds{60});

    [[nodiscard]] std::uint64_t frames() const;
    [[nodiscard]] std::uint64_t stored() const;
    [[nodiscard]] std::uint64_t samples() const { return samples_; }
    [[nodiscard]] std::uint64_t payload_bytes() const;

    /// Count and digest of every series as it was sent, compared with what telemetry() answers. Empty: all equal; else
    /// the first difference.
    [[nodiscard]] std::string differences() const;

private:
    struct Sum {
        std::uint64_t count = 0;
        std::int64_t digest = 0;
        friend bool operator==(const Sum&, const Sum&) = default;
    };
    void drive(std::uint64_t limit, std::chrono::seconds patience, std::uint64_t (Sender::*progress)() const);
    void turn(std::uint64_t limit, std::chrono::milliseconds patience);

    const test::RunningStack& stack_;
    LoadSettings settings_;
    Dictionary dictionary_;
    std::unique_ptr<TlsDoor> door_;
    std::vector<std::unique_ptr<Sender>> senders_;
    std::vector<WallTime> next_start_;
    WallTime first_start_;
    std::map<std::pair<std::string, std::string>, Sum> sums_;  ///< by device id and parameter
    std::uint64_t samples_ = 0;
};

}  // namespace watchglass::bench
