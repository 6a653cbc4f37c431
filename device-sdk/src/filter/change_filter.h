// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "schemas/values/dictionary.h"
#include "schemas/values/frame.h"

namespace watchglass::device {

/// When a value was observed. A live reading is measured by the steady clock, so that a jump of the wall clock
/// neither holds a change back nor repeats it; a replayed one by its own time.
struct Observation {
    WallTime at;
    SteadyTime now;
    bool replayed = false;
};

/// What is worth telling.
struct Reported {
    std::vector<Change> changes;
    std::vector<Confirmation> confirmations;
    std::vector<Event> events;
    [[nodiscard]] bool empty() const { return changes.empty() && confirmations.empty() && events.empty(); }
};

/// Lets through what a dictionary calls a change: a value outside its deadband, at most one per min_interval (the
/// newest wins), a confirmation when an unchanged value was last told max_interval ago. Every reading, reported or not,
/// is held against the parameter's limits; an alarm clears only when the value is back by more than the deadband.
///
/// Pure: time comes with each call. One thread at a time. The dictionary outlives it.
class ChangeFilter {
public:
    explicit ChangeFilter(const Dictionary& dictionary);

    /// Refuses an unknown parameter, a wrong type, NaN, infinity and ill-formed text with the codes of the wire
    /// (frame.unknown_parameter, frame.wrong_type, ...), so that nothing is recorded that would be refused later.
    Result<void> offer(ParameterNumber parameter, const Value& value, const Observation& seen, Reported& out);

    /// Held-back changes whose min_interval is over.
    void tick(SteadyTime now, Reported& out);
    /// All held-back changes, before a close.
    void release_held(Reported& out);
    /// When tick() is next worth calling; nothing when nothing is held back.
    [[nodiscard]] std::optional<SteadyTime> next_tick() const;

    /// Every known value, as of `at`, for the first frame of an epoch. All is told then: nothing is held back any more.
    [[nodiscard]] std::vector<Change> snapshot(WallTime at, SteadyTime now);

    /// Alarms of the dictionary. Raising again with the same severity and text, and clearing what is not raised, say
    /// nothing. frame.unknown_alarm.
    Result<void> raise(std::string_view alarm, Severity severity, std::string_view text, WallTime at,
                       Reported& out);
    Result<void> clear(std::string_view alarm, std::string_view text, WallTime at, Reported& out);

private:
    enum class Level : std::uint8_t { normal, warning_low, warning_high, alarm_low, alarm_high };
    struct Known {
        const ParameterDefinition* definition = nullptr;
        std::optional<Value> reported;
        Value latest;
        WallTime told_at;  ///< last change or confirmation, by observation time
        SteadyTime told;   ///< the same, by the steady clock
        std::optional<Change> held;
        Level level = Level::normal;
    };
    struct Raised {
        std::string name;
        Severity severity = Severity::alarm;
        std::string text;
    };

    static bool differs(const Known& known, const Value& value);
    static Microseconds since_told(const Known& known, const Observation& seen);
    static void tell(Known& known, const Value& value, WallTime at, SteadyTime now, Reported& out);
    static Level level_of(const Known& known, double value);
    static void check_limits(Known& known, double value, WallTime at, Reported& out);

    const Dictionary& dictionary_;
    std::vector<Known> known_;  ///< in the dictionary's order
    std::vector<Raised> raised_;
};

}  // namespace watchglass::device
