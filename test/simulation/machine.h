// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "device-sdk/src/client/core.h"
#include "test/simulation/disk.h"
#include "test/simulation/mutant.h"
#include "test/simulation/network.h"
#include "test/simulation/truth.h"
#include "test/simulation/world.h"

namespace watchglass::simulation {

/// One registered instrument, whoever bears its name.
struct Identity {
    DeviceId id;
    std::int32_t number = 0;
    Ledger ledger;
    bool clock_disturbed = false;  ///< "latest" cannot be told from the clock then
    std::uint64_t unclean_ends = 0;
    std::uint64_t disk_faults = 0;
    std::uint64_t damage = 0;
    std::uint64_t doubles = 0;      ///< machines cloned, and disks set back to an old image
    std::uint64_t forks_found = 0;  ///< as the device says
};

/// Where a device's process may be told to die.
enum class Moment : std::uint8_t {
    now,
    before_write,
    mid_write,
    after_write,
    before_sync,
    after_sync,
    before_remove,
    after_remove,
    new_epoch,  ///< while the first segment of another epoch is made
    rekeying,   ///< while the places of a forked epoch are copied
    mid_send,
    after_puback,
    after_stored,
    count
};
std::string_view to_text(Moment moment);

/// How the instruments of a run are set up.
struct MachineSettings {
    Microseconds reading_every{500'000};
    std::size_t ballast_bytes = 0;  ///< text that goes with each reading
    std::uint64_t lane_bytes = std::uint64_t{1} << 20;
    device::TelemetryPolicy policy;
};

/// One instrument's computer: a disk, a clock, a link, and while it runs the device SDK in a process. The process may
/// die inside any call of its disk or link.
class Machine final : private Client {
public:
    Machine(World& world, Network& network, Identity& identity, int number, std::uint64_t seed,
            const MachineSettings& settings, Mutant mutant);
    ~Machine() override;

    void boot();
    /// At the n-th such moment from now on, n from 0; at the latest after 20 s. Then it boots after `down`.
    void die_at(Moment moment, std::uint64_t n, bool power_cut, Microseconds down);
    void close(Microseconds down);
    /// Becomes that image while it is off.
    struct Image {
        Platter platter;
        Witness::Image held;
    };
    [[nodiscard]] Image image() const { return {platter_, witness_.image()}; }
    void restore(const Image& image, Microseconds down);
    void wipe(Microseconds down);
    bool rot();

    void record();  ///< one reading
    void raise();   ///< one alarm
    void set_reading_every(Microseconds period) { settings_.reading_every = period; }
    void stop_recording() { recording_ = false; }
    void set_clock_error(Microseconds error);
    /// In or out of reach of the network. Out of reach it does not even dial.
    void set_reachable(bool reachable);
    void cut();
    void go_half_open(Microseconds time);
    void drain() { draining_ = true; }
    /// No fault is waiting for its moment any more, and the disk is well again.
    void calm();

    [[nodiscard]] bool running() const { return process_ != nullptr; }
    [[nodiscard]] bool drained() const;
    [[nodiscard]] Identity& identity() { return identity_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    /// The n-th reading or alarm from now on.
    [[nodiscard]] ReadingId upcoming_reading(std::uint64_t n) const { return next_reading_ + n; }
    [[nodiscard]] std::uint64_t sent() const { return sent_; }
    SimDisk::Faults faults;

private:
    struct Process;
    class SimSession;
    friend class SimSession;

    // Client
    void on_connected() override;
    void on_lost(const std::string& why) override;
    bool on_message(const mqtt::Message& message) override;
    void on_published(std::uint64_t ticket) override;

    template <class What>
    void act(What what);
    void start();
    void give_up_start();
    void die(bool power_cut);
    void come_back(Microseconds down);
    void plan_turn();
    void plan_reading();
    void dial();
    void check_bounds();
    void heard(std::string_view event);
    void at_moment(Moment moment);
    void before_call(DiskCall call, const std::string& name);
    void after_call(DiskCall call, const std::string& name);
    bool tears();
    [[nodiscard]] SimDisk::Hooks hooks();

    World& world_;
    Network& network_;
    Identity& identity_;
    std::string name_;
    MachineSettings settings_;
    Mutant mutant_;
    Dice disk_dice_;
    Dice session_dice_;
    std::unique_ptr<Rng> entropy_;
    MachineClock clock_;
    Platter platter_;
    Witness witness_;
    std::unique_ptr<device::Platform> platform_;
    device::Options options_;
    std::unique_ptr<Process> process_;
    std::uint64_t life_ = 0;  ///< counts processes: events for an earlier one come to nothing

    struct Death {
        Moment moment = Moment::now;
        std::uint64_t n = 0;
        bool power_cut = false;
        Microseconds down{0};
    };
    std::optional<Death> death_;
    bool off_ = true;
    bool recording_ = true;
    bool draining_ = false;
    bool instrument_calls_ = false;
    bool reachable_ = true;
    std::uint64_t dials_failed_ = 0;
    std::uint64_t planned_turns_ = 0;  ///< only the last one planned is taken
    ReadingId next_reading_;
    std::uint64_t sent_ = 0;
};

}  // namespace watchglass::simulation
