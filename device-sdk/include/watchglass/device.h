// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libs/foundation/result.h"
#include "schemas/values/frame.h"
#include <watchglass/options.h>
#include <watchglass/parameter.h>
#include <watchglass/status.h>

namespace watchglass::device {

/// One instrument, enrolled and recording.
///
/// Every call may come from any thread and returns without waiting for disk or network, except those that say so. One
/// worker thread belongs to it; close() and the destructor end it. No callbacks, no global state.
class Device {
public:
    /// Reads the journal (seconds on slow flash), starts the worker, which connects in the background.
    /// Fails with device.not_enrolled, journal.in_use, journal.newer, journal.io.
    static Result<std::unique_ptr<Device>> open(const Options& options);
    ~Device();  ///< close() with a patience of one second

    // A typed handle from a generated header (<watchglass/dictionaries/NAME.h>), which must be of this dictionary.
    [[nodiscard]] Parameter<double> parameter(NumberParameter p) { return {*this, p.number}; }
    [[nodiscard]] Parameter<std::int64_t> parameter(IntegerParameter p) { return {*this, p.number}; }
    [[nodiscard]] Parameter<bool> parameter(BooleanParameter p) { return {*this, p.number}; }
    [[nodiscard]] Parameter<std::string_view> parameter(TextParameter p) { return {*this, p.number}; }
    template <class Label>
    [[nodiscard]] Parameter<Label> parameter(EnumerationParameter<Label> p) {
        return {*this, p.number};
    }

    // Without a type, by number of the dictionary: what Parameter calls. Numbers, integers, booleans (0, 1) and
    // enumerations (index) are doubles.
    Result<void> set(ParameterNumber parameter, const Value& value);
    Result<void> set(ParameterNumber parameter, const Value& value, WallTime at);

    /// An alarm of the dictionary. Raising what is raised with the same text, and clearing what is not, do nothing.
    /// Recorded durably at once; goes ahead of any backlog.
    Result<void> raise(AlarmHandle alarm, std::string_view text, Severity severity = Severity::alarm) {
        return raise(alarm.name, text, severity);
    }
    Result<void> raise(std::string_view alarm, std::string_view text, Severity severity = Severity::alarm);
    Result<void> clear(AlarmHandle alarm, std::string_view text = {}) { return clear(alarm.name, text); }
    Result<void> clear(std::string_view alarm, std::string_view text = {});

    [[nodiscard]] LinkStatus link_status() const;
    [[nodiscard]] const Dictionary& dictionary() const;

    /// Makes a frame of what waits and asks for it to be synced; does not wait for that.
    void flush();
    /// Waits until everything recorded so far is stored on the platform. device.not_drained when `patience` ends first.
    Result<void> drain(std::chrono::milliseconds patience);
    /// For sources that can wait (a replay): waits until journal and memory have room, so that nothing is dropped.
    /// False when `patience` ends first. A live instrument does not call this.
    bool wait_for_room(std::chrono::milliseconds patience);

    /// Flushes, syncs, says goodbye, ends the worker. What is not stored stays in the journal for the next open.
    /// Waits at most about `patience` for the link, and for the disk. Idempotent; everything else fails afterwards.
    Result<void> close(std::chrono::milliseconds patience = std::chrono::milliseconds{1000});

private:
    struct State;
    explicit Device(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

template <class T>
Result<void> Parameter<T>::set(T value) {
    if constexpr (std::is_same_v<T, std::string_view>) {
        return device_->set(ParameterNumber{number_}, Value{std::string{value}});
    } else {
        return device_->set(ParameterNumber{number_}, Value{static_cast<double>(value)});
    }
}
template <class T>
Result<void> Parameter<T>::set(T value, WallTime at) {
    if constexpr (std::is_same_v<T, std::string_view>) {
        return device_->set(ParameterNumber{number_}, Value{std::string{value}}, at);
    } else {
        return device_->set(ParameterNumber{number_}, Value{static_cast<double>(value)}, at);
    }
}

namespace codes {
inline constexpr Code not_enrolled{"device.not_enrolled", "This device has no identity yet.",
                                   "Enroll it with a ticket: watchglass-agent enroll TICKET --dir DIR."};
inline constexpr Code not_drained{"device.not_drained", "Not everything was stored on the platform in time.",
                                  "Nothing is lost: it stays in the journal. Check the link and try again."};
inline constexpr Code closed{"device.closed", "The device has been closed.", "Open it again."};
}  // namespace codes

}  // namespace watchglass::device
