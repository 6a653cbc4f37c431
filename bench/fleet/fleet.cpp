// SPDX-License-Identifier: Apache-2.0
#include "bench/fleet/fleet.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

#include <fmt/format.h>
#include <sys/resource.h>

#include "bench/fleet/enrollment.h"
#include <watchglass/dictionaries/pump_test_bench.h>

namespace watchglass::bench {
namespace {

using namespace std::chrono_literals;

constexpr int stopped_at_once = 16;
/// One thread of the MQTT library makes every handshake of this process: a thousand begun together would all run into
/// their time-out and begin again.
constexpr int dialing_at_once = 32;

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message() + " " + result.error().cause);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

void allow_many_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<std::string> fields(const std::string& row) {
    std::vector<std::string> parts;
    std::size_t at = 0;
    for (auto bar = row.find('|'); bar != std::string::npos; bar = row.find('|', at)) {
        parts.push_back(row.substr(at, bar - at));
        at = bar + 1;
    }
    parts.push_back(row.substr(at));
    return parts;
}

}  // namespace

struct Fleet::Member {
    int number = 0;
    std::filesystem::path directory;
    BootId boot{};
    Backlog outage;
    std::unique_ptr<Instrument> instrument;
    Crew* crew = nullptr;
    std::atomic<bool> woken{false};
    std::atomic<bool> started{false};
    bool arrived = false;
    SteadyTime start_at{};
    // What other threads may read.
    std::atomic<bool> home{false};
    std::atomic<std::uint64_t> backlog{0};
    std::atomic<std::uint64_t> unstored{0};
    std::atomic<std::uint64_t> waiting{0};
    std::atomic<std::uint64_t> losses{0};
};

struct Fleet::Crew {
    std::vector<Member*> members;
    std::mutex mutex;
    std::condition_variable called;
    std::vector<Member*> woken;
    std::thread thread;

    void wake(Member& member) {
        if (member.woken.exchange(true)) return;
        {
            const std::lock_guard lock(mutex);
            woken.push_back(&member);
        }
        called.notify_one();
    }
};

Fleet::Fleet(const test::RunningStack& stack, FleetSettings settings) : stack_(stack), settings_(settings) {
    allow_many_files();
    options_.dictionary = to_dictionary(dictionaries::pump_test_bench::constants);
    options_.software = "bench-fleet";
    // What is measured is the platform's part: an instrument's own wait for company and for its disk is set to least.
    options_.telemetry.flush_interval = 20ms;
    options_.telemetry.sync_interval = 0ms;
    for (int number = 0; number < settings_.instruments; ++number) {
        auto member = std::make_unique<Member>();
        member->number = number;
        member->directory = stack.scratch() / fmt::format("instrument-{}", number);
        member->boot = BootId{platform_.entropy().next_u64()};
        members_.push_back(std::move(member));
    }
    std::vector<std::filesystem::path> directories;
    for (const auto& member : members_) directories.push_back(member->directory);
    enroll_instruments(stack, directories);
    if (settings_.outage.length > 0s) write_outages();
}

Fleet::~Fleet() { stop(); }

template <class Job>
void Fleet::for_each_member(int threads, Job job) {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::string failure;
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i) {
        workers.emplace_back([&, i] {
            try {
                auto work = job(i);
                for (std::size_t at = next++; at < members_.size(); at = next++) work(*members_[at]);
            } catch (const std::exception& why) {
                const std::lock_guard lock(mutex);
                failure = why.what();
            }
        });
    }
    for (auto& worker : workers) worker.join();
    if (!failure.empty()) throw std::runtime_error(failure);
}

void Fleet::write_outages() {
    for_each_member(settings_.threads, [&](int) {
        return [this](Member& member) {
            member.outage =
                write_backlog(settings_.outage, platform_, member.directory / "journal", options_.dictionary,
                              member.boot, static_cast<std::uint64_t>(member.number) + 1);
        };
    });
    for (const auto& member : members_) {
        written_.frames += member->outage.frames;
        written_.changes += member->outage.changes;
        written_.body_bytes += member->outage.body_bytes;
    }
}

