// SPDX-License-Identifier: Apache-2.0
// A pump that reports two readings and an alarm. Usage: example_pump_cpp DIR (enrolled before).
#include <cstdio>

#include "schemas/values/dictionary_constants.h"
#include <watchglass/device.h>
#include <watchglass/dictionaries/pump_test_bench.h>

namespace pump = watchglass::dictionaries::pump_test_bench;

int main(int argc, char** argv) {
    if (argc != 2) return std::fprintf(stderr, "Usage: %s DIR\n", argv[0]), 2;
    watchglass::device::Options options;
    options.directory = argv[1];
    options.dictionary = watchglass::to_dictionary(pump::constants);
    options.software = "example-pump 1.0";
    const auto device = watchglass::device::Device::open(options);
    if (!device) return std::fprintf(stderr, "%s\n", device.error().message().c_str()), 1;

    auto pressure = (*device)->parameter(pump::pressure);
    auto temperature = (*device)->parameter(pump::temperature);
    // A refused reading is the instrument's mistake (NaN, say); nothing was recorded then.
    if (const auto set = pressure.set(0.382638); !set)
        std::fprintf(stderr, "%s\n", set.error().message().c_str());
    if (const auto set = temperature.set(79.3366); !set)
        std::fprintf(stderr, "%s\n", set.error().message().c_str());
    (void)(*device)->raise(pump::alarms::dry_run, "The pump runs without water.");

    const auto stored = (*device)->drain(std::chrono::seconds{30});
    if (!stored) std::fprintf(stderr, "%s\n", stored.error().message().c_str());
    return (*device)->close() ? 0 : 1;
}
