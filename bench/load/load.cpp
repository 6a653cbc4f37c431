// SPDX-License-Identifier: Apache-2.0
#include "bench/load/load.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>
#include <poll.h>

#include "bench/fleet/enrollment.h"
#include "bench/load/readings.h"
#include "bench/report.h"
#include "libs/foundation/random.h"

namespace watchglass::bench {
namespace {

using namespace std::chrono_literals;

/// Every value is a multiple of the finest resolution in the dictionary.
constexpr double steps_a_unit = 1e7;
// A sample's part in a digest: its time and its value, each within a prime, so that the sum of millions stays exact.
constexpr std::int64_t time_prime = 1'000'003;
constexpr std::int64_t value_prime = 10'007;

std::int64_t fingerprint(WallTime at, double value) {
    return (at.us % time_prime) * (std::llround(value * steps_a_unit) % value_prime);
}

}  // namespace

Load::Load(const test::RunningStack& stack, LoadSettings settings)
    : stack_(stack), settings_(settings), dictionary_(pump_dictionary()) {
    SystemRng rng;
    std::vector<std::filesystem::path> directories;
    for (int i = 0; i < settings_.instruments; ++i)
        directories.push_back(stack.scratch() / fmt::format("sender-{}", i));
    enroll_instruments(stack, directories);
    const device::IdentityDirectory first{directories.front()};
    const auto identity = first.load();
    if (!identity) throw std::runtime_error(identity.error().message());
    door_ = std::make_unique<TlsDoor>(first.policy(identity->mqtt, std::nullopt), identity->mqtt.alpn);
    for (const auto& directory : directories)
        senders_.push_back(std::make_unique<Sender>(*door_, directory, Epoch{rng.next_u64()}));
    first_start_ = SystemClock{}.wall() + -Microseconds{20h};
    first_start_.us -= first_start_.us % 1'000'000;
    next_start_.assign(senders_.size(), first_start_);
    const auto all = [this] {
        return std::all_of(senders_.begin(), senders_.end(),
                           [](const auto& one) { return one->connected(); });
    };
    for (const Stopwatch watch; !all(); turn(0, 100ms)) {
        if (watch.seconds() > 30) throw std::runtime_error("not all senders were let in");
    }
}

Load::~Load() = default;

void Load::make(std::size_t frames_each) {
    for (std::size_t i = 0; i < senders_.size(); ++i) {
        const auto rows = pump_rows(dictionary_, settings_.seed + i);
        const auto bodies = pump_bodies(
            rows, dictionary_,
            {.changes_a_frame = settings_.changes_a_frame, .start = next_start_[i], .frames = frames_each});
        for (const Body& body : bodies) {
            for (const Change& change : body.changes) {
                Sum& sum = sums_[{senders_[i]->id().text(), dictionary_.find(change.parameter)->name}];
                ++sum.count;
                sum.digest += fingerprint(change.at, std::get<double>(change.value));
            }
            samples_ += body.changes.size();
        }
        next_start_[i] = bodies.back().changes.back().at + Microseconds{1'000'000};
        senders_[i]->add(bodies, dictionary_);
    }
}

void Load::hand_over(std::chrono::seconds patience) {
    drive(UINT64_MAX / 2, patience, &Sender::acknowledged);
}

void Load::store(std::uint64_t under_way, std::chrono::seconds patience) {
    drive(under_way, patience, &Sender::stored);
}

void Load::drive(std::uint64_t limit, std::chrono::seconds patience,
                 std::uint64_t (Sender::*progress)() const) {
    constexpr auto quiet_most = 3s;
    std::uint64_t last = 0;
    auto moved = std::chrono::steady_clock::now();
    auto rewound = moved;
    const std::uint64_t all = frames();
    while (true) {
        turn(limit, 100ms);
        std::uint64_t sum = 0;
        for (auto& sender : senders_) sum += (sender.get()->*progress)();
        if (sum == all) return;
        const auto now = std::chrono::steady_clock::now();
        if (sum != last) {
            last = sum;
            moved = rewound = now;
        } else if (now - moved > patience) {
            throw std::runtime_error(fmt::format("{} of {} frames, and no more came", sum, all));
        } else if (now - rewound > quiet_most) {
            for (auto& sender : senders_) sender->rewind();
            rewound = now;
        }
    }
}

/// All that can be done now; else waits for one of the links.
void Load::turn(std::uint64_t limit, std::chrono::milliseconds patience) {
    std::vector<pollfd> links;
    for (auto& sender : senders_) {
        sender->advance(limit);
        const int events = POLLIN | (sender->wants_to_write() ? POLLOUT : 0);
        links.push_back({.fd = sender->fd(), .events = static_cast<short>(events), .revents = 0});
    }
    ::poll(links.data(), links.size(), static_cast<int>(patience.count()));
}

namespace {
template <class Senders>
std::uint64_t total(const Senders& senders, std::uint64_t (Sender::*of)() const) {
    std::uint64_t sum = 0;
    for (const auto& sender : senders) sum += (sender.get()->*of)();
    return sum;
}
}  // namespace

std::uint64_t Load::frames() const { return total(senders_, &Sender::frames); }
std::uint64_t Load::stored() const { return total(senders_, &Sender::stored); }
std::uint64_t Load::payload_bytes() const { return total(senders_, &Sender::bytes); }

std::string Load::differences() const {
    std::map<std::pair<std::string, std::string>, Sum> found;
    const auto rows = stack_.sql(fmt::format(
        "SELECT device_id, parameter, count(*), sum(((extract(epoch FROM t) * 1000000)::bigint % {}) * "
        "(round(value * {:.0f})::bigint % {})) FROM watchglass.samples GROUP BY 1, 2",
        time_prime, steps_a_unit, value_prime));
    for (const auto& row : rows) {
        const auto first = row.find('|');
        const auto second = row.find('|', first + 1);
        const auto third = row.find('|', second + 1);
        found[{row.substr(0, first), row.substr(first + 1, second - first - 1)}] = {
            std::stoull(row.substr(second + 1)), std::stoll(row.substr(third + 1))};
    }
    for (const auto& [series, sum] : sums_) {
        const Sum& there = found[series];
        if (there == sum) continue;
        return fmt::format("{} of {}: {} samples were sent, {} are stored{}", series.second, series.first,
                           sum.count, there.count,
                           there.count == sum.count ? ", with other times or values" : "");
    }
    for (const auto& [series, sum] : found) {
        const auto ours = sums_.lower_bound({series.first, {}});
        const bool of_ours = ours != sums_.end() && ours->first.first == series.first;
        if (of_ours && !sums_.contains(series))
            return fmt::format("{} of {}: {} samples are stored, none was sent", series.second, series.first,
                               sum.count);
    }
    return {};
}

}  // namespace watchglass::bench
