// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include "device-sdk/src/client/open_device.h"
#include <watchglass/device.h>
#include <watchglass/platform.h>

namespace watchglass::device {

struct Device::State {
    Options options;
    std::unique_ptr<Platform> own_platform;
    std::unique_ptr<Worker> worker;
    std::atomic<bool> closed = false;

    [[nodiscard]] Result<void> check_open() const {
        if (!closed) return {};
        return failed(Failure{codes::closed, Next::give_up, {}, {}});
    }
};

Device::Device(std::unique_ptr<State> state) : state_(std::move(state)) {}

Device::~Device() { (void)close(); }

Result<std::unique_ptr<Device>> Device::open(const Options& options) {
    auto state = std::make_unique<State>();
    state->options = options;
    if (options.platform == nullptr) state->own_platform = linux_platform();
    Platform& platform = options.platform != nullptr ? *options.platform : *state->own_platform;
    auto worker =
        make_worker(state->options, platform, [](mqtt::SessionSettings settings, mqtt::Events events) {
            return mqtt::make_paho_session(std::move(settings), std::move(events));
        });
    if (!worker) return failed(worker);
    state->worker = std::move(*worker);
    return std::unique_ptr<Device>(new Device(std::move(state)));
}

Result<void> Device::set(ParameterNumber parameter, const Value& value) {
    if (auto open = state_->check_open(); !open) return open;
    return state_->worker->recorder().set(parameter, value, std::nullopt);
}

Result<void> Device::set(ParameterNumber parameter, const Value& value, WallTime at) {
    if (auto open = state_->check_open(); !open) return open;
    return state_->worker->recorder().set(parameter, value, at);
}

Result<void> Device::raise(std::string_view alarm, std::string_view text, Severity severity) {
    if (auto open = state_->check_open(); !open) return open;
    return state_->worker->recorder().raise(alarm, severity, text);
}

Result<void> Device::clear(std::string_view alarm, std::string_view text) {
    if (auto open = state_->check_open(); !open) return open;
    return state_->worker->recorder().clear(alarm, text);
}

LinkStatus Device::link_status() const { return state_->worker->status(); }

const Dictionary& Device::dictionary() const { return state_->options.dictionary; }

void Device::flush() {
    if (!state_->closed) state_->worker->recorder().flush();
}

Result<void> Device::drain(std::chrono::milliseconds patience) {
    if (auto open = state_->check_open(); !open) return open;
    return state_->worker->drain(patience);
}

bool Device::wait_for_room(std::chrono::milliseconds patience) {
    return !state_->closed && state_->worker->wait_for_room(patience);
}

Result<void> Device::close(std::chrono::milliseconds patience) {
    if (state_->closed.exchange(true)) return {};
    return state_->worker->stop(patience);
}

}  // namespace watchglass::device