void Fleet::start(std::chrono::milliseconds within) {
    for (int i = 0; i < settings_.threads; ++i) crews_.push_back(std::make_unique<Crew>());
    const SteadyTime now = platform_.clock().steady();
    for (const auto& member : members_) {
        Crew& crew = *crews_[static_cast<std::size_t>(member->number % settings_.threads)];
        member->crew = &crew;
        member->backlog = member->outage.frames;
        member->unstored = member->outage.frames;
        member->start_at = now + Microseconds{within} * member->number / settings_.instruments;
        member->instrument = std::make_unique<Instrument>(
            Instrument::Parts{member->directory, options_, platform_, settings_.habits, member->boot,
                              [&crew, one = member.get()] { crew.wake(*one); }});
        crew.members.push_back(member.get());
    }
    for (auto& crew : crews_) {
        crew->thread = std::thread([this, one = crew.get()] {
            try {
                work(*one);
            } catch (const std::exception& why) {
                const std::lock_guard lock(mutex_);
                trouble_ = why.what();
            }
        });
    }
}

void Fleet::work(Crew& crew) {
    while (!ending_) {
        std::vector<Member*> woken;
        {
            std::unique_lock lock(crew.mutex);
            crew.called.wait_for(lock, 5ms, [&] { return !crew.woken.empty() || ending_; });
            woken.swap(crew.woken);
        }
        for (Member* member : woken) {
            member->woken = false;
            if (member->started) run(*member);
        }
        const SteadyTime now = platform_.clock().steady();
        for (Member* member : crew.members) {
            if (!member->started && now >= member->start_at && dialing_ < dialing_at_once) {
                ++dialing_;
                member->instrument->start();
                member->started = true;
            } else if (member->started && now >= member->instrument->next_turn()) {
                run(*member);
            }
        }
    }
}

void Fleet::run(Member& member) {
    Instrument& instrument = *member.instrument;
    if (silent_) instrument.fall_silent();
    instrument.turn();
    if (!member.arrived && instrument.arrived()) {
        member.arrived = true;
        --dialing_;
    }
    member.home = instrument.home();
    member.backlog = instrument.backlog();
    member.unstored = instrument.unstored();
    member.waiting = instrument.waiting();
    member.losses = instrument.losses();
    auto heard = instrument.take_heard();
    if (heard.empty()) return;
    const std::lock_guard lock(mutex_);
    heard_.insert(heard_.end(), heard.begin(), heard.end());
}

void Fleet::fall_silent() { silent_ = true; }

void Fleet::stop() {
    ending_ = true;
    for (auto& crew : crews_) {
        crew->called.notify_all();
        if (crew->thread.joinable()) crew->thread.join();
    }
    // Each waits for its goodbye.
    for_each_member(stopped_at_once, [](int) {
        return [](Member& member) {
            if (member.started) member.instrument->stop();
        };
    });
}

std::size_t Fleet::home() const {
    return static_cast<std::size_t>(
        std::count_if(members_.begin(), members_.end(), [](const auto& one) { return one->home.load(); }));
}

namespace {
template <class Members, class Number>
std::uint64_t sum(const Members& members, Number number) {
    std::uint64_t total = 0;
    for (const auto& member : members) total += number(*member).load();
    return total;
}
}  // namespace

std::uint64_t Fleet::backlog() const {
    return sum(
        members_, [](Member & m) -> auto& { return m.backlog; });
}
std::uint64_t Fleet::unstored() const {
    return sum(
        members_, [](Member & m) -> auto& { return m.unstored; });
}
std::uint64_t Fleet::waiting() const {
    return sum(
        members_, [](Member & m) -> auto& { return m.waiting; });
}
std::uint64_t Fleet::losses() const {
    return sum(
        members_, [](Member & m) -> auto& { return m.losses; });
}

