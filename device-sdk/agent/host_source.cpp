// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/agent/host_source.h"

#include <fmt/format.h>

#include "libs/foundation/clock.h"
#include "libs/foundation/log.h"

namespace watchglass::agent {

Result<void> HostSource::run(device::Device& device, const StopSign& stop) {
    const SystemClock clock;
    do {
        give(device, reader_.read(clock.steady()));
    } while (!stop.wait(interval_));
    return {};
}

void HostSource::give(device::Device& device, const HostReadings& readings) {
    std::string gone;
    for (const auto& [name, value] : last_) {
        // Without a rate for one interval (a counter began again) nothing has failed.
        if (!readings.contains(name) && !name.ends_with("_rate") && name != "cpu_used")
            gone += gone.empty() ? name : ", " + name;
    }
    for (const auto& [name, reading] : readings) {
        const ParameterDefinition* parameter = device.dictionary().find(std::string_view{name});
        if (parameter == nullptr) continue;
        Value value = reading;
        // Sensors print more digits than mean something; what is stored is what the dictionary promises.
        if (auto* number = std::get_if<double>(&value)) *number = parameter->resolution.round(*number);
        if (const auto set = device.set(parameter->number, value); !set) {
            log::failure(log::Level::warning, "agent.reading_refused", set.error());
        }
        last_[name] = reading;
    }
    const auto told = gone.empty() ? device.clear("source_failed", "Every reading is there again.")
                                   : device.raise("source_failed", fmt::format("No reading of {}.", gone),
                                                  Severity::warning);
    if (!told) log::failure(log::Level::warning, "agent.alarm_refused", told.error());
}

}  // namespace watchglass::agent
