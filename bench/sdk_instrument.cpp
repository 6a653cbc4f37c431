// SPDX-License-Identifier: Apache-2.0
// An instrument's firmware reduced to its reporting: every 80 ms a round reads eight sensors and sets eight parameters, each
// to a value that differs from the last, which makes 100 changes a second. It uses the SDK as docs/sdk.md says, with the
// settings an instrument has when it chooses none. Runs until its standard input ends, waits until all is stored, and
// prints how many changes it made. Usage: watchglass_sdk_instrument DIR (enrolled before).
#include <cmath>
#include <cstdint>
#include <cstdio>

#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "schemas/values/dictionary_constants.h"
#include <watchglass/device.h>
#include <watchglass/dictionaries/pump_test_bench.h>

namespace pump = watchglass::dictionaries::pump_test_bench;

namespace {

constexpr long between_rounds_ns = 80'000'000;

/// What the sensors say in this round.
double reading(double mean, double spread, std::uint64_t round) {
    const auto phase = static_cast<double>(round);
    return mean + spread * (std::sin(phase * 0.7) + 0.5 * std::sin(phase * 0.013));
}

class Rounds {
public:
    Rounds() : timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {
        const itimerspec every{{0, between_rounds_ns}, {0, between_rounds_ns}};
        ::timerfd_settime(timer_, 0, &every, nullptr);
    }
    ~Rounds() { ::close(timer_); }
    Rounds(const Rounds&) = delete;
    Rounds& operator=(const Rounds&) = delete;

    /// How many rounds are due; 0: standard input has ended.
    std::uint64_t wait() {
        pollfd both[] = {{STDIN_FILENO, POLLIN, 0}, {timer_, POLLIN, 0}};
        if (::poll(both, 2, -1) < 0 || both[0].revents != 0) return 0;
        std::uint64_t due = 0;
        return ::read(timer_, &due, sizeof due) == sizeof due ? due : 0;
    }

private:
    int timer_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return std::fprintf(stderr, "Usage: %s DIR\n", argv[0]), 2;
    watchglass::device::Options options;
    options.directory = argv[1];
    options.dictionary = watchglass::to_dictionary(pump::constants);
    options.software = "bench-instrument 1.0";
    const auto device = watchglass::device::Device::open(options);
    if (!device) return std::fprintf(stderr, "%s\n", device.error().message().c_str()), 1;

    std::uint64_t round = 0;
    std::uint64_t changes = 0;
    const auto set = [&](auto parameter, double mean, double spread) {
        if ((*device)->parameter(parameter).set(reading(mean, spread, round))) ++changes;
    };
    Rounds rounds;
    for (auto due = rounds.wait(); due > 0; due = rounds.wait()) {
        for (; due > 0; --due, ++round) {
            set(pump::accelerometer_1_rms, 0.0264, 0.0004);
            set(pump::accelerometer_2_rms, 0.0405, 0.0006);
            set(pump::current, 1.3, 0.3);
            set(pump::pressure, 0.38, 0.25);
            set(pump::temperature, 77, 0.5);
            set(pump::thermocouple, 26, 0.3);
            set(pump::voltage, 230, 12);
            set(pump::volume_flow_rate_rms, 32, 1.4);
        }
    }
    if (const auto stored = (*device)->drain(std::chrono::seconds{30}); !stored)
        return std::fprintf(stderr, "%s\n", stored.error().message().c_str()), 1;
    std::printf("%llu\n", static_cast<unsigned long long>(changes));
    return (*device)->close() ? 0 : 1;
}
