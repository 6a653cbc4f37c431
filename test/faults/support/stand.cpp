// SPDX-License-Identifier: Apache-2.0
#include "test/faults/support/stand.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

#include "device-sdk/src/client/identity_directory.h"
#include "libs/http/client.h"
#include "test/faults/support/tables.h"
#include "test/support/running_stack.h"
#include "test/support/wait.h"

namespace watchglass::faults {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::size_t made_at_once = 16;
constexpr std::array<const char*, 4> calls{"write", "sync", "name", "send"};

template <class T>
T must(Result<T> result, const std::string& what) {
    if (!result)
        throw std::runtime_error(what + ": " + result.error().message() + " " + result.error().cause);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

fs::path trusted(const security::ConnectionPolicy& policy) {
    return std::get<security::TrustBundle>(policy.trust).file;
}

std::string end_of(const fs::path& file) {
    constexpr std::size_t most = 3000;
    const auto text = read_file(file).value_or("");
    return text.size() > most ? text.substr(text.size() - most) : text;
}

}  // namespace

Stand::Stand()
    : feed_(broker_.plugin_socket(), access_),
      ingest_dsn_(database_.dsn("wg_ingest")),
      ingest_port_(broker_.services_port()) {
    must(feed_.start(), "access stream");
    broker_.hand_over(broker_.plugin_socket());
    broker_.start();
}

Stand::~Stand() = default;

/// Several at once, because the broker confirms a change only at its next tick.
void Stand::make_instruments() {
    SystemRng rng;
    std::int64_t last = 0;
    for (std::size_t i = 0; i < made_at_once; ++i) {
        const auto id = DeviceId::random(rng);
        const auto device = broker_.make_device(id);
        spare_.emplace_back(device, database_.add_device(id));
        last = access_.allow(device);
    }
    feed_.wake();
    if (!test::eventually([&] { return access_.confirmed_through() >= last; }))
        throw std::runtime_error("the broker did not confirm: " + broker_.log());
}

Instrument Stand::enroll(std::uint16_t mqtt_port) {
    const std::lock_guard lock(mutex_);
    if (spare_.empty()) make_instruments();
    auto [device, key] = std::move(spare_.back());
    spare_.pop_back();

    Instrument instrument{device, key, directory_ / fmt::format("agent-{}", ++count_)};
    fs::create_directory(instrument.directory);
    const device::IdentityDirectory identity{instrument.directory};
    must(identity.prepare(), "identity");
    const auto policy = broker_.as_device(device);
    fs::copy_file(device.identity.certificate_chain, identity.chain());
    fs::copy_file(device.identity.private_key, identity.key());
    fs::copy_file(trusted(policy), identity.trust());
    const auto port = mqtt_port == 0 ? policy.port : mqtt_port;
    must(identity.save({device.id, {policy.host, port, "mqtt"}, {policy.host, port, ""}}), "identity");
    return instrument;
}

ChildProcess Stand::spawn_ingest(const Environment& environment, const std::string& name) {
    const auto policy = broker_.as_service("ingest");
    const auto config = directory_ / ("ingestd-" + name + ".toml");
    const auto text = fmt::format(
        "[postgres]\ndsn = \"{}\"\n"
        "[broker]\nhost = \"{}\"\nport = {}\ntrust_file = \"{}\"\ncertificate_file = \"{}\"\nkey_file = "
        "\"{}\"\n"
        "client_id = \"service-ingest-{}\"\n"
        "[http]\nsocket = \"{}\"\n",
        ingest_dsn_, policy.host, ingest_port_, trusted(policy).string(),
        policy.identity->certificate_chain.string(), policy.identity->private_key.string(), name,
        ingest_socket(name).string());
    must(write_file_atomically(config, text), "configuration");

    SpawnOptions options;
    options.argv = {test::program("watchglass-ingestd").string(), "--config", config.string()};
    options.environment = environment;
    options.out = NullStream{};
    options.err = FileStream{directory_ / "ingestd.log"};
    return must(ChildProcess::spawn(options), "watchglass-ingestd");
}

double Stand::ingest_counter(const std::string& counter, const std::string& name) const {
    http::Client client{ingest_socket(name)};
    http::ClientRequest request;
    request.target = "/metrics";
    const auto body = must(client.send(request), "metrics").body;
    const auto at = body.find("\n" + counter + " ");
    return at == std::string::npos ? 0 : std::strtod(body.c_str() + at + counter.size() + 2, nullptr);
}

ChildProcess Stand::spawn_agent(const Instrument& instrument, const AgentRun& run) {
    const auto recording = directory_ / fmt::format("recording-{}.csv", ++recordings_);
    write_recording(recording, run.rows);
    auto options = test::replaying_agent(instrument.directory, recording, run.speed);
    options.environment = run.environment;
    for (const auto& [name, value] :
         Environment{{"WATCHGLASS_AGENT_FLUSH_INTERVAL", "10ms"},
                     {"WATCHGLASS_AGENT_SYNC_INTERVAL", "10ms"},
                     {"WATCHGLASS_AGENT_JOURNAL_MEGABYTES", std::to_string(run.journal_megabytes)}})
        options.environment.emplace_back(name, value);
    options.out = NullStream{};
    options.err = FileStream{instrument.directory / "agent.log"};
    return must(ChildProcess::spawn(options), "watchglass-agent");
}

void Stand::run_agent(const Instrument& instrument, const AgentRun& run, std::chrono::milliseconds patience) {
    auto agent = spawn_agent(instrument, run);
    const auto ended = agent.wait(patience);
    if (!ended || !ended->success())
        throw std::runtime_error(
            fmt::format("an agent {}:\n{}", ended ? ended->text() : "is not done", words(instrument)));
}

History Stand::history(const Instrument& instrument) const {
    auto connection = database_.connect();
    return read_history(connection, instrument.key);
}

bool Stand::latest_is_current(const Instrument& instrument) const {
    auto connection = database_.connect();
    return faults::latest_is_current(connection, instrument.key);
}

std::string Stand::words(const Instrument& instrument) const {
    return end_of(instrument.directory / "agent.log");
}

std::string Stand::ingest_words() const { return end_of(directory_ / "ingestd.log"); }

void bring_postgres_back() {
    // Its children hold the shared memory until they have noticed.
    const bool up = test::eventually(
        60s,
        [] {
            try {
                test::PostgresCluster::shared().start();
                return true;
            } catch (const std::exception&) {
                return false;
            }
        },
        50ms);
    if (!up) throw std::runtime_error("PostgreSQL does not come back");
}

void make_counts(const fs::path& file) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << std::string(calls.size() * sizeof(std::uint64_t), '\0');
}

std::uint64_t counted(const fs::path& file, const std::string& call) {
    std::array<std::uint64_t, calls.size()> counts{};
    std::ifstream in(file, std::ios::binary);
    in.read(reinterpret_cast<char*>(counts.data()), sizeof counts);
    const auto at = std::find(calls.begin(), calls.end(), call);
    return at == calls.end() ? 0 : counts[static_cast<std::size_t>(at - calls.begin())];
}

Environment with_faults(const fs::path& counts, const Environment& plan) {
    const char* build = std::getenv("WATCHGLASS_BUILD_DIR");
    if (build == nullptr) throw std::runtime_error("WATCHGLASS_BUILD_DIR is not set: run the tests by ctest");
    make_counts(counts);
    // With a sanitizer, its runtime would have to come first; it is told that this is meant.
    Environment environment{{"LD_PRELOAD", std::string{build} + "/lib/watchglass_fault_point.so"},
                            {"ASAN_OPTIONS", "verify_asan_link_order=0"},
                            {"WATCHGLASS_FAULT_COUNTS", counts.string()}};
    for (const auto& [name, value] : plan) environment.emplace_back("WATCHGLASS_FAULT_" + name, value);
    return environment;
}

}  // namespace watchglass::faults
