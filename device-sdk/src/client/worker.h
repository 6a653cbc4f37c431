// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <variant>

#include "device-sdk/src/client/core.h"
#include "device-sdk/src/client/identity_directory.h"
#include "libs/mqtt/session.h"
#include <watchglass/device.h>
#include <watchglass/platform.h>

namespace watchglass::device {

using SessionMaker = std::function<std::unique_ptr<mqtt::Session>(mqtt::SessionSettings, mqtt::Events)>;

/// The one thread of a Device around its Core: carries what the link tells to it, and what it says to those who wait.
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
    Recorder& recorder() { return core_.recorder(); }
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
    void update_status(std::uint64_t turn, bool took_everything);
    [[nodiscard]] std::chrono::microseconds patience_until_next() const;

    Parts parts_;
    Core core_;
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
};

}  // namespace watchglass::device
