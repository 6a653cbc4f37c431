// SPDX-License-Identifier: Apache-2.0
#include "ingest/service.h"

#include "libs/foundation/log.h"

namespace watchglass::ingest {
namespace {

using namespace std::chrono_literals;

// Between two looks at the locks: a dead process's shards are served again within 2 s.
constexpr Microseconds look_pause = 500ms;

Failure starting(std::string detail) {
    return {watchglass::codes::unavailable, Next::retry_later, std::move(detail), {}};
}

}  // namespace

IngestService::IngestService(ServiceParts parts)
    : parts_(std::move(parts)),
      locks_(parts_.pool.settings().dsn),
      backoff_(50ms, 2s, parts_.rng),
      not_ready_(starting("Shards are not held yet.")) {
    parts_.pause = [this](std::chrono::milliseconds wait) { return pause(wait); };
}

IngestService::~IngestService() { stop(); }

void IngestService::start() {
    thread_ = std::thread([this] { run(); });
}

void IngestService::stop() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    ending_changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

Result<void> IngestService::ready() const {
    const std::lock_guard lock(mutex_);
    if (not_ready_) return failed(*not_ready_);
    return {};
}

void IngestService::run() {
    bool going_on = true;
    while (going_on) {
        keep_shards();
        going_on = service_ ? service_->turn() && pause(0ms) : pause(backoff_.next());
    }
    service_.reset();
}

/// Every half second: are the locks still ours, are there more? Another set of shards is another service.
void IngestService::keep_shards() {
    const SteadyTime now = parts_.clock.steady();
    if (service_ && now < next_look_) return;
    next_look_ = now + look_pause;

    const auto held = locks_.refresh();
    if (!held || held->empty()) {
        service_.reset();
        not_ready(held ? starting("Other processes hold all shards.") : held.error());
        return;
    }
    if (!service_ || service_->shards() != *held) {
        service_.reset();
        auto next = std::make_unique<ShardService>(parts_, *held);
        if (const auto opened = next->open(); !opened) {
            log::failure(log::Level::warning, "ingest.not_opened", opened.error());
            not_ready(opened.error());
            return;
        }
        service_ = std::move(next);
        backoff_.reset();
    }
    const std::lock_guard lock(mutex_);
    not_ready_ =
        service_->connected() ? std::nullopt : std::optional(starting("The broker is not connected."));
}

bool IngestService::pause(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    if (wait > 0ms) ending_changed_.wait_for(lock, wait, [&] { return ending_; });
    return !ending_;
}

void IngestService::not_ready(Failure why) {
    const std::lock_guard lock(mutex_);
    not_ready_ = std::move(why);
}

}  // namespace watchglass::ingest
