// SPDX-License-Identifier: Apache-2.0
// One instrument that sends a frame of eight changes every 50 ms, whether or not the one before is stored, until its
// standard input ends. Prints for each frame the milliseconds from handing it to the link until its Stored was heard.
// A program of its own, so that it shares no thread with the instruments that make the load. Usage:
// watchglass_latency_probe DIR (enrolled before).
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "bench/load/readings.h"
#include "bench/load/sender.h"
#include "libs/foundation/random.h"

namespace {

using namespace watchglass;
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr auto between_frames = 50ms;
constexpr auto patience = 30s;

/// When each frame was sent and heard of. The session's thread tells, another asks.
class Waits {
public:
    void sent() {
        const std::lock_guard lock(mutex_);
        sent_.push_back(Steady::now());
    }
    void stored_through(std::uint64_t frames) {
        const auto now = Steady::now();
        {
            const std::lock_guard lock(mutex_);
            while (ms_.size() < frames && ms_.size() < sent_.size())
                ms_.push_back(std::chrono::duration<double, std::milli>(now - sent_[ms_.size()]).count());
        }
        moved_.notify_one();
    }
    /// All of them, once all were heard of. Throws when one never is.
    std::vector<double> all() {
        std::unique_lock lock(mutex_);
        if (!moved_.wait_for(lock, patience, [this] { return ms_.size() == sent_.size(); }))
            throw std::runtime_error(
                fmt::format("of {} frames only {} were heard of", sent_.size(), ms_.size()));
        return ms_;
    }

private:
    std::mutex mutex_;
    std::condition_variable moved_;
    std::vector<Steady::time_point> sent_;
    std::vector<double> ms_;
};

/// False: standard input has ended.
bool wait_until(Steady::time_point moment) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(moment - Steady::now());
    pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    return ::poll(&input, 1, std::max(0, static_cast<int>(left.count()))) == 0;
}

std::vector<double> probe(const char* directory) {
    const auto dictionary = bench::pump_dictionary();
    const auto rows = bench::pump_rows(dictionary, 1);
    SystemRng rng;
    Waits waits;
    bench::Sender* self = nullptr;
    bench::Sender sender{directory, Epoch{rng.next_u64()}, [&] {
                             if (self != nullptr) waits.stored_through(self->stored());
                         }};
    self = &sender;
    sender.connect();
    for (const auto until = Steady::now() + patience; !sender.connected();) {
        if (Steady::now() > until) throw std::runtime_error("no connection came about");
        std::this_thread::sleep_for(10ms);
    }
    auto at = SystemClock{}.wall() + -Microseconds{1h};
    auto next = Steady::now();
    do {
        const auto bodies = bench::pump_bodies(
            rows, dictionary, {.changes_a_frame = bench::pump_channels, .start = at, .frames = 1});
        at = at + Microseconds{1s};
        sender.add(bodies, dictionary);
        waits.sent();
        sender.pump(1'000'000);
        next += between_frames;
    } while (wait_until(next));
    auto ms = waits.all();
    sender.stop();
    return ms;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return std::fprintf(stderr, "Usage: %s DIR\n", argv[0]), 2;
    try {
        for (const double ms : probe(argv[1])) fmt::print("{:.4f}\n", ms);
    } catch (const std::exception& why) {
        fmt::print(stderr, "{}\n", why.what());
        return 1;
    }
    return 0;
}
