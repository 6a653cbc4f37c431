// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/machine.h"

#include <algorithm>

#include "schemas/codec/chain.h"
#include "schemas/codec/envelope.h"
#include "schemas/codec/session.h"
#include "schemas/topics/topics.h"
#include "test/simulation/machine_parts.h"

namespace watchglass::simulation {
namespace {

using namespace std::chrono_literals;
using device::Core;
using device::Journal;
using device::JournalSettings;

constexpr Microseconds patience_with_death = 20s;
constexpr std::uint32_t segment_bytes = 64u << 10;
constexpr std::size_t pending_most = std::size_t{1} << 20;

JournalSettings lane(Lane lane, std::uint64_t bytes) {
    JournalSettings settings;
    settings.lane = lane;
    settings.bytes_most = bytes;
    settings.segment_bytes = segment_bytes;
    settings.pending_bytes_most = pending_most;
    return settings;
}

}  // namespace

std::string_view to_text(Moment moment) {
    switch (moment) {
        case Moment::now: return "at once";
        case Moment::before_write: return "before a write";
        case Moment::mid_write: return "inside a write";
        case Moment::after_write: return "after a write";
        case Moment::before_sync: return "before a sync";
        case Moment::after_sync: return "after a sync";
        case Moment::before_remove: return "before a removal";
        case Moment::after_remove: return "after a removal";
        case Moment::new_epoch: return "while another epoch begins";
        case Moment::rekeying: return "while forked places are copied";
        case Moment::mid_send: return "while sending";
        case Moment::after_puback: return "after a PUBACK";
        case Moment::after_stored: return "after a Stored";
        case Moment::count: break;
    }
    return "?";
}

/// The SDK in a process of its own.
struct Machine::Process {
    std::shared_ptr<bool> alive = std::make_shared<bool>(true);
    std::unique_ptr<SimSession> session;
    std::unique_ptr<Core> core;
    std::shared_ptr<Link> link;
    bool connected = false;
};

class Machine::SimSession final : public mqtt::Session {
public:
    explicit SimSession(Machine& machine) : machine_(machine) {}

    Result<void> start() override { return {}; }
    void stop(std::chrono::milliseconds) override {}
    [[nodiscard]] bool connected() const override { return machine_.process_->connected; }
    void subscribe_to(std::vector<std::string>) override {}
    [[nodiscard]] bool subscribed() const override { return connected(); }
    [[nodiscard]] std::uint64_t dropped() const override { return 0; }
    void renew() override {
        machine_.world_.after(0us, [&machine = machine_, life = machine_.life_] {
            if (machine.life_ == life) machine.cut();
        });
    }

    Result<void> publish(const mqtt::Message& message, std::uint64_t ticket) override {
        const auto parsed = topics::parse(message.topic);
        const bool frame = parsed && (parsed->channel == topics::Channel::up_telemetry ||
                                      parsed->channel == topics::Channel::up_events);
        if (machine_.world_.narrating()) {
            machine_.world_.note("{} says  {}", machine_.name_, in_words(message));
        }
        if (!frame) return machine_.network_.publish(machine_.process_->link, message, ticket);

        const bool gone_before = machine_.session_dice_.chance(0.5);
        if (gone_before) machine_.at_moment(Moment::mid_send);
        const bool flags = machine_.mutant_ == Mutant::flags_everything;
        auto sent =
            machine_.network_.publish(machine_.process_->link, flags ? flagged(message) : message, ticket);
        if (!sent) return sent;
        ++machine_.sent_;
        if (machine_.mutant_ == Mutant::release_on_puback) awaiting_[ticket] = message.payload;
        check_synced(message.payload);
        if (!gone_before) machine_.at_moment(Moment::mid_send);
        return sent;
    }

    /// The mutant that takes a PUBACK for the platform's word: what it would have been told.
    std::optional<mqtt::Message> stored_on_puback(std::uint64_t ticket) {
        const auto found = awaiting_.find(ticket);
        if (found == awaiting_.end()) return std::nullopt;
        const auto envelope = codec::decode_envelope(found->second);
        awaiting_.erase(found);
        const auto* gap = std::get_if<Gap>(&envelope->content);
        Stored stored;
        StoredStream stream;
        stream.stream = envelope->stream;
        stream.stored_through = gap != nullptr ? gap->to : envelope->seq;
        stream.chain = codec::chain_after(*envelope);
        stored.streams.push_back(stream);
        return mqtt::Message{topics::of(machine_.identity_.id, topics::Channel::down_stored),
                             *codec::encode_stored(stored), 0, false};
    }

private:
    /// Only what a power cut cannot undo may be sent.
    void check_synced(ByteSpan payload) {
        const auto envelope = codec::decode_envelope(payload);
        if (!envelope || std::holds_alternative<Gap>(envelope->content)) return;
        if (machine_.witness_.holds(envelope->stream, envelope->seq, codec::chain_after(*envelope))) return;
        machine_.world_.violation(fmt::format("{}: frame {} of {:016x} was sent before it was durable",
                                              machine_.name_, envelope->seq.value(),
                                              envelope->stream.epoch.value()));
    }

