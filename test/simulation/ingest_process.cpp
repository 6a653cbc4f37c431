// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/ingest_process.h"

#include <algorithm>
#include <initializer_list>

#include "schemas/codec/session.h"
#include "schemas/topics/topics.h"
#include "test/simulation/vault.h"

namespace watchglass::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t intake_most = 16;

/// All devices of a run have this first letter.
constexpr char shard = 'a';

}  // namespace

std::string_view to_text(IngestMoment moment) {
    switch (moment) {
        case IngestMoment::now: return "at once";
        case IngestMoment::holding_batch: return "holding a batch";
        case IngestMoment::in_transaction: return "inside the transaction";
        case IngestMoment::after_commit: return "after COMMIT, before Stored";
        case IngestMoment::count: break;
    }
    return "?";
}

void Registry::enroll(const DeviceId& device, std::int32_t number) {
    constexpr Microseconds ten_years{std::int64_t{3650} * 86'400 * 1'000'000};
    known_[device] = {.owner = {TenantNumber{1}, DeviceNumber{number}},
                      .keeping = {.retention = storage::RetentionClass{1}, .keep = ten_years},
                      .may_report = true};
}

Result<std::vector<std::optional<ingest::Registration>>> Registry::look_up(
    std::span<const DeviceId> devices) {
    std::vector<std::optional<ingest::Registration>> answers;
    for (const DeviceId& device : devices) {
        const auto found = known_.find(device);
        answers.push_back(found == known_.end() ? std::nullopt : std::optional(found->second));
    }
    return answers;
}

Result<const ingest::ShelvedDictionary*> Registry::find(TenantNumber, std::string_view name,
                                                        std::uint32_t version) {
    return name == bench_.dictionary.name && version == bench_.dictionary.version ? &bench_ : nullptr;
}

/// One link to the broker.
struct IngestProcess::Ear final : Client {
    Ear(IngestProcess& p, ingest::Urgency u, std::initializer_list<topics::Channel> channels)
        : process(p), urgency(u), client_id(p.name_ + (u == ingest::Urgency::alarm ? " alarms" : "")) {
        for (const auto channel : channels) filters.push_back(topics::every_device(shard, channel));
    }
    void on_connected() override {
        process.resync_due_ = true;
        process.plan_turn();
    }
    void on_lost(const std::string&) override {
        link.reset();
        const Microseconds wait{static_cast<std::int64_t>(process.dice_.between(100'000, 500'000))};
        process.world_.after(wait, [this] {
            if (!process.dead_ && !link) process.dial(*this);
        });
    }
    bool on_message(const mqtt::Message& message) override { return process.take(message, urgency); }
    void on_published(std::uint64_t) override {}

    IngestProcess& process;
    ingest::Urgency urgency;
    std::string client_id;
    std::vector<std::string> filters;
    std::shared_ptr<Link> link;
};

/// What devices hear, over this process's link.
struct IngestProcess::SimVoice final : ingest::Voice {
    explicit SimVoice(IngestProcess& p) : process(p) {}
    bool say(const DeviceId& device, const Stored& stored) override {
        const mqtt::Message message{topics::of(device, topics::Channel::down_stored),
                                    *codec::encode_stored(stored), 0, false};
        return process.network_.publish(process.bulk_->link, message, 0).has_value();
    }
    IngestProcess& process;
};

struct IngestProcess::SimVault final : Vault {
    SimVault(IngestProcess& p) : Vault(p.world_, p.database_), process(p) {}
    void wait(Microseconds time) override { process.wait(time); }
    void before_commit() override { process.at_moment(IngestMoment::in_transaction); }
    void after_commit() override { process.at_moment(IngestMoment::after_commit); }
    CommitFaults& faults() override { return process.faults; }
    IngestProcess& process;
};

IngestProcess::IngestProcess(World& world, Network& network, Database& database, Registry& registry,
                             std::string name, std::uint64_t seed, int number, Mutant mutant)
    : world_(world),
      network_(network),
      database_(database),
      registry_(registry),
      name_(std::move(name)),
      mutant_(mutant),
      dice_(seed, "ingest", static_cast<std::uint64_t>(number)),
      clock_(world),
      intake_(intake_most),
      vault_(std::make_unique<SimVault>(*this)),
      voice_(std::make_unique<SimVoice>(*this)),
      alarms_(std::make_unique<Ear>(*this, ingest::Urgency::alarm,
                                    std::initializer_list{topics::Channel::up_events})),
      bulk_(std::make_unique<Ear>(
          *this, ingest::Urgency::bulk,
          std::initializer_list{topics::Channel::up_telemetry, topics::Channel::up_hello})) {}

IngestProcess::~IngestProcess() = default;

void IngestProcess::start() {
    if (dead_) return;
    if (!database_.reachable()) {
        world_.after(500ms, [this] { start(); });
        return;
    }
    assemble();
    world_.note("{}: up, {} streams known", name_, database_.tables.streams.size());
    dial(*alarms_);
    dial(*bulk_);
}

void IngestProcess::assemble() {
    pipeline_ = std::make_unique<ingest::Pipeline>(
        ingest::PipelineSettings{.batch = {.messages = 40}, .history = database_.tables.history},
        ingest::PipelineParts{intake_, registry_, registry_, *vault_, *voice_, clock_, dice_, meters_,
                              [this](std::chrono::milliseconds time) {
                                  world_.run_until(world_.now() + time);
                                  return !dead_;
                              }});
    for (const auto& [stream, position] : database_.tables.streams) pipeline_->learn(stream, position);
}

void IngestProcess::dial(Ear& ear) {
    if (!dead_) ear.link = network_.open(ear, ear.client_id, ear.filters);
}

bool IngestProcess::take(const mqtt::Message& message, ingest::Urgency urgency) {
    ingest::Arrival arrival{message.topic, message.payload, clock_.wall()};
    if (mutant_ == Mutant::repeats_not_compared) pass_as_stored(database_, registry_, arrival);
    if (!intake_.try_push(arrival, urgency)) return false;
    plan_turn();
    return true;
}

void IngestProcess::follow_history(std::uint64_t history) {
    if (!pipeline_ || dead_) return;
    // The product hears of it between two turns.
    if (turning_) {
        world_.after(5ms, [this, history] { follow_history(history); });
        return;
    }
    pipeline_->set_history(history);
    resync_due_ = true;
    plan_turn();
}

void IngestProcess::plan_turn() {
    if (turn_planned_ || turning_) return;
    turn_planned_ = true;
    world_.after(2ms, [this] {
        turn_planned_ = false;
        turn();
    });
}

void IngestProcess::turn() {
    if (dead_ || turning_) return;
    turning_ = true;
    try {
        call_for_resync();
        (void)pipeline_->turn(Microseconds{0});
    } catch (const Killed&) {
        die();
    }
    turning_ = false;
    if (dead_) return;
    network_.ready(alarms_->link);
    network_.ready(bulk_->link);
    if (meters_.stored_waiting.value() > 8)
        world_.violation(name_ + ": more answers wait than there are devices");
    if (intake_.size() > 0 || resync_due_) plan_turn();
}

void IngestProcess::call_for_resync() {
    if (!resync_due_) return;
    const mqtt::Message message{topics::resync(shard), {}, 0, false};
    resync_due_ = !network_.publish(bulk_->link, message, 0).has_value() && bulk_->link != nullptr;
}

/// A call takes time, in which the rest of the world goes on; this process may be killed meanwhile.
void IngestProcess::wait(Microseconds time) {
    at_moment(IngestMoment::holding_batch);
    world_.run_until(world_.now() + time);
    if (dead_) throw Killed{};
}

void IngestProcess::at_moment(IngestMoment moment) {
    if (!death_ || death_->moment != moment || death_->n-- > 0) return;
    switch (moment) {
        case IngestMoment::holding_batch: world_.hit(Point::ingest_killed_holding_batch); break;
        case IngestMoment::in_transaction: world_.hit(Point::ingest_killed_in_transaction); break;
        case IngestMoment::after_commit: world_.hit(Point::ingest_killed_after_commit_before_stored); break;
        case IngestMoment::now:
        case IngestMoment::count: break;
    }
    world_.note("{}: dies {}", name_, to_text(moment));
    throw Killed{};
}

void IngestProcess::die_at(IngestMoment moment, std::uint64_t n) {
    if (dead_) return;
    death_ = Death{moment, n};
    if (moment == IngestMoment::now) die();
}

void IngestProcess::die() {
    if (dead_) return;
    dead_ = true;
    world_.note("{}: KILLED", name_);
    for (Ear* ear : {alarms_.get(), bulk_.get()}) {
        network_.close(ear->link);
        ear->link.reset();
    }
    if (on_death) on_death();
}

}  // namespace watchglass::simulation
