// SPDX-License-Identifier: Apache-2.0
#include "test/support/mosquitto.h"

#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libs/foundation/clock.h"
#include "test/support/free_port.h"
#include "test/support/wait.h"

namespace watchglass::test {

namespace {

namespace fs = std::filesystem;

template <class T>
T must(Result<T> result, const char* what) {
    if (!result)
        throw std::runtime_error(std::string(what) + ": " + result.error().message() + " " +
                                 result.error().cause);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

fs::path from_environment(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr)
        throw std::runtime_error(std::string(name) + " is not set; run the test through ctest");
    return value;
}

std::string filled_in(std::string text, const std::map<std::string, std::string>& words) {
    for (const auto& [word, value] : words) {
        const auto marked = "@" + word + "@";
        for (auto at = text.find(marked); at != std::string::npos; at = text.find(marked, at + value.size()))
            text.replace(at, marked.size(), value);
    }
    return text;
}

bool answers(std::uint16_t port) {
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

std::optional<std::pair<uid_t, gid_t>> broker_user() {
    if (::geteuid() != 0) return std::nullopt;
    const auto* user = ::getpwnam("mosquitto");
    if (user == nullptr) throw std::runtime_error("there is no user mosquitto");
    return std::pair{user->pw_uid, user->pw_gid};
}

TestBroker::TestBroker()
    : pki_(must(certs::make_development_pki(directory_ / "pki", {}, SystemClock{}), "PKI")),
      devices_port_(free_port()),
      services_port_(free_port()) {
    for (const char* name : {"run", "state", "devices"}) fs::create_directory(directory_ / name);
    const auto source = from_environment("WATCHGLASS_SOURCE_DIR");
    const auto build = from_environment("WATCHGLASS_BUILD_DIR");
    // The broker's user may not be able to enter the directory that the build lies in.
    const auto plugin = directory_ / "watchglass_mosquitto_plugin.so";
    fs::copy_file(build / "lib/watchglass_mosquitto_plugin.so", plugin);
    const auto config =
        filled_in(must(read_file(source / "deploy/mosquitto/mosquitto.conf.in"), "configuration"),
                  {{"plugin", plugin},
                   {"plugin_socket", plugin_socket()},
                   {"plugin_state_file", state_file()},
                   {"service_ca", pki_.service_ca().certificate},
                   {"devices_port", std::to_string(devices_port_)},
                   {"services_port", std::to_string(services_port_)},
                   {"device_authorities", pki_.device_authorities()},
                   {"devices_certificate", pki_.mosquitto_devices().certificate},
                   {"devices_key", pki_.mosquitto_devices().key},
                   {"services_certificate", pki_.mosquitto_services().certificate},
                   {"services_key", pki_.mosquitto_services().key}});
    must(write_file_atomically(directory_ / "mosquitto.conf", config), "configuration");
    hand_over(directory_.path());
    for (const auto& entry : fs::recursive_directory_iterator(directory_.path())) hand_over(entry.path());
}

TestBroker::~TestBroker() {
    if (process_) process_->terminate(std::chrono::seconds{5});
}

void TestBroker::start() {
    SpawnOptions options;
    options.argv = {"mosquitto", "-c", directory_ / "mosquitto.conf"};
    const char* path = std::getenv("PATH");
    options.environment = {{"PATH", std::string(path == nullptr ? "/usr/bin" : path) + ":/usr/sbin"}};
    if (fs::exists("/usr/sbin/mosquitto")) options.argv[0] = "/usr/sbin/mosquitto";
    options.err = FileStream{directory_ / "mosquitto.log"};
    // A plugin built with a sanitizer needs its runtime in the broker before anything else.
    const auto preload = from_environment("WATCHGLASS_BUILD_DIR") / "lib/watchglass_mosquitto_plugin.preload";
    if (fs::exists(preload)) {
        options.environment.emplace_back("LD_PRELOAD", must(read_file(preload), "preload"));
        options.environment.emplace_back("ASAN_OPTIONS", "detect_leaks=0");
    }
    if (const auto user = broker_user()) {
        options.uid = user->first;
        options.gid = user->second;
    }
    process_.emplace(must(ChildProcess::spawn(options), "mosquitto"));
    const bool up = eventually([&] {
        if (!process_->running()) throw std::runtime_error("mosquitto ended:\n" + log());
        return answers(devices_port_) && answers(services_port_);
    });
    if (!up) throw std::runtime_error("mosquitto does not answer:\n" + log());
}

void TestBroker::stop() {
    process_->terminate(std::chrono::seconds{10});
    process_.reset();
}

void TestBroker::kill() {
    process_->signal(SIGKILL);
    process_->wait(patience);
    process_.reset();
}

EnrolledDevice TestBroker::make_device(const DeviceId& id, const std::string& common_name) {
    const auto issuer = must(certs::load_pair(pki_.issuing()), "issuing authority");
    const auto profile = must(certs::builtin_profile("device"), "profile");
    const auto key = must(security::PrivateKey::generate(security::KeyKind::ec_p256), "key");
    const certs::Names names{
        .common_name = common_name.empty() ? id.text() : common_name, .uris = {"urn:uuid:0"}, .hosts = {}};
    const auto certificate =
        must(certs::issue(profile, names, key, issuer, SystemClock{}.wall()), "certificate");
    const auto base = directory_ / ("devices/" + std::to_string(++certificates_));
    EnrolledDevice device{
        .id = id,
        .identity = {.certificate_chain = base.string() + ".pem", .private_key = base.string() + ".key"},
        .fingerprint = certificate.fingerprint()};
    must(write_file_atomically(device.identity.certificate_chain,
                               certificate.to_pem() + issuer.certificate.to_pem()),
         "certificate");
    must(key.save(device.identity.private_key), "key");
    return device;
}

security::ClientIdentity TestBroker::service(const std::string& name) {
    const auto files = pki_.service(name);
    return {.certificate_chain = files.certificate, .private_key = files.key};
}

security::ConnectionPolicy TestBroker::as_device(const EnrolledDevice& device) const {
    return {.host = "localhost",
            .port = devices_port_,
            .trust = security::TrustBundle{pki_.trust_bundle()},
            .identity = device.identity,
            .proxy = {},
            .verification_time = {}};
}

security::ConnectionPolicy TestBroker::as_service(const std::string& name) {
    return {.host = "localhost",
            .port = services_port_,
            .trust = security::TrustBundle{pki_.service_ca().certificate},
            .identity = service(name),
            .proxy = {},
            .verification_time = {}};
}

std::string TestBroker::log() const { return read_file(directory_ / "mosquitto.log").value_or(""); }

void TestBroker::hand_over(const fs::path& path) const {
    const auto user = broker_user();
    if (user && ::lchown(path.c_str(), user->first, user->second) != 0)
        throw std::runtime_error("chown " + path.string());
}

// --- MemoryFeedStore ----------------------------------------------------------------------------------------------

std::int64_t MemoryFeedStore::append(broker::Op op, const EnrolledDevice& device) {
    const std::lock_guard lock(mutex_);
    const auto n = static_cast<std::int64_t>(changes_.size()) + 1;
    changes_.push_back({.n = n, .op = op, .device = device.id, .fingerprint = device.fingerprint});
    return n;
}

std::int64_t MemoryFeedStore::confirmed_through() const {
    const std::lock_guard lock(mutex_);
    return confirmed_;
}

std::optional<broker::PresenceChange> MemoryFeedStore::presence_of(const DeviceId& device) const {
    const std::lock_guard lock(mutex_);
    const auto found = presence_.find(device);
    if (found == presence_.end()) return std::nullopt;
    return found->second;
}

broker::Counts MemoryFeedStore::latest_counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

void MemoryFeedStore::be_away(bool away) {
    const std::lock_guard lock(mutex_);
    away_ = away;
}

Result<void> MemoryFeedStore::here() const {
    if (away_) return failed(Failure{codes::unavailable, Next::retry_later, "", ""});
    return {};
}

Result<broker::Snapshot> MemoryFeedStore::snapshot() {
    const std::lock_guard lock(mutex_);
    if (auto ok = here(); !ok) return failed(ok);
    broker::AccessTable table;
    for (const auto& change : changes_) table.apply(change);
    return table.snapshot();
}

Result<std::optional<std::vector<broker::Change>>> MemoryFeedStore::changes_after(std::int64_t n,
                                                                                  std::size_t most) {
    const std::lock_guard lock(mutex_);
    if (auto ok = here(); !ok) return failed(ok);
    if (n > static_cast<std::int64_t>(changes_.size())) return std::nullopt;
    const auto first = changes_.begin() + static_cast<std::ptrdiff_t>(n);
    const auto count = std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(most), changes_.end() - first);
    return std::vector<broker::Change>(first, first + count);
}

Result<void> MemoryFeedStore::confirmed(std::int64_t n) {
    const std::lock_guard lock(mutex_);
    if (auto ok = here(); !ok) return ok;
    confirmed_ = n;
    return {};
}

Result<void> MemoryFeedStore::presence(const std::vector<broker::PresenceChange>& changes) {
    const std::lock_guard lock(mutex_);
    if (auto ok = here(); !ok) return ok;
    for (const auto& change : changes) presence_.insert_or_assign(change.device, change);
    return {};
}

Result<void> MemoryFeedStore::present(const std::vector<broker::PresenceChange>& devices) {
    const std::lock_guard lock(mutex_);
    if (auto ok = here(); !ok) return ok;
    for (auto& [device, change] : presence_) {
        if (change.connected)
            change = {.device = device, .connected = false, .reason = "broker_restarted", .at = {}};
    }
    for (const auto& one : devices) presence_.insert_or_assign(one.device, one);
    return {};
}

void MemoryFeedStore::counts(const broker::Counts& counts) {
    const std::lock_guard lock(mutex_);
    counts_ = counts;
}

}  // namespace watchglass::test
