// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <variant>

#include "device-sdk/src/client/identity_directory.h"
#include "device-sdk/src/client/recorder.h"
#include "device-sdk/src/publish/publisher.h"
#include "libs/mqtt/session.h"
#include <watchglass/device.h>
#include <watchglass/platform.h>

namespace watchglass::device {

using SessionMaker = std::function<std::unique_ptr<mqtt::Session>(mqtt::SessionSettings, mqtt::Events)>;

/// The one thread of a Device: takes frames from the recorder, writes and syncs the journals, moves what the publisher
/// hands out to the link, and tells the publisher what the platform said. Everything that decides lives elsewhere.
class Worker {
public:
    struct Parts {
        const Options& options;
        Platform& platform;
        Identity identity;
        IdentityDirectory directory;
        BootId boot;
        SessionMaker make_session;
    };
    Worker(Parts parts, std::unique_ptr<Disk> disk, std::unique_ptr<Journal> events,
           std::unique_ptr<Journal> telemetry);
    ~Worker();

    Result<void> start();
    void wake();
    Recorder& recorder() { return recorder_; }
    [[nodiscard]] LinkStatus status() const;
    Result<void> drain(std::chrono::milliseconds patience);
    bool wait_for_room(std::chrono::milliseconds patience);
    Result<void> stop(std::chrono::milliseconds patience);

private:
    struct Connected {};
    struct Lost {
        std::string why;
    };
    struct Published {
        bool received;
    };
    using Input = std::variant<Connected, Lost, Published, mqtt::Message>;

    void run();
    void turn(std::uint64_t number, bool draining);
    void put(Input input);
    void take_inputs();
    void take_message(const mqtt::Message& message);
    void take_frames(bool everything);
    void append(Journal& journal, const Body& body);
    void sync_if_due(bool at_once);
    void pump();
    [[nodiscard]] std::optional<mqtt::Message> message_for(const Outgoing& out);
    void watch_link();
    void update_status(std::uint64_t turn, bool took_everything);
    [[nodiscard]] std::chrono::microseconds patience_until_next() const;
    [[nodiscard]] mqtt::Message status_message(bool online, std::string_view reason) const;
    [[nodiscard]] SteadyTime now() const { return parts_.platform.clock().steady(); }

    Parts parts_;
    std::unique_ptr<Disk> disk_;
    std::unique_ptr<Journal> events_;
    std::unique_ptr<Journal> telemetry_;
    Recorder recorder_;
    Publisher publisher_;
    std::unique_ptr<mqtt::Session> session_;
    std::thread thread_;

    mutable std::mutex mutex_;
    std::condition_variable woken_;    ///< for the worker
    std::condition_variable settled_;  ///< for drain() and wait_for_room()
    bool wake_ = false;
    bool stopping_ = false;
    int draining_ = 0;
    std::vector<Input> inputs_;
    LinkStatus status_;
    std::uint64_t turns_begun_ = 0;
    std::uint64_t turns_done_ = 0;
    std::uint64_t drained_turn_ = 0;  ///< the last turn that took everything and left nothing to store
    bool roomy_ = true;

    // The worker's own.
    StreamId live_telemetry_;
    bool connected_ = false;
    std::optional<mqtt::Message> unsent_;
    std::uint64_t ticket_ = 0;
    std::optional<SteadyTime> telemetry_waits_since_;
    std::optional<SteadyTime> disk_retry_at_;
    SteadyTime heard_;
    std::optional<WallTime> last_stored_;
    std::string last_error_;
};

}  // namespace watchglass::device
