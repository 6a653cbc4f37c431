// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "device-sdk/agent/host_readings.h"
#include "device-sdk/agent/source.h"

namespace watchglass::agent {

/// The machine the agent runs on, read every `interval`. A reading that was there and is gone raises the alarm
/// `source_failed`.
class HostSource final : public Source {
public:
    HostSource(std::chrono::milliseconds interval, HostReader reader)
        : interval_(interval), reader_(std::move(reader)) {}
    Result<void> run(device::Device& device, const StopSign& stop) override;

private:
    void give(device::Device& device, const HostReadings& readings);

    std::chrono::milliseconds interval_;
    HostReader reader_;
    HostReadings last_;
};

}  // namespace watchglass::agent