std::vector<Heard> Fleet::take_heard() {
    const std::lock_guard lock(mutex_);
    return std::exchange(heard_, {});
}

std::string Fleet::trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
}

Fleet::Verdict Fleet::judge() const {
    Verdict verdict;
    if (written_.frames > 0) judge_backlog(verdict);
    judge_live(verdict);
    return verdict;
}

/// Instrument by instrument: how many frames, and whether they are the ones that were written, each once.
void Fleet::judge_backlog(Verdict& verdict) const {
    constexpr std::size_t a_query = 50;
    std::map<std::string, const Member*> missing;
    for (const auto& member : members_) missing[member->instrument->id().text()] = member.get();
    for (std::size_t at = 0; at < members_.size(); at += a_query) {
        std::string ids;
        for (std::size_t i = at; i < std::min(at + a_query, members_.size()); ++i)
            ids += fmt::format("{}'{}'", ids.empty() ? "" : ",", members_[i]->instrument->id().text());
        for (const auto& row : stack_.sql(backlog_query(ids))) {
            const auto column = fields(row);
            if (column.size() != 4) continue;
            const auto found = missing.find(column[0]);
            if (found == missing.end()) continue;
            const auto stored = std::stoull(column[1]);
            const Backlog& wanted = found->second->outage;
            verdict.lost += wanted.frames > stored ? wanted.frames - stored : 0;
            verdict.doubled += stored > wanted.frames ? stored - wanted.frames : 0;
            if (column[3] != wanted.digest) ++verdict.digests_wrong;
            missing.erase(found);
        }
    }
    for (const auto& [id, member] : missing) verdict.lost += member->outage.frames;
}

/// A live reading is known by its number and its time: a snapshot repeats the number at another time.
void Fleet::judge_live(Verdict& verdict) const {
    std::map<std::string, std::uint64_t> times_stored;
    for (const auto& row : stack_.sql(fmt::format(
             "SELECT d.device_id || ':' || round(u.value * 10000)::bigint || ':' || (f.device_us + u.shift),"
             " count(*) FROM watchglass.frames f JOIN watchglass.devices d USING (tenant, device),"
             " unnest(f.parameters, f.offsets_us, f.numbers) AS u(parameter, shift, value)"
             " WHERE u.parameter = {} AND f.parameters[1] <> {} GROUP BY 1",
             live_serial.value(), backlog_serial.value()))) {
        const auto column = fields(row);
        if (column.size() == 2) times_stored["r:" + column[0]] = std::stoull(column[1]);
    }
    for (const auto& row : stack_.sql(
             fmt::format("SELECT device_id || ':' || text, count(*) FROM watchglass.frame_events e"
                         " JOIN watchglass.devices d USING (tenant, device) WHERE name = '{}' GROUP BY 1",
                         alarm_raised))) {
        const auto column = fields(row);
        if (column.size() == 2) times_stored["a:" + column[0]] = std::stoull(column[1]);
    }
    for (const auto& member : members_) {
        for (const Recorded& one : member->instrument->recorded()) {
            const auto& id = member->instrument->id().text();
            const auto key = one.kind == Kind::reading ? fmt::format("r:{}:{}:{}", id, one.number, one.at_us)
                                                       : fmt::format("a:{}:{}", id, one.number);
            const auto found = times_stored.find(key);
            const std::uint64_t times = found == times_stored.end() ? 0 : found->second;
            ++(one.kind == Kind::reading ? verdict.readings : verdict.alarms);
            if (times == 0) ++verdict.lost;
            if (times > 1) verdict.doubled += times - 1;
        }
    }
}

double quantile_ms(std::vector<double> milliseconds, double share) {
    if (milliseconds.empty()) return 0;
    std::sort(milliseconds.begin(), milliseconds.end());
    const auto last = static_cast<double>(milliseconds.size() - 1);
    return milliseconds[static_cast<std::size_t>(std::lround(share * last))];
}

}  // namespace watchglass::bench
