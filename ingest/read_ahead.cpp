// SPDX-License-Identifier: Apache-2.0
#include "ingest/read_ahead.h"

#include <utility>

namespace watchglass::ingest {
namespace {

using namespace std::chrono_literals;

// How long the reader waits for a message before it looks again at what it must do otherwise.
constexpr Microseconds idle_patience = 20ms;

}  // namespace

ReadAhead::ReadAhead(Reader& reader, Intake& intake, const BatchLimits& limits)
    : reader_(reader), intake_(intake), limits_(limits) {}

ReadAhead::~ReadAhead() { stop(); }

void ReadAhead::start() {
    thread_ = std::thread([this] { run(); });
}

void ReadAhead::stop() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    intake_.nudge();
    if (thread_.joinable()) thread_.join();
}

void ReadAhead::run() {
    while (true) {
        if (!reader_.read(filling_, limits_, idle_patience)) return;
        if (!hand_over(filling_.full(limits_))) return;
    }
}

/// To whoever waits; a full batch waits for somebody.
bool ReadAhead::hand_over(bool full) {
    {
        std::unique_lock lock(mutex_);
        if (full) changed_.wait(lock, [this] { return ending_ || wanted_ != nullptr; });
        if (ending_) return false;
        oldest_ = filling_.oldest;
        if (filling_.messages == 0 || wanted_ == nullptr) return true;
        std::swap(*std::exchange(wanted_, nullptr), filling_);
        oldest_.reset();
    }
    changed_.notify_all();
    return true;
}

void ReadAhead::take(Batch& batch, Microseconds patience) {
    {
        const std::lock_guard lock(mutex_);
        wanted_ = &batch;
    }
    changed_.notify_all();
    intake_.nudge();  // the reader may hold a part of a batch and wait for the rest
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return ending_ || wanted_ == nullptr; });
    wanted_ = nullptr;
}

std::optional<WallTime> ReadAhead::oldest() const {
    const std::lock_guard lock(mutex_);
    return oldest_;
}

bool ReadAhead::pause(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, wait, [this] { return ending_; });
    return !ending_;
}

}  // namespace watchglass::ingest
