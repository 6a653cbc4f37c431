// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/scenario.h"

/// What each step of a plan does, and what its numbers mean.
namespace watchglass::simulation {
namespace {

using namespace std::chrono_literals;

Microseconds us(std::uint64_t n) { return Microseconds{static_cast<std::int64_t>(n)}; }

constexpr std::uint64_t power_cut_flag = 0x100;
constexpr Microseconds a_month = 720h;

}  // namespace

void Scenario::apply(const Step& step) {
    if (step.act < Act::disorder) {
        apply_to_device(step);
    } else {
        apply_to_platform(step);
    }
}

void Scenario::apply_to_device(const Step& step) {
    Machine& machine = *machines_[step.who % machines_.size()];
    switch (step.act) {
        case Act::alarm: return machine.raise();
        case Act::burst:
            for (std::uint64_t i = 0; i < step.a; ++i) machine.record();
            return;
        case Act::device_dies:
            return machine.die_at(static_cast<Moment>(step.a & 0xff), step.b, (step.a & power_cut_flag) != 0,
                                  us(step.c));
        case Act::device_closes: return machine.close(us(step.c));
        case Act::write_errors: machine.faults.failing_writes += step.a; return;
        case Act::sync_errors: machine.faults.failing_syncs += step.a; return;
        case Act::read_errors: machine.faults.failing_reads += step.a; return;
        case Act::disk_full:
            machine.faults.full = true;
            world_.after(us(step.a), [&machine] { machine.faults.full = false; });
            return;
        case Act::bit_rot: (void)machine.rot(); return;
        case Act::take_image: images_[step.who % machines_.size()] = machine.image(); return;
        case Act::roll_back: {
            const auto image = images_.find(step.who % machines_.size());
            if (image == images_.end()) return;
            world_.hit(Point::device_image_rollback);
            ++machine.identity().doubles;
            return machine.restore(image->second, us(step.c));
        }
        case Act::clone: return add_clone(machine);
        case Act::wipe: world_.hit(Point::device_journal_wiped); return machine.wipe(us(step.c));
        case Act::clock_at_1970:
            world_.hit(Point::device_clock_1970);
            return machine.set_clock_error(Microseconds{-1'790'000'000'000'000});
        case Act::clock_jumps:
            world_.hit(Point::device_clock_jump);
            return machine.set_clock_error(us(step.a * 1'000'000) - Microseconds{48h});
        case Act::cut: return machine.cut();
        case Act::half_open: return machine.go_half_open(us(step.a));
        case Act::away: return go_away(machine, us(step.a));
        default: return;
    }
}

void Scenario::apply_to_platform(const Step& step) {
    IngestProcess* ingest = some_ingest();
    switch (step.act) {
        case Act::disorder:
            network_.set_disorder(static_cast<double>(step.b) / 100.0);
            return world_.after(us(step.a), [this] { network_.set_disorder(0); });
        case Act::broker_dies: return network_.kill_broker(us(step.a));
        case Act::small_queues:
            network_.set_queue_most(step.b);
            return world_.after(us(step.a), [this] { network_.set_queue_most(1'000); });
        case Act::ingest_dies:
            ingest_down_ = us(step.c);
            if (ingest != nullptr) ingest->die_at(static_cast<IngestMoment>(step.a), step.b);
            return;
        case Act::second_ingest:
            if (living_ingests() != 1) return;
            world_.hit(Point::ingest_two_at_once);
            return start_ingest();
        case Act::database_away: return database_.go_away(us(step.a));
        case Act::database_dies: return database_.kill(us(step.a));
        case Act::database_full:
            database_.set_full(true);
            return world_.after(us(step.a), [this] { database_.set_full(false); });
        case Act::data_refused:
            return database_.refuse(machines_[step.who % machines_.size()]->upcoming_reading(step.a));
        case Act::answer_lost:
            if (ingest == nullptr) return;
            if (step.a == 0) ++ingest->faults.unknown_and_stored;
            if (step.a == 1) ++ingest->faults.unknown_and_not_stored;
            if (step.a == 2) ++ingest->faults.unknown_and_late;
            return;
        case Act::back_up: return database_.back_up();
        case Act::restore:
            // By hand the services are stopped, and the restored database gets a history of its own. Otherwise the
            // platform has to find out.
            for (std::size_t i = 0; step.b == 0 && i < ingests_.size(); ++i) ingests_[i]->die();
            restored_ = database_.restore(us(step.a), step.b == 0) || restored_;
            return;
        default: return;
    }
}

/// Another machine with the same identity and a copy of the same disk.
void Scenario::add_clone(Machine& of) {
    if (machines_.size() >= plan_.devices + 2) return;
    world_.hit(Point::device_two_clones);
    ++of.identity().doubles;
    machines_.push_back(std::make_unique<Machine>(world_, network_, of.identity(),
                                                  static_cast<int>(machines_.size()), plan_.seed,
                                                  plan_.machine, mutant_));
    machines_.back()->restore(of.image(), 100ms);
}

void Scenario::go_away(Machine& machine, Microseconds time) {
    if (time >= a_month) {
        world_.hit(Point::network_away_30_days);
        // So that a month is a few hundred readings.
        machine.set_reading_every(time / 300);
        world_.after(time, [this, &machine] { machine.set_reading_every(plan_.machine.reading_every); });
    }
    machine.set_reachable(false);
    world_.after(time, [&machine] { machine.set_reachable(true); });
}

}  // namespace watchglass::simulation
