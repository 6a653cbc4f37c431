// SPDX-License-Identifier: Apache-2.0
// A thousand connected instruments, a hundred of them revoked one after the other: from the moment the API answers 200
// until the instrument's socket is closed. Then all that are gone dial again with what they have: none may come back.
#include <algorithm>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "bench/fleet/enrollment.h"
#include "bench/fleet/fleet.h"
#include "bench/memory.h"
#include "bench/report.h"
#include "bench/swarm/swarm.h"
#include "libs/foundation/random.h"

using namespace watchglass;
using namespace std::chrono_literals;

namespace {

using Steady = std::chrono::steady_clock;

struct Revoked {
    std::size_t member = 0;
    Steady::time_point asked;
    Steady::time_point answered;
    bool broker_confirmed = false;
};

/// `count` different members, drawn by lot.
std::vector<std::size_t> victims(std::size_t members, std::size_t count) {
    std::vector<std::size_t> all(members);
    for (std::size_t i = 0; i < members; ++i) all[i] = i;
    SystemRng rng;
    for (std::size_t i = 0; i < count; ++i) std::swap(all[i], all[i + rng.next_u64() % (members - i)]);
    all.resize(count);
    return all;
}

/// An operator who revokes on a thread of their own, while the swarm is attended to on another.
class Operator {
public:
    Operator(const test::RunningStack& stack, const bench::Swarm& swarm, std::vector<std::size_t> members)
        : thread_([&stack, &swarm, members = std::move(members), this] { run(stack, swarm, members); }) {}
    ~Operator() { thread_.join(); }

    [[nodiscard]] std::vector<Revoked> done() const {
        const std::lock_guard lock(mutex_);
        if (!failure_.empty()) throw std::runtime_error(failure_);
        return done_;
    }

private:
    void run(const test::RunningStack& stack, const bench::Swarm& swarm,
             const std::vector<std::size_t>& members) {
        auto client = bench::operator_client(stack.description());
        for (const std::size_t member : members) {
            const auto asked = Steady::now();
            const auto answer = client.call("POST", "/v1/devices/" + swarm.device(member).text() + "/revoke",
                                            json::Value::object({{"reason", "bench"}}));
            const std::lock_guard lock(mutex_);
            if (!answer) {
                failure_ = answer.error().message() + " " + answer.error().cause;
                return;
            }
            const auto* confirmed = answer->find("broker_confirmed");
            done_.push_back(
                {member, asked, Steady::now(), confirmed != nullptr && confirmed->as_bool().value_or(false)});
        }
    }

    mutable std::mutex mutex_;
    std::vector<Revoked> done_;
    std::string failure_;
    std::thread thread_;
};

double milliseconds(Steady::duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

/// Revokes these members and waits until the links of all are gone.
std::vector<Revoked> revoke(const test::RunningStack& stack, bench::Swarm& swarm,
                            const std::vector<std::size_t>& members) {
    const Operator acting{stack, swarm, members};
    const auto gone = [&] {
        return std::all_of(members.begin(), members.end(),
                           [&](std::size_t member) { return swarm.lost_at(member).has_value(); });
    };
    swarm.attend([&] { return acting.done().size() == members.size() && gone(); }, 120s);
    const auto done = acting.done();
    if (done.size() < members.size() || !gone())
        throw std::runtime_error("a revoked instrument stays connected");
    return done;
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = bench::parse_options(argc, argv);
    bench::allow_many_files();
    const test::RunningStack stack;
    const std::size_t count = options.quick ? 200 : 1'000;
    std::vector<std::filesystem::path> directories;
    for (std::size_t i = 0; i < count; ++i)
        directories.push_back(stack.scratch() / fmt::format("swarm-{}", i));
    bench::enroll_instruments(stack, directories);
    bench::Swarm swarm{directories};
    swarm.connect_all(100, 300s);
    swarm.settle();

    const auto chosen = victims(count, count / 10);
    const auto revoked = revoke(stack, swarm, chosen);
    std::vector<double> after_answer;
    std::vector<double> after_request;
    std::size_t confirmed = 0;
    for (const Revoked& one : revoked) {
        const auto lost = *swarm.lost_at(one.member);
        after_answer.push_back(std::max(0.0, milliseconds(lost - one.answered)));
        after_request.push_back(milliseconds(lost - one.asked));
        confirmed += one.broker_confirmed ? 1 : 0;
    }
    const std::size_t others = count - swarm.connected() - chosen.size();
    const std::size_t returned = swarm.try_once(10s);

    bench::report("revocation.connected", static_cast<double>(count), "");
    bench::report("revocation.revoked", static_cast<double>(chosen.size()), "");
    bench::report("revocation.p50_ms", bench::quantile_ms(after_answer, 0.5),
                  "ms from 200 to the closed socket");
    bench::report("revocation.p99_ms", bench::quantile_ms(after_answer, 0.99), "ms",
                  bench::Target{"<= 1000"});
    bench::report("revocation.max_ms", bench::quantile_ms(after_answer, 1), "ms");
    bench::report("revocation.from_request_p50_ms", bench::quantile_ms(after_request, 0.5),
                  "ms from the request");
    bench::report("revocation.from_request_max_ms", bench::quantile_ms(after_request, 1), "ms");
    bench::report("revocation.broker_confirmed", static_cast<double>(confirmed), "answers that said so");
    bench::report("revocation.returned", static_cast<double>(returned), "", bench::Target{"<= 0"});
    bench::report("revocation.others_lost", static_cast<double>(others), "");
    return returned == 0 && others == 0 ? 0 : 1;
}
