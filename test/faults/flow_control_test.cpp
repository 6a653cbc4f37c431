// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libs/json/json.h"
#include "libs/mqtt/session.h"
#include "schemas/codec/envelope.h"
#include "schemas/topics/topics.h"
#include "test/faults/support/link.h"
#include "test/support/running_stack.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace watchglass::faults;
using namespace std::chrono_literals;

namespace {

constexpr Rows warm_up{1, 20};
/// Six seconds of it.
constexpr Rows rows{1, 3'000};
constexpr const char* pace = "500";
/// Enough for all of it: nothing needs to be given up.
constexpr int journal_megabytes = 64;
constexpr int agents_at_once = 3;
constexpr int asked_lines = 300;

// What may be held while nothing can be stored. ingestd: 32 MiB a link before the intake, twice that while they are handed
// over, 32 MiB in each of the intake's queues. Mosquitto: 64 MiB queued and 1,000 messages under way for each link.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double room = 6;  // a sanitizer keeps what was freed, and a shadow of everything
#else
constexpr double room = 1;
#endif
constexpr double ingest_growth_bytes = room * 200e6;
constexpr double broker_growth_bytes = room * 250e6;
constexpr double agent_bytes_in_memory = 2 << 20;
constexpr double agent_resident_bytes = room * 100e6;
constexpr double intake_bytes = 32 << 20;

double resident_bytes(int pid) {
    std::ifstream in(fmt::format("/proc/{}/statm", pid));
    double all = 0;
    double resident = 0;
    in >> all >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// What an agent says of itself in status.json; 0 before it has said anything.
double said(const Instrument& instrument, const char* what) {
    const auto text = read_file(instrument.directory / "status.json");
    const auto document = text ? json::parse(*text) : failed(text);
    const auto* value = document ? document->find(what) : nullptr;
    return value == nullptr ? 0 : value->as_number().value_or(0);
}

/// An instrument's own program that hands its readings to an agent, line by line, and waits for each answer.
class Teller {
public:
    Teller(Stand& stand, const Instrument& instrument)
        : instrument_(instrument), agent_(start(instrument)), socket_(connect(stand)) {}

    /// How long the agent took to answer; anything but `ok` within ten seconds throws.
    std::chrono::milliseconds tell_next() {
        const int n = ++told_count_;
        const Told told{Lane::telemetry, 1'583'748'873'000'000 + n * std::int64_t{1'000'000}, 5, 0,
                        10 + n / 100.0};
        const auto line = fmt::format("{{\"parameter\":\"temperature\",\"value\":{},\"at\":\"{}\"}}\n",
                                      told.value, to_rfc3339(WallTime{told.at_us}));
        const auto began = std::chrono::steady_clock::now();
        char answer[256];
        if (::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(line.size()))
            throw std::runtime_error("the agent takes no line");
        const ssize_t got = ::recv(socket_.get(), answer, sizeof answer, 0);
        if (got <= 0 || std::string_view(answer, static_cast<std::size_t>(got)) != "{\"ok\":true}\n")
            throw std::runtime_error("the agent does not take " + line);
        told_.push_back(told);
        return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                     began);
    }

    [[nodiscard]] const std::vector<Told>& told() const { return told_; }
    [[nodiscard]] ChildProcess& agent() { return agent_; }
    /// Its end, once all is stored.
    void end() {
        if (!test::eventually(
                60s, [&] { return stored(); }, 100ms))
            throw std::runtime_error("what was told in lines is not stored");
        agent_.terminate(test::patience);
    }

private:
    [[nodiscard]] bool stored() const {
        return said(instrument_, "recorded") >= static_cast<double>(told_.size()) &&
               said(instrument_, "backlog") == 0;
    }
    static std::filesystem::path socket_path(const Instrument& instrument) {
        return instrument.directory / "lines";
    }
    static ChildProcess start(const Instrument& instrument) {
        SpawnOptions options;
        options.argv = {test::program("watchglass-agent").string(),
                        "run",
                        "--dir",
                        instrument.directory.string(),
                        "--source",
                        "lines",
                        "--socket",
                        socket_path(instrument).string(),
                        "--dictionary",
                        "pump-test-bench",
                        "--flush",
                        "10ms",
                        "--sync",
                        "10ms",
                        "--journal-megabytes",
                        "4"};
        options.out = NullStream{};
        options.err = FileStream{instrument.directory / "agent.log"};
        auto spawned = ChildProcess::spawn(options);
        if (!spawned) throw std::runtime_error(spawned.error().message());
        return std::move(*spawned);
    }
    [[nodiscard]] UniqueFd connect(const Stand& stand) const {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const auto path = socket_path(instrument_).string();
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        UniqueFd fd;
        const bool up = test::eventually([&] {
            fd = UniqueFd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
            return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        });
        if (!up) throw std::runtime_error("the agent does not listen:\n" + stand.words(instrument_));
        const timeval most{10, 0};
        (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
        return fd;
    }

    Instrument instrument_;
    ChildProcess agent_;
    UniqueFd socket_;
    int told_count_ = 0;
    std::vector<Told> told_;
};

/// An instrument that knows no window: frames of 32 KB, all for a place far beyond what it has told, so that none of them
/// can be stored.
class Flood {
public:
    Flood(test::TestBroker& broker, const Instrument& instrument) {
        Envelope envelope;
        envelope.stream = {Lane::telemetry, Epoch{77}};
        envelope.seq = StreamSeq{1'000'000};
        envelope.content = Bytes(32 << 10);
        frame_ = {.topic = topics::of(instrument.device.id, topics::Channel::up_telemetry),
                  .payload = codec::encode_envelope(envelope).value()};
        mqtt::SessionSettings settings;
        settings.policy = broker.as_device(instrument.device);
        settings.client_id = instrument.device.id.text();
        settings.window = 200;
        session_ = mqtt::make_paho_session(std::move(settings), {});
        if (!session_->start() || !test::eventually([&] { return session_->connected(); }))
            throw std::runtime_error("the flood does not begin: " + broker.log());
    }

    /// Sends until `enough`, which is asked every hundred frames.
    template <class Enough>
    [[nodiscard]] bool until(Enough enough) {
        return test::eventually(
            60s,
            [&] {
                for (int sent = 0; sent < 100 && session_->publish(frame_, 0);) ++sent, ++count_;
                return enough();
            },
            10ms);
    }
    [[nodiscard]] int count() const { return count_; }

private:
    mqtt::Message frame_;
    std::unique_ptr<mqtt::Session> session_;
    int count_ = 0;
};

/// The most that anybody held, sampled all along.
struct Held {
    double ingest = 0;
    double broker = 0;
    double agent = 0;
    double agent_unsynced = 0;
    double queue_messages = 0;
    double queue_bytes = 0;
    double inbox_bytes = 0;
};

}  // namespace

TEST_CASE("while PostgreSQL is away everybody's memory stays bounded, and no instrument is blocked",
          "[faults]") {
    RelayedStand on;
    Stand& stand = on.stand;
    auto& postgres = test::PostgresCluster::shared();
    auto ingest = stand.spawn_ingest();
    stand.run_agent(stand.enroll(), {warm_up, "max"});

    std::vector<std::pair<Instrument, ChildProcess>> agents;
    const auto metric = [&](const char* name) { return stand.ingest_counter(name); };
    const double ingest_before = metric("process_resident_memory_bytes");
    const double broker_before = resident_bytes(stand.broker().pid());
    REQUIRE(ingest_before > 0);
    for (int i = 0; i < agents_at_once; ++i) {
        const auto instrument = stand.enroll();
        agents.emplace_back(instrument, stand.spawn_agent(instrument, {rows, pace, {}, journal_megabytes}));
    }
    const auto line_instrument = stand.enroll();
    Teller teller{stand, line_instrument};
    const auto flooding = stand.enroll();
    Flood flood{stand.broker(), flooding};

    Held most;
    bool ingest_asleep = false;
    const auto sample = [&] {
        const auto note = [](double& so_far, double now) { so_far = std::max(so_far, now); };
        note(most.broker, resident_bytes(stand.broker().pid()));
        for (auto& [instrument, agent] : agents) {
            note(most.agent, resident_bytes(agent.pid()));
            note(most.agent_unsynced, said(instrument, "bytes_in_memory"));
        }
        note(most.agent_unsynced, said(line_instrument, "bytes_in_memory"));
        if (ingest_asleep) return;
        note(most.ingest, metric("process_resident_memory_bytes"));
        note(most.queue_messages, metric("watchglass_ingest_queue_messages"));
        note(most.queue_bytes, metric("watchglass_ingest_queue_bytes"));
        note(most.inbox_bytes, metric("watchglass_ingest_inbox_bytes"));
    };

    // Away at a moment when ingestd holds frames: it cannot commit first, then there is nobody to ask.
    on.relay.set_gate([](const Passing& passing) -> Passage {
        if (as_text(passing.bytes).find("COMMIT") == std::string_view::npos)
            return {passing.bytes.size(), Then::go_on};
        return {0, Then::cut};
    });
    REQUIRE(test::eventually([&] { return metric("watchglass_ingest_commits_unknown_total") > 0; }));
    postgres.kill();
    const auto away_since = std::chrono::steady_clock::now();
    std::vector<double> recorded;
    for (const auto& [instrument, agent] : agents) recorded.push_back(said(instrument, "recorded"));

    // 1. The intake fills, taking stops, what the link still brings is dropped.
    CHECK(flood.until([&] {
        sample();
        return metric("watchglass_ingest_inbox_dropped_total") > 0;
    }));
    CHECK(most.queue_bytes >= intake_bytes);

    // 2. ingestd does not even listen: the broker's own queue overflows.
    ingest.signal(SIGSTOP);
    ingest_asleep = true;
    CHECK(flood.until([&] {
        sample();
        return stand.broker().log().find("Outgoing messages are being dropped") != std::string::npos;
    }));
    ingest.signal(SIGCONT);
    ingest_asleep = false;

    // 3. All that time the instruments record.
    std::chrono::milliseconds slowest{0};
    for (int n = 0; n < asked_lines; ++n) slowest = std::max(slowest, teller.tell_next());
    for (std::size_t i = 0; i < agents.size(); ++i) {
        INFO(stand.words(agents[i].first));
        CHECK(test::eventually(
            30s,
            [&] {
                sample();
                return said(agents[i].first, "recorded") >= recorded[i] + 1'000;
            },
            100ms));
        CHECK(agents[i].second.running());
        CHECK(said(agents[i].first, "dropped") == 0);
    }
    CHECK(teller.agent().running());
    const double dropped = metric("watchglass_ingest_inbox_dropped_total");
    const auto away =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - away_since);

    // 4. It returns, and everything is stored once.
    on.relay.set_gate({});
    bring_postgres_back();
    Verdict verdict;
    for (auto& [instrument, agent] : agents) {
        REQUIRE(test::eventually(
            2min,
            [&] {
                sample();
                return !agent.running();
            },
            50ms));
        INFO(stand.words(instrument) << stand.ingest_words());
        CHECK(agent.wait(0ms)->success());
        verdict.add(stand.judge({.lives = {Life::whole(told_by(rows))}, .excused = {}}, instrument));
    }
    teller.end();
    verdict.add(stand.judge({.lives = {Life::whole(teller.told())}, .excused = {}}, line_instrument));
    verdict.add(stand.judge({}, flooding));
    INFO(verdict.text());
    CHECK(verdict.good());

    constexpr double mega = 1e6;
    fmt::print(
        "flow control: PostgreSQL away for {} ms, {} frames of 32 KB flooded, {} dropped by ingestd; at "
        "most: ingestd {:.0f} "
        "MB (before: {:.0f}), {} messages and {:.0f} MB in its intake, {:.0f} MB before it; Mosquitto {:.0f} "
        "MB (before: "
        "{:.0f}); an agent {:.0f} MB, of it {:.3f} MB not on disk; a reading taken in {} ms; {} lost, {} "
        "duplicated\n",
        away.count(), flood.count(), dropped, most.ingest / mega, ingest_before / mega, most.queue_messages,
        most.queue_bytes / mega, most.inbox_bytes / mega, most.broker / mega, broker_before / mega,
        most.agent / mega, most.agent_unsynced / mega, slowest.count(), verdict.lost, verdict.duplicated);
    CHECK(most.ingest < ingest_before + ingest_growth_bytes);
    CHECK(most.broker < broker_before + broker_growth_bytes);
    CHECK(most.agent < agent_resident_bytes);
    CHECK(most.agent_unsynced <= agent_bytes_in_memory);
    CHECK(ingest.running());
}
