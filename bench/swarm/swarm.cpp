// SPDX-License-Identifier: Apache-2.0
#include "bench/swarm/swarm.h"

#include <array>
#include <csignal>
#include <deque>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>
#include <sys/epoll.h>

#include "bench/report.h"
#include "bench/swarm/mqtt_packets.h"
#include "bench/swarm/tls_link.h"
#include "libs/foundation/random.h"
#include "schemas/codec/session.h"
#include "schemas/topics/topics.h"

namespace watchglass::bench {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;
using topics::Channel;

constexpr int acknowledgements_wanted = 3;  ///< subscriptions, status, Hello

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message() + " " + result.error().cause);
    return std::move(*result);
}

mqtt::Message status_of(const DeviceId& device, bool online) {
    const Status status{online, online ? "connected" : "link lost", "bench-swarm", BootId{1}};
    return {topics::of(device, Channel::status), must(codec::encode_status(status)), 1, true};
}

mqtt::Message hello_of(const DeviceId& device, const std::array<Epoch, 2>& epochs) {
    Hello hello;
    for (const auto& stream : {StreamId{Lane::events, epochs[0]}, StreamId{Lane::telemetry, epochs[1]}}) {
        HelloStream told;
        told.stream = stream;
        told.first_retained = told.first_unstored = told.next = StreamSeq{1};
        hello.streams.push_back(told);
    }
    const SystemClock clock;
    hello.boot = BootId{1};
    hello.monotonic = clock.steady() - SteadyTime{};
    hello.wall = clock.wall();
    hello.clock_quality = ClockQuality::synchronized;
    hello.software = "bench-swarm";
    return {topics::of(device, Channel::up_hello), must(codec::encode_hello(hello)), 1, false};
}

}  // namespace

struct Swarm::Member {
    device::IdentityDirectory directory;
    DeviceId device;
    std::array<Epoch, 2> epochs;  ///< of its two journals
    std::unique_ptr<TlsLink> link;
    Bytes input;
    bool polled_for_output = false;
    bool greeted = false;  ///< CONNECT is sent
    int acknowledged = 0;
    std::optional<Steady::time_point> lost_at = {};
    [[nodiscard]] bool home() const { return acknowledged == acknowledgements_wanted; }
};

struct Swarm::State {
    std::optional<TlsDoor> door;
    UniqueFd epoll{::epoll_create1(EPOLL_CLOEXEC)};
    std::vector<Member> members;
    std::deque<Member*> away;
    std::size_t under_way = 0;
    std::size_t home = 0;
    std::size_t failed = 0;
    std::size_t answered = 0;
    bool may_be_refused = false;

    void dial(Member& member);
    void poll_for(Member& member, int operation);
    void lose(Member& member);
    void advance(Member& member);
    void hear(Member& member, const packets::Packet& packet);
    void join(Member& member);
    bool turn(std::chrono::milliseconds patience);
};

Swarm::Swarm(const std::vector<std::filesystem::path>& directories) : state_(std::make_unique<State>()) {
    std::signal(SIGPIPE, SIG_IGN);  // a link that is gone is an error, not the end of us
    SystemRng rng;
    for (const auto& path : directories) {
        device::IdentityDirectory directory{path};
        auto identity = must(directory.load());
        if (!state_->door)
            state_->door.emplace(directory.policy(identity.mqtt, std::nullopt), identity.mqtt.alpn);
        state_->members.push_back({std::move(directory),
                                   std::move(identity.device),
                                   {Epoch{rng.next_u64()}, Epoch{rng.next_u64()}},
                                   nullptr,
                                   {}});
    }
    for (auto& member : state_->members) state_->away.push_back(&member);
}

Swarm::~Swarm() = default;

double Swarm::connect_all(std::size_t at_once, std::chrono::seconds patience) {
    const Stopwatch watch;
    const auto until = Steady::now() + patience;
    while (state_->home < state_->members.size()) {
        if (Steady::now() > until)
            throw std::runtime_error(fmt::format("only {} of {} are connected, {} attempts failed",
                                                 state_->home, state_->members.size(), state_->failed));
        while (!state_->away.empty() && state_->under_way < at_once) {
            Member& member = *state_->away.front();
            state_->away.pop_front();
            state_->dial(member);
        }
        state_->turn(100ms);
    }
    return watch.seconds();
}

void Swarm::lose_all(std::chrono::seconds patience) {
    const auto until = Steady::now() + patience;
    while (state_->home > 0) {
        if (Steady::now() > until) throw std::runtime_error(fmt::format("{} stay connected", state_->home));
        state_->turn(100ms);
    }
}

