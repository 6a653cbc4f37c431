// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "device-sdk/src/filter/change_filter.h"
#include "device-sdk/src/frame/frame_builder.h"
#include <watchglass/platform.h>

namespace watchglass::device {

/// The side of a Device that the instrument calls: filter and frame builder behind one short lock, so that no caller
/// waits for disk or network. Finished frames wait for the worker, a bounded number; beyond that the oldest go and are
/// counted, for the worker to declare.
/// Thread-safe. The dictionary and platform outlive it.
class Recorder {
public:
    /// `wake` is called outside of the lock, on the caller's thread, when the worker has something to do.
    Recorder(const Dictionary& dictionary, const TelemetryPolicy& policy, BootId boot, Platform& platform,
             std::function<void()> wake);

    Result<void> set(ParameterNumber parameter, const Value& value, std::optional<WallTime> at);
    Result<void> raise(std::string_view alarm, Severity severity, std::string_view text);
    Result<void> clear(std::string_view alarm, std::string_view text);
    /// An event of the SDK's own: `wg.<what>`. Does not wake.
    void note(std::string_view name, Severity severity, std::string_view text);
    void flush();

    struct Batch {
        FrameBuilder::Frames frames;
        std::uint64_t lost_changes = 0;  ///< since the last take, telemetry that memory had no room for
        std::uint64_t lost_events = 0;
    };
    /// What is finished or due. `everything`: also what still waits for company or is held back.
    Batch take(bool everything);
    /// A new epoch: its first frame tells every known value.
    void snapshot();
    [[nodiscard]] std::optional<SteadyTime> due() const;
    [[nodiscard]] std::size_t waiting() const;
    [[nodiscard]] std::uint64_t recorded() const;
    [[nodiscard]] Stamp stamp() const;

private:
    void accept(Reported&& reported, const Stamp& now);
    void follow_clock(const Stamp& now);
    void bound();

    const Dictionary& dictionary_;
    Platform& platform_;
    std::function<void()> wake_;
    mutable std::mutex mutex_;
    ChangeFilter filter_;
    FrameBuilder builder_;
    Stamp base_;  ///< the clocks when the oldest reading that still waits was taken
    FrameBuilder::Frames done_;
    std::uint64_t lost_changes_ = 0;
    std::uint64_t lost_events_ = 0;
    std::uint64_t recorded_ = 0;
};

}  // namespace watchglass::device
