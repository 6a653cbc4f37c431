// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include "bench/fleet/fleet_platform.h"
#include "device-sdk/src/client/core.h"
#include "device-sdk/src/client/identity_directory.h"

namespace watchglass::bench {

/// What an instrument does besides sending its backlog. Times of the first are spread at random.
struct Habits {
    Microseconds reading_every{0};  ///< a live reading; 0: never
    Microseconds alarm_every{0};    ///< 0: never
};

enum class Kind { reading, alarm };

/// Something that was recorded and that the platform then said to have stored.
struct Heard {
    Kind kind;
    SteadyTime recorded;
    SteadyTime stored;
};

/// One reading or alarm as it must be found in the tables.
struct Recorded {
    Kind kind;
    int number;
    std::int64_t at_us;  ///< readings: the instrument's own time
};

/// One instrument: the SDK's Core over two journals and a Paho session, with a memory of what it recorded.
///
/// start(), turn() and stop() from one thread at a time; what the session tells may come from any. `wake` is called on any
/// thread when turn() has something to do.
class Instrument {
public:
    struct Parts {
        std::filesystem::path directory;  ///< identity/ and journal/
        const device::Options& options;
        FleetPlatform& platform;
        Habits habits;
        BootId boot;
        std::function<void()> wake;
    };
    explicit Instrument(Parts parts);
    ~Instrument();

    /// Connects, and goes on doing so. Throws when there is no identity or no journal.
    void start();
    void turn();
    void stop();
    [[nodiscard]] SteadyTime next_turn() const { return next_turn_; }

    [[nodiscard]] const DeviceId& id() const { return identity_.device; }
    /// Places that the platform has not said to have stored, in both lanes.
    [[nodiscard]] std::uint64_t unstored() const;
    /// Of the outage: unstored places in epochs that are sealed, or all before the platform has answered.
    [[nodiscard]] std::uint64_t backlog() const;
    [[nodiscard]] bool arrived() const { return arrived_; }  ///< a link was up at least once
    [[nodiscard]] bool home() const { return home_; }
    [[nodiscard]] bool drained() const { return core_->drained(); }
    /// Records nothing from now on.
    void fall_silent() { silent_ = true; }

    [[nodiscard]] std::vector<Heard> take_heard() { return std::exchange(heard_, {}); }
    [[nodiscard]] const std::vector<Recorded>& recorded() const { return recorded_; }
    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
    [[nodiscard]] std::size_t losses() const { return losses_; }  ///< of the link, failed attempts too

private:
    struct Connected {};
    struct Lost {
        std::string why;
    };
    using Input = std::variant<Connected, Lost, mqtt::Message>;
    struct Waiting {
        Kind kind;
        SteadyTime recorded;
        StreamId stream;  ///< where it went, or before
    };

    void put(Input input);
    void take_inputs();
    void come_home();
    void record_what_is_due(SteadyTime now);
    void record(Kind kind, SteadyTime now);
    void look_what_is_stored(SteadyTime now);
    [[nodiscard]] bool stored(Lane lane, const StreamId& stream) const;
    [[nodiscard]] SteadyTime now() const { return parts_.platform.clock().steady(); }

    Parts parts_;
    device::IdentityDirectory directory_;
    device::Identity identity_;
    std::unique_ptr<device::Core> core_;
    std::unique_ptr<mqtt::Session> session_;
    std::mutex mutex_;
    std::vector<Input> inputs_;

    StreamId first_live_{};
    bool home_ =
        false;  ///< the platform has answered, and a backlog is sealed: what is recorded from now on is live
    bool arrived_ = false;
    bool silent_ = false;
    bool told_ = false;  ///< the platform said something that was not looked at yet
    SteadyTime next_turn_{};
    SteadyTime next_reading_{};
    SteadyTime next_alarm_{};
    int readings_ = 0;
    int alarms_ = 0;
    std::size_t losses_ = 0;
    std::vector<Waiting> waiting_;
    std::vector<Heard> heard_;
    std::vector<Recorded> recorded_;
};

/// The parameter whose values count an instrument's live readings, in steps of 0.0001.
inline constexpr ParameterNumber live_serial{6};
/// The alarm of the dictionary that is raised, with its number as text.
inline constexpr std::string_view alarm_raised = "dry_run";

}  // namespace watchglass::bench
