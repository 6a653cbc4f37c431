// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "device-sdk/src/client/recorder.h"
#include "device-sdk/src/publish/publisher.h"
#include "libs/mqtt/session.h"
#include <watchglass/device.h>
#include <watchglass/platform.h>

namespace watchglass::device {

/// All that one Device does, without its thread: takes frames from the recorder, writes and syncs the journals, moves
/// what the publisher hands out to the link, and hands the publisher what the platform said.
///
/// The inputs below only tell; turn() acts. One thread, but for recorder(), which any thread may call. `options`,
/// the platform and the attached session outlive it.
class Core {
public:
    struct Parts {
        const Options& options;
        Platform& platform;
        DeviceId device;
        BootId boot;
    };
    /// `wake`: called on any thread that records, when a turn has something to do.
    Core(Parts parts, std::unique_ptr<Disk> disk, std::unique_ptr<Journal> events,
         std::unique_ptr<Journal> telemetry, std::function<void()> wake);

    /// Where messages go from now on.
    void attach(mqtt::Session& session) { session_ = &session; }
    [[nodiscard]] std::vector<std::string> subscriptions() const;
    /// Retained on `status`: the goodbye, and the will.
    [[nodiscard]] mqtt::Message status_message(bool online, std::string_view reason) const;

    // What the link tells.
    void connected();
    void lost(const std::string& why);
    void message(const mqtt::Message& message);
    void published(bool received);

    /// One round: record, make durable, send. `everything`: what waits for company or for its sync is not left waiting.
    void turn(bool everything);
    /// When turn() may have something to do although nobody woke it.
    [[nodiscard]] SteadyTime next_turn() const;

    /// The session is gone: writes what is left and closes the journals in order.
    Result<void> close();

    Recorder& recorder() { return recorder_; }
    [[nodiscard]] LinkStatus status() const;
    /// After turn(true): all that was recorded is stored, and nothing is under way.
    [[nodiscard]] bool drained() const;
    /// Journal and memory take more without dropping anything.
    [[nodiscard]] bool roomy() const;
    /// Frames that may wait in the recorder while a source that can wait goes on.
    static constexpr std::size_t roomy_frames = 64;

    // For whoever looks on; nothing there is touched.
    [[nodiscard]] const Journal& journal(Lane lane) const {
        return lane == Lane::events ? *events_ : *telemetry_;
    }
    [[nodiscard]] const Publisher& publisher() const { return publisher_; }

private:
    void take_frames(bool everything);
    void append(Journal& journal, const Body& body);
    void sync_if_due(bool at_once);
    void pump();
    void settle_forks();
    void alarm_of(const ForkFound& fork);
    void copy_forked();
    void tell_damage();
    void begin_epochs();
    void disk_refused(const Failure& why);
    [[nodiscard]] std::optional<mqtt::Message> message_for(const Outgoing& out);
    void watch_link();
    [[nodiscard]] SteadyTime now() const { return parts_.platform.clock().steady(); }

    Parts parts_;
    std::unique_ptr<Disk> disk_;
    std::unique_ptr<Journal> events_;
    std::unique_ptr<Journal> telemetry_;
    Recorder recorder_;
    Publisher publisher_;
    mqtt::Session* session_ = nullptr;

    StreamId live_telemetry_;
    bool connected_ = false;
    bool more_ = false;  ///< the last turn left something that need not wait
    std::optional<mqtt::Message> unsent_;
    std::uint64_t ticket_ = 0;
    std::optional<SteadyTime> telemetry_waits_since_;
    std::optional<SteadyTime> disk_retry_at_;
    std::optional<SteadyTime> copy_retry_at_;
    std::set<StreamId> alarmed_;  ///< forks that were told and are not settled
    SteadyTime heard_;
    std::optional<WallTime> last_stored_;
    std::string last_error_;
    std::size_t damaged_told_ = 0;
};

}  // namespace watchglass::device
