// SPDX-License-Identifier: Apache-2.0
#include "ingest/service.h"

#include "libs/foundation/log.h"

namespace watchglass::ingest {
namespace {

using namespace std::chrono_literals;

// Between two looks at the locks: a dead process's shards are served again within 2 s.
constexpr Microseconds look_pause = 500ms;
// The same while shards are changing hands.
constexpr Microseconds eager_pause = 25ms;
constexpr Microseconds word_pause = 1s;
// A broker that is started again is back by then; whoever is without it for longer is alone in that.
constexpr Microseconds broker_patience = 5s;

Failure starting(std::string detail) {
    return {watchglass::codes::unavailable, Next::retry_later, std::move(detail), {}};
}

}  // namespace

IngestService::IngestService(ServiceParts parts)
    : parts_(std::move(parts)),
      locks_(parts_.pool.settings().dsn, parts_.name),
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
    leave();
}

void IngestService::keep_shards() {
    const SteadyTime now = parts_.clock.steady();
    if (service_) hand_over();
    if (service_ && now < next_look_) return;

    // The link to the broker comes up while the locks are looked at.
    if (!service_) {
        if (const auto begun = begin(); !begun) return lose(begun.error());
    }
    if (!member_ && !may_join()) return;
    const auto view = locks_.look();
    if (!view) return lose(view.error());
    if (without_broker() && view->members.size() > 1) return step_aside();
    if (const auto done = follow(*view); !done) return lose(done.error());
    tell_operators();
    const std::lock_guard lock(mutex_);
    not_ready_ =
        service_->connected() ? std::nullopt : std::optional(starting("The broker is not connected."));
}

bool IngestService::without_broker() {
    if (service_->connected()) connected_at_ = parts_.clock.steady();
    return parts_.clock.steady() - connected_at_ > broker_patience;
}

/// Where others serve, we connect to the broker before they give anything up for us. Alone, every moment counts.
bool IngestService::may_join() {
    next_look_ = parts_.clock.steady() + eager_pause;
    member_ = service_->connected();
    if (member_) return true;
    const auto others = locks_.others();
    if (!others) {
        lose(others.error());
        return false;
    }
    member_ = !*others;
    return member_;
}

/// Our part would lie idle while others could serve it. A service without shards goes on looking for the broker.
void IngestService::step_aside() {
    log::warning("ingest.stepped_aside", "Others serve our shards until we reach the broker again.");
    leave();
}

/// What we gave up and nothing is under way of: now others may take it.
void IngestService::hand_over() {
    const std::string shards = service_->left();
    if (shards.empty()) return;
    if (const auto done = locks_.release(shards); !done) return lose(done.error());
    log::info("ingest.shards_given_up", "Others serve these from now on.", {{"shards", shards}});
}

/// One step towards our fair share.
Result<void> IngestService::follow(ShardView view) {
    // The session was lost and is another one: what the service took for its own may be others'.
    if (service_->needed() != view.held) {
        if (auto begun = begin(); !begun) return begun;
        if (!view.held.empty()) {
            if (auto added = service_->add(view.held); !added) return added;
        }
    }
    Moves moves;
    if (!service_->giving_up()) moves = fair_moves(view);

    std::string taken;
    if (moves.take > 0 && !view.free.empty()) {
        auto got = locks_.take(view.free, moves.take);
        if (!got) return failed(got);
        taken = std::move(*got);
        if (!taken.empty()) {
            if (auto added = service_->add(taken); !added) return added;
        }
    }
    if (!moves.release.empty()) service_->give_up(moves.release);
    parts_.meters.shards_held.set(static_cast<double>(service_->needed().size()));
    const bool some_free = view.free.size() > taken.size();  // others' due, or ours by what they did not take
    const bool waits = service_->giving_up() || moves.take > taken.size() || some_free;
    next_look_ = parts_.clock.steady() + (waits ? eager_pause : look_pause);
    return {};
}

Result<void> IngestService::begin() {
    service_.reset();
    auto next = std::make_unique<ShardService>(parts_);
    if (auto opened = next->open(); !opened) return opened;
    service_ = std::move(next);
    connected_at_ = parts_.clock.steady();
    backoff_.reset();
    return {};
}

void IngestService::tell_operators() {
    const SteadyTime now = parts_.clock.steady();
    if (now < next_word_) return;
    next_word_ = now + word_pause;
    if (const auto told = locks_.tell(service_->figures()); !told)
        log::failure(log::Level::warning, "ingest.figures_not_told", told.error());
}

/// Without the database nothing is ours.
void IngestService::lose(const Failure& why) {
    log::failure(log::Level::warning, "ingest.not_serving", why);
    leave();
    not_ready(why);
}

void IngestService::leave() {
    service_.reset();
    locks_.leave();  // after the last commit
    member_ = false;
    parts_.meters.shards_held.set(0);
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
