// SPDX-License-Identifier: Apache-2.0
// One instrument that sends a frame of eight changes every 50 ms, whether or not the one before is stored, until its
// standard input ends. Prints for each frame the milliseconds from handing it to the link until its Stored was heard.
// A program of its own, so that it shares no thread with the instruments that make the load. Usage:
// watchglass_latency_probe DIR (enrolled before).
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
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

/// When each frame was sent and heard of.
class Waits {
public:
    void sent() { sent_.push_back(Steady::now()); }
    void stored_through(std::uint64_t frames) {
        const auto now = Steady::now();
        while (ms_.size() < frames && ms_.size() < sent_.size())
            ms_.push_back(std::chrono::duration<double, std::milli>(now - sent_[ms_.size()]).count());
    }
    [[nodiscard]] bool all_heard() const { return ms_.size() == sent_.size(); }
    [[nodiscard]] const std::vector<double>& milliseconds() const { return ms_; }

private:
    std::vector<Steady::time_point> sent_;
    std::vector<double> ms_;
};

class Probe {
public:
    explicit Probe(const char* directory)
        : directory_(directory),
          door_(policy(), identity_->mqtt.alpn),
          sender_(door_, directory, Epoch{rng_.next_u64()}) {
        const auto until = Steady::now() + patience;
        while (!sender_.connected()) wait_until(until, "no connection came about");
    }

    /// Until standard input ends and all is stored.
    const std::vector<double>& run() {
        const auto dictionary = bench::pump_dictionary();
        const auto rows = bench::pump_rows(dictionary, 1);
        auto at = SystemClock{}.wall() + -Microseconds{1h};
        for (auto next = Steady::now() + between_frames; !asked_to_end_; next += between_frames) {
            sender_.add(
                bench::pump_bodies(rows, dictionary,
                                   {.changes_a_frame = bench::pump_channels, .start = at, .frames = 1}),
                dictionary);
            at = at + Microseconds{1s};
            waits_.sent();
            while (Steady::now() < next && !asked_to_end_) turn(next);
        }
        const auto until = Steady::now() + patience;
        while (!waits_.all_heard()) wait_until(until, "not all frames were heard of");
        return waits_.milliseconds();
    }

private:
    security::ConnectionPolicy policy() {
        identity_ = directory_.load();
        if (!identity_) throw std::runtime_error(identity_.error().message());
        return directory_.policy(identity_->mqtt, std::nullopt);
    }
    void wait_until(Steady::time_point moment, const char* otherwise) {
        if (Steady::now() > moment) throw std::runtime_error(otherwise);
        turn(moment);
    }
    /// Sends and hears, then waits for either.
    void turn(Steady::time_point moment) {
        sender_.advance(UINT64_MAX / 2);
        waits_.stored_through(sender_.stored());
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(moment - Steady::now());
        const int events = POLLIN | (sender_.wants_to_write() ? POLLOUT : 0);
        std::array<pollfd, 2> inputs{
            {{.fd = sender_.fd(), .events = static_cast<short>(events), .revents = 0},
             {.fd = asked_to_end_ ? -1 : STDIN_FILENO, .events = POLLIN, .revents = 0}}};
        ::poll(inputs.data(), inputs.size(), std::max(0, static_cast<int>(left.count())));
        if (inputs[1].revents != 0) asked_to_end_ = true;
        sender_.advance(UINT64_MAX / 2);
        waits_.stored_through(sender_.stored());
    }

    SystemRng rng_;
    device::IdentityDirectory directory_;
    Result<device::Identity> identity_ = failed(Failure{});
    bench::TlsDoor door_;
    bench::Sender sender_;
    Waits waits_;
    bool asked_to_end_ = false;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return std::fprintf(stderr, "Usage: %s DIR\n", argv[0]), 2;
    try {
        Probe probe{argv[1]};
        for (const double ms : probe.run()) fmt::print("{:.4f}\n", ms);
    } catch (const std::exception& why) {
        fmt::print(stderr, "{}\n", why.what());
        return 1;
    }
    return 0;
}