    Machine& machine_;
    std::map<std::uint64_t, Bytes> awaiting_;
};

Machine::Machine(World& world, Network& network, Identity& identity, int number, std::uint64_t seed,
                 const MachineSettings& settings, Mutant mutant)
    : world_(world),
      network_(network),
      identity_(identity),
      name_(fmt::format("device {}", number)),
      settings_(settings),
      mutant_(mutant),
      disk_dice_(seed, "disk", static_cast<std::uint64_t>(number)),
      session_dice_(seed, "session", static_cast<std::uint64_t>(number)),
      entropy_(make_entropy(seed, number, mutant)),
      clock_(world),
      witness_(identity.ledger),
      platform_(
          make_platform(world, clock_, *entropy_, name_, [this](std::string_view event) { heard(event); })),
      next_reading_(static_cast<ReadingId>(number) * 1'000'000) {
    options_.dictionary = bench_dictionary();
    options_.software = "simulation";
    options_.telemetry = settings.policy;
    options_.platform = platform_.get();
    faults.forgets_syncs = mutant == Mutant::send_before_fsync;
    faults.loses_mappings = mutant == Mutant::no_mapping;
    plan_reading();
}

Machine::~Machine() = default;

SimDisk::Hooks Machine::hooks() {
    return {.before = [this](DiskCall call, const std::string& name) { before_call(call, name); },
            .tear = [this](const std::string&) { return tears(); },
            .after = [this](DiskCall call, const std::string& name) { after_call(call, name); }};
}

void Machine::boot() {
    if (process_) return;
    off_ = false;
    ++life_;
    try {
        start();
    } catch (const Killed& killed) {
        die(killed.power_cut);
    }
}

void Machine::start() {
    process_ = std::make_unique<Process>();
    auto disk = std::make_unique<SimDisk>(platter_, faults, hooks(), witness_, disk_dice_, process_->alive);
    auto events = Journal::open(lane(Lane::events, settings_.lane_bytes), *disk, *entropy_, clock_);
    if (!events) return give_up_start();
    auto telemetry = Journal::open(lane(Lane::telemetry, settings_.lane_bytes), *disk, *entropy_, clock_);
    if (!telemetry) return give_up_start();
    for (const Journal* journal : {events->get(), telemetry->get()}) {
        if (journal->report().damaged_segments > 0) world_.note("{}: finds damage in its journal", name_);
    }
    process_->session = std::make_unique<SimSession>(*this);
    process_->core = std::make_unique<Core>(
        Core::Parts{options_, *platform_, identity_.id, BootId{entropy_->next_u64()}}, std::move(disk),
        std::move(*events), std::move(*telemetry), [this] { plan_turn(); });
    process_->core->attach(*process_->session);
    world_.note("{}: up", name_);
    dials_failed_ = 0;
    dial();
    plan_turn();
}

/// The disk does not answer: whoever supervises the program starts it again.
void Machine::give_up_start() {
    ++identity_.unclean_ends;
    *process_->alive = false;
    come_back(1s);
}

/// One call into the SDK, and the turn that follows it. It may be the last.
template <class What>
void Machine::act(What what) {
    if (!process_ || !process_->core) return;
    try {
        what(*process_->core);
        process_->core->turn(draining_);
    } catch (const Killed& killed) {
        return die(killed.power_cut);
    }
    check_bounds();
    plan_turn();
}

void Machine::plan_turn() {
    if (!process_ || !process_->core) return;
    const Microseconds wait = process_->core->next_turn() - clock_.steady();
    // A device that nobody talks to and that has nothing to do does not have to look every 30 s.
    if (!process_->connected && wait >= 30s) return;
    world_.after(std::clamp(wait, Microseconds{1ms}, Microseconds{30s}), [this, number = ++planned_turns_] {
        if (number == planned_turns_) act([](Core&) {});
    });
}

void Machine::die(bool power_cut) {
    const Microseconds down = death_ ? death_->down : 1s;
    death_.reset();
    world_.note("{}: {}", name_, power_cut ? "POWER CUT" : "KILLED");
    ++identity_.unclean_ends;
    if (process_) {
        *process_->alive = false;
        network_.close(process_->link);
    }
    process_.reset();
    if (power_cut) {
        platter_.power_cut(disk_dice_);
        witness_.survived(platter_);
        clock_.boot();
    }
    come_back(down);
}

void Machine::come_back(Microseconds down) {
    process_.reset();
    off_ = true;
    world_.after(down, [this, life = ++life_] {
        if (life == life_) boot();
    });
}

void Machine::die_at(Moment moment, std::uint64_t n, bool power_cut, Microseconds down) {
    if (!process_) return;
    death_ = Death{moment, n, power_cut, down};
    const auto late = [this, life = life_] {
        if (life == life_ && death_ && process_) die(death_->power_cut);
    };
    if (moment == Moment::now) {
        late();
    } else {
        world_.after(patience_with_death, late);
    }
}

void Machine::close(Microseconds down) {
    if (!process_ || !process_->core) return;
    try {
        if (!process_->core->close()) ++identity_.unclean_ends;
    } catch (const Killed& killed) {
        return die(killed.power_cut);
    }
    world_.note("{}: closes in order", name_);
    *process_->alive = false;
    network_.close(process_->link);
    come_back(down);
}

void Machine::restore(const Image& image, Microseconds down) {
    if (process_) {
        *process_->alive = false;
        network_.close(process_->link);
    }
    platter_ = image.platter;
    witness_.become(image.held);
    identity_.forks_found = 0;  // their alarms may be gone with the disk
    ++identity_.unclean_ends;
    come_back(down);
}

void Machine::wipe(Microseconds down) { restore(Image{}, down); }

bool Machine::rot() {
    const auto name = platter_.rot(disk_dice_);
    if (!name) return false;
    world_.hit(Point::device_bit_rot);
    witness_.rotted(*platter_.names.at(*name));
    world_.note("{}: bits rot in {}", name_, *name);
    ++identity_.damage;
    return true;
}

void Machine::record() {
    if (!process_ || !process_->core) return;
    instrument_calls_ = true;
    const ReadingId id = ++next_reading_;
    auto& recorder = process_->core->recorder();
    (void)recorder.set(count_parameter, static_cast<double>(id), std::nullopt);
    if (settings_.ballast_bytes > 0) {
        std::string text = fmt::format("{}", id);
        text.resize(settings_.ballast_bytes, '.');
        (void)recorder.set(ballast_parameter, text, std::nullopt);
    }
    instrument_calls_ = false;
}

void Machine::raise() {
    if (!process_ || !process_->core) return;
    instrument_calls_ = true;
    (void)process_->core->recorder().raise(alarm_name, Severity::alarm, fmt::format("{}", ++next_reading_));
    instrument_calls_ = false;
}

void Machine::plan_reading() {
    if (!recording_) return;
    world_.after(settings_.reading_every, [this] {
        if (recording_) record();
        plan_reading();
    });
}

void Machine::set_clock_error(Microseconds error) {
    clock_.set_error(error);
    identity_.clock_disturbed = true;
}

void Machine::set_reachable(bool reachable) {
    if (reachable == reachable_) return;
    reachable_ = reachable;
    if (!reachable) return cut();
    dials_failed_ = 0;
    if (process_ && process_->core && !process_->link) dial();
}

void Machine::cut() {
    if (process_) network_.cut(process_->link);
}

void Machine::go_half_open(Microseconds time) {
    if (process_) network_.go_half_open(process_->link, time);
}

void Machine::calm() {
    death_.reset();
    faults.failing_writes = faults.failing_syncs = faults.failing_reads = 0;
    faults.full = false;
}

bool Machine::drained() const { return process_ && process_->core && process_->core->drained(); }

void Machine::dial() {
    if (!reachable_) return;
    process_->link = network_.open(*this, identity_.id.text(), process_->core->subscriptions());
}

void Machine::on_connected() {
    dials_failed_ = 0;
    process_->connected = true;
    act([](Core& core) { core.connected(); });
}

void Machine::on_lost(const std::string& why) {
    process_->link.reset();
    process_->connected = false;
    const auto most = static_cast<std::uint64_t>(500'000) << std::min<std::uint64_t>(dials_failed_++, 7);
    const Microseconds wait{static_cast<std::int64_t>(session_dice_.between(most / 2, most))};
    world_.after(std::min(wait, Microseconds{60s}), [this, life = life_] {
        if (life == life_ && process_ && process_->core && !process_->link) dial();
    });
    act([&](Core& core) { core.lost(why); });
}

bool Machine::on_message(const mqtt::Message& message) {
    if (world_.narrating()) world_.note("{} hears {}", name_, in_words(message));
    const mqtt::Message heard = mutant_ == Mutant::rewind_on_progress ? progress_as_hole(message) : message;
    act([&](Core& core) {
        core.message(heard);
        at_moment(Moment::after_stored);
    });
    return true;
}

void Machine::on_published(std::uint64_t ticket) {
    act([&](Core& core) {
        at_moment(Moment::after_puback);
        core.published(true);
        if (const auto stored = process_->session->stored_on_puback(ticket)) core.message(*stored);
    });
}

/// The SDK's log. A fork where nobody else ever had this disk is a false alarm.
void Machine::heard(std::string_view event) {
    if (event != "device.fork") return;
    ++identity_.forks_found;
    if (identity_.doubles + identity_.damage > 0) return;
    world_.violation(fmt::format("{}: takes its own journal for somebody else's", name_));
}

void Machine::check_bounds() {
    const Core& core = *process_->core;
    for (const Lane lane : {Lane::telemetry, Lane::events}) {
        const Journal& journal = core.journal(lane);
        if (journal.pending_bytes() > pending_most + segment_bytes) {
            world_.violation(fmt::format("{}: {} bytes wait in memory", name_, journal.pending_bytes()));
        }
        if (journal.bytes_on_disk() > settings_.lane_bytes + 2 * segment_bytes) {
            world_.violation(
                fmt::format("{}: its journal has grown to {} bytes", name_, journal.bytes_on_disk()));
        }
    }
    if (core.publisher().in_flight() > 2 * device::PublisherSettings{}.window_frames) {
        world_.violation(fmt::format("{}: {} frames are under way", name_, core.publisher().in_flight()));
    }
}

void Machine::at_moment(Moment moment) {
    if (!death_ || death_->moment != moment || death_->n-- > 0) return;
    switch (moment) {
        case Moment::before_write: world_.hit(Point::device_before_write); break;
        case Moment::mid_write: world_.hit(Point::device_torn_write); break;
        case Moment::after_write:
        case Moment::before_sync: world_.hit(Point::device_after_write_before_fsync); break;
        case Moment::after_sync: world_.hit(Point::device_after_fsync_before_send); break;
        case Moment::before_remove:
        case Moment::after_remove: world_.hit(Point::device_during_segment_delete); break;
        case Moment::new_epoch: world_.hit(Point::device_while_another_epoch_begins); break;
        case Moment::rekeying: world_.hit(Point::device_during_rekeying); break;
        case Moment::mid_send: world_.hit(Point::device_mid_send); break;
        case Moment::after_puback: world_.hit(Point::device_after_puback); break;
        case Moment::after_stored: world_.hit(Point::device_after_stored_before_release); break;
        case Moment::now:
        case Moment::count: break;
    }
    world_.note("{}: dies {}", name_, to_text(moment));
    throw Killed{death_->power_cut};
}

void Machine::before_call(DiskCall call, const std::string& name) {
    if (instrument_calls_) world_.violation(fmt::format("{}: the instrument waited for its disk", name_));
    const std::uint64_t failing = faults.failing_writes + faults.failing_syncs + faults.failing_reads;
    if (call == DiskCall::write && faults.failing_writes > 0) world_.hit(Point::device_write_eio);
    if (call == DiskCall::sync && faults.failing_syncs > 0) world_.hit(Point::device_fsync_eio);
    if (call == DiskCall::read && faults.failing_reads > 0) world_.hit(Point::device_read_eio);
    if (call == DiskCall::create && faults.full) world_.hit(Point::device_disk_full);
    if (failing > 0 || faults.full) ++identity_.disk_faults;

    if (call == DiskCall::write) at_moment(Moment::before_write);
    if (call == DiskCall::sync) at_moment(Moment::before_sync);
    if (call == DiskCall::remove && name.ends_with(".wgj")) at_moment(Moment::before_remove);
}

void Machine::after_call(DiskCall call, const std::string& name) {
    // The tear was decided inside the write.
    if (call == DiskCall::write && death_ && death_->moment == Moment::mid_write && death_->n == 0) {
        at_moment(Moment::mid_write);
    }
    if (call == DiskCall::write) at_moment(Moment::after_write);
    if (call == DiskCall::sync) at_moment(Moment::after_sync);
    if (call == DiskCall::remove && name.ends_with(".wgj")) at_moment(Moment::after_remove);

    const bool moving = process_->core && (process_->core->journal(Lane::telemetry).moving() ||
                                           process_->core->journal(Lane::events).moving());
    if (moving && call != DiskCall::read && call != DiskCall::open) at_moment(Moment::rekeying);

    const auto header =
        device::parse_segment_name(name.ends_with(".new") ? name.substr(0, name.size() - 4) : name);
    const bool another_epoch = header && header->ordinal > 1 && header->first == StreamSeq{1};
    if (another_epoch && name.ends_with(".new")) at_moment(Moment::new_epoch);
}

bool Machine::tears() {
    if (!death_ || death_->moment != Moment::mid_write) return false;
    if (death_->n == 0) return true;
    --death_->n;
    return false;
}

}  // namespace watchglass::simulation
