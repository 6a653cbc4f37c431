// SPDX-License-Identifier: Apache-2.0
#include "ingest/adapters/latest_writer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/foundation/log.h"
#include "storage/postgres/codes.h"
#include "storage/telemetry/latest_progress.h"

namespace watchglass::ingest {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

// Between two writes: one device's row is not rewritten for every frame.
constexpr milliseconds least_rest = 200ms;
// The first commits after a start have the database to themselves.
constexpr milliseconds first_rest = 200ms;
constexpr milliseconds most_rest = 800ms;
constexpr milliseconds retry_rest = 500ms;

/// A fleet whose rows take long to write is written less often: at most a tenth of the time.
milliseconds rest_after(milliseconds writing) { return std::clamp(writing * 9, least_rest, most_rest); }

}  // namespace

LatestWriter::~LatestWriter() { stop(); }

void LatestWriter::start() {
    thread_ = std::thread([this] { run(); });
}

void LatestWriter::stop() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void LatestWriter::committed(std::span<const storage::FrameRow> frames, std::int64_t commit) {
    {
        const std::lock_guard lock(mutex_);
        add_to_news(owed_.news, frames);
        owed_.through = commit;
    }
    changed_.notify_all();
}

void LatestWriter::serve(const std::string& shards) {
    {
        const std::lock_guard lock(mutex_);
        behind_ += shards;
    }
    changed_.notify_all();
}

void LatestWriter::leave(const std::string& shards) {
    const std::lock_guard lock(mutex_);
    const auto left = [&](char shard) { return shards.find(shard) != std::string::npos; };
    std::erase_if(current_, left);
    std::erase_if(behind_, left);
}

void LatestWriter::look_again() {
    {
        const std::lock_guard lock(mutex_);
        behind_ += std::exchange(current_, {});
        ++doubts_;
    }
    changed_.notify_all();
}

void LatestWriter::heard(std::span<const std::pair<storage::DeviceKey, WallTime>> devices) {
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [device, when] : devices) {
            WallTime& last = owed_.news[{device, {}}].heard;
            last = std::max(last, when);
        }
    }
    changed_.notify_all();
}

void LatestWriter::run() {
    rest(first_rest);
    bool going_on = true;
    while (going_on) {
        std::string behind;
        Owed owed;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return ending_ || !behind_.empty() || !owed_.empty(); });
            going_on = !ending_;
            behind = behind_;
            owed = std::exchange(owed_, {});
        }
        const auto began = std::chrono::steady_clock::now();
        // In this order: progress is never said beyond a commit that is missing.
        if (!behind.empty() && !insist([&] { return make_up(behind); })) return;
        if (!insist([&] { return write(owed); })) return;
        const auto took = std::chrono::steady_clock::now() - began;
        if (going_on) rest(rest_after(std::chrono::duration_cast<milliseconds>(took)));
    }
}

/// Until it is done, or this ends: then the next one makes up for it.
template <class Attempt>
bool LatestWriter::insist(Attempt attempt) {
    while (true) {
        const Result<void> done = attempt();
        if (done) return true;
        log::failure(log::Level::warning, "ingest.latest_waits", done.error());
        if (done.error().code == storage::codes::refused_data) return true;  // the history has it
        if (!rest(retry_rest)) return false;
    }
}

/// Commit by commit, so that a part that is done stays done.
Result<void> LatestWriter::make_up(const std::string& shards) {
    const std::uint64_t doubts = [this] {
        const std::lock_guard lock(mutex_);
        return doubts_;
    }();
    auto connection = pool_.acquire();
    if (!connection) return failed(connection);
    const auto commits = storage::commits_ahead_of_latest(**connection, shards);
    if (!commits) return failed(commits);
    for (const std::int64_t commit : *commits) {
        auto news = storage::news_of_commit(**connection, commit, shards);
        if (!news) return failed(news);
        auto unit = storage::UnitOfWork::begin(**connection);
        if (!unit) return failed(unit);
        if (auto done = store_.apply(*unit, *news); !done) return done;
        if (auto done = storage::save_latest_progress(*unit, shards, commit); !done) return done;
        const auto outcome = unit->commit();
        if (outcome.committed != storage::Committed::yes) return failed(*outcome.failure);
    }
    if (!commits->empty())
        log::info("ingest.latest_made_up", "Latest values were brought up to what is stored.",
                  {{"commits", commits->size()}});
    const std::lock_guard lock(mutex_);
    if (doubts_ != doubts) return {};  // once more
    for (const char shard : shards) {  // unless it was left meanwhile
        if (std::erase(behind_, shard) > 0) current_ += shard;
    }
    return {};
}

Result<void> LatestWriter::write(const Owed& owed) {
    if (owed.empty()) return {};
    auto connection = pool_.acquire();
    if (!connection) return failed(connection);
    auto unit = storage::UnitOfWork::begin(**connection);
    if (!unit) return failed(unit);
    if (auto done = store_.apply(*unit, owed.news); !done) return done;
    if (owed.through)
        if (auto done = storage::save_latest_progress(*unit, current(), *owed.through); !done) return done;
    const auto outcome = unit->commit();
    if (outcome.committed != storage::Committed::yes) return failed(*outcome.failure);
    return {};
}

std::string LatestWriter::current() {
    const std::lock_guard lock(mutex_);
    return current_;
}

/// False when this ends.
bool LatestWriter::rest(milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [this] { return ending_; });
    return !ending_;
}

}  // namespace watchglass::ingest