void Swarm::settle() {
    while (state_->turn(1s)) {
    }
}

void Swarm::attend(const std::function<bool()>& enough, std::chrono::milliseconds patience) {
    const auto until = Steady::now() + patience;
    while (!enough() && Steady::now() < until) state_->turn(5ms);
}

std::size_t Swarm::try_once(std::chrono::milliseconds patience) {
    state_->may_be_refused = true;
    const std::size_t before = state_->home;
    for (std::size_t left = state_->away.size(); left > 0; --left) {
        Member& member = *state_->away.front();
        state_->away.pop_front();
        state_->dial(member);
    }
    attend([&] { return state_->under_way == 0; }, patience);
    state_->may_be_refused = false;
    return state_->home - before;
}

const DeviceId& Swarm::device(std::size_t member) const { return state_->members.at(member).device; }
std::optional<Steady::time_point> Swarm::lost_at(std::size_t member) const {
    return state_->members.at(member).lost_at;
}
std::size_t Swarm::connected() const { return state_->home; }
std::size_t Swarm::failed_attempts() const { return state_->failed; }
std::size_t Swarm::answered() const { return state_->answered; }

void Swarm::State::dial(Member& member) {
    member.link = std::make_unique<TlsLink>(*door, member.directory);
    member.polled_for_output = true;
    ++under_way;
    poll_for(member, EPOLL_CTL_ADD);
}

void Swarm::State::poll_for(Member& member, int operation) {
    epoll_event event{};
    event.events = EPOLLIN | (member.polled_for_output ? EPOLLOUT : 0u);
    event.data.ptr = &member;
    if (::epoll_ctl(epoll.get(), operation, member.link->fd(), &event) != 0)
        throw std::runtime_error("epoll refuses a socket");
}

void Swarm::State::lose(Member& member) {
    if (member.home()) {
        --home;
    } else {
        --under_way;
        ++failed;
    }
    member.lost_at = Steady::now();
    member.link.reset();  // closing takes it out of the epoll set
    member.input.clear();
    member.greeted = false;
    member.acknowledged = 0;
    away.push_back(&member);
}

/// False: nothing happened for as long as `patience`.
bool Swarm::State::turn(std::chrono::milliseconds patience) {
    std::array<epoll_event, 256> events{};
    const int count =
        ::epoll_wait(epoll.get(), events.data(), events.size(), static_cast<int>(patience.count()));
    for (int i = 0; i < count; ++i)
        advance(*static_cast<Member*>(events[static_cast<std::size_t>(i)].data.ptr));
    return count > 0;
}

void Swarm::State::advance(Member& member) {
    auto state = member.link->advance(member.input);
    for (bool more = true; more && state == TlsLink::State::up;) {
        more = !std::exchange(member.greeted, true);
        if (more) member.link->put(packets::connect(member.device.text(), status_of(member.device, false)));
        while (const auto packet = packets::take(member.input)) {
            hear(member, *packet);
            more = true;
        }
        if (more) state = member.link->advance(member.input);
    }
    if (state == TlsLink::State::lost) return lose(member);
    if (member.polled_for_output == member.link->wants_to_write()) return;
    member.polled_for_output = member.link->wants_to_write();
    poll_for(member, EPOLL_CTL_MOD);
}

void Swarm::State::hear(Member& member, const packets::Packet& packet) {
    using packets::Kind;
    switch (packet.kind) {
        case Kind::connack:
            if (packet.reason == 0) return join(member);
            if (may_be_refused) return;  // the link's end follows
            throw std::runtime_error(fmt::format("refused: {}", packet.reason));
        case Kind::suback:
        case Kind::puback:
            if (member.home() || ++member.acknowledged < acknowledgements_wanted) return;
            --under_way;
            ++home;
            return;
        case Kind::publish:
            if (packet.packet_id != 0) member.link->put(packets::acknowledgement(packet.packet_id));
            if (packet.topic == topics::of(member.device, Channel::down_stored)) ++answered;
            return;
        case Kind::disconnect: return;  // the link's end follows
    }
}

void Swarm::State::join(Member& member) {
    const auto& device = member.device;
    member.link->put(
        packets::subscribe({topics::of(device, Channel::down_stored), topics::resync(device.shard())}));
    member.link->put(packets::publish(status_of(device, true), 2));
    member.link->put(packets::publish(hello_of(device, member.epochs), 3));
}

}  // namespace watchglass::bench
