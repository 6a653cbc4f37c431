// SPDX-License-Identifier: Apache-2.0
#include "broker-bridge/access/feed_client.h"

#include <csignal>
#include <utility>

#include "broker-bridge/access/state_file.h"
#include "libs/foundation/log.h"

namespace watchglass::broker {

namespace {

using std::chrono::milliseconds;

// A peer that stops reading makes us drop the connection, not grow: the next one begins with the whole list.
constexpr std::size_t longest_outbox = 50'000;
constexpr milliseconds disk_retry{1'000};

}  // namespace

// --- SharedAccess -----------------------------------------------------------------------------------------------

Result<Principal> SharedAccess::admit(const Knock& knock,
                                      const std::optional<security::Certificate>& service_authority) const {
    const std::lock_guard lock(mutex_);
    return broker::admit(knock, table_, service_authority);
}

std::int64_t SharedAccess::through() const {
    const std::lock_guard lock(mutex_);
    return table_.through();
}

Snapshot SharedAccess::snapshot() const {
    const std::lock_guard lock(mutex_);
    return table_.snapshot();
}

void SharedAccess::replace(const Snapshot& snapshot) {
    const std::lock_guard lock(mutex_);
    table_.replace(snapshot);
    denials_ = true;
}

void SharedAccess::apply(const Change& change) {
    const std::lock_guard lock(mutex_);
    if (table_.apply(change) && change.op == Op::deny) denials_ = true;
}

// --- FeedClient -------------------------------------------------------------------------------------------------

FeedClient::FeedClient(FeedSettings settings, SharedAccess& access)
    : settings_(std::move(settings)),
      access_(access),
      backoff_(settings_.reconnect_first, settings_.reconnect_most, rng_) {}

FeedClient::~FeedClient() { stop(); }

void FeedClient::start() {
    if (auto loaded = load_state(settings_.state_file)) {
        on_disk_ = loaded->through;
        access_.replace(*loaded);
        log::info("broker.state_loaded", "Known devices are served from the copy on disk.",
                  {{"through", loaded->through}, {"certificates", loaded->allow.size()}});
    } else {
        log::failure(log::Level::error, "broker.state_unusable", loaded.error());
    }
    // The broker's signals are the broker's: its loop must be the one they interrupt.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void FeedClient::stop() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    wake_.set();
    thread_.join();
}

void FeedClient::post(const FromPlugin& message) {
    if (!connected_) return;
    {
        const std::lock_guard lock(outbox_mutex_);
        if (outbox_.size() > longest_outbox) return;
        outbox_.push_back(to_line(message));
    }
    wake_.set();
}

void FeedClient::run() {
    while (!stopping_) {
        if (!socket_ && !connect()) {
            wait_for_any({}, wake_, backoff_.next());
            continue;
        }
        if (auto done = exchange(); !done) {
            disconnect(done.error());
            continue;
        }
        wait_for_any({{.fd = socket_->fd(), .to_write = socket_->unsent() > 0}}, wake_,
                     disk_behind_ ? disk_retry : milliseconds{60'000});
    }
}

bool FeedClient::connect() {
    auto connected = LineSocket::connect(settings_.socket);
    if (!connected) return false;
    socket_.emplace(*std::move(connected));
    incoming_ = {};
    confirmed_ = -1;
    {
        const std::lock_guard lock(outbox_mutex_);
        outbox_.clear();
        outbox_.push_back(to_line(Hello{access_.through()}));
    }
    connected_ = true;
    wants_present_ = true;
    log::info("broker.feed_connected", "The access stream is connected.", {{"have", access_.through()}});
    return true;
}

void FeedClient::disconnect(const Failure& why) {
    connected_ = false;
    socket_.reset();
    log::failure(log::Level::warning, "broker.feed_lost", why);
}

/// Everything that can be done without waiting: read, apply, save, confirm, write.
Result<void> FeedClient::exchange() {
    auto lines = socket_->read();
    if (!lines) return failed(lines);
    for (const auto& line : *lines) {
        if (auto taken = take_in(line); !taken) return taken;
    }
    if (!lines->empty()) backoff_.reset();
    if (auto confirmed = confirm(); !confirmed) return confirmed;

    std::deque<std::string> out;
    {
        const std::lock_guard lock(outbox_mutex_);
        if (outbox_.size() > longest_outbox)
            return failed(Failure{watchglass::codes::unavailable, Next::retry_later,
                                  "The other side does not read.", ""});
        out.swap(outbox_);
    }
    for (const auto& line : out) {
        if (auto written = socket_->write(line); !written) return written;
    }
    return socket_->flush();
}

Result<void> FeedClient::take_in(const std::string& line) {
    auto message = read_to_plugin(line);
    if (!message) return failed(message);
    if (const auto* change = std::get_if<Change>(&*message)) {
        access_.apply(*change);
        return {};
    }
    auto& part = std::get<SnapshotPart>(*message);
    incoming_.through = part.part.through;
    incoming_.allow.insert(incoming_.allow.end(), part.part.allow.begin(), part.part.allow.end());
    if (part.more) return {};
    access_.replace(std::exchange(incoming_, {}));
    on_disk_ = -1;  // a snapshot may carry the number we had: it is saved whatever its number
    return {};
}

/// Tells how far we are, but only what would survive a power cut.
Result<void> FeedClient::confirm() {
    const auto through = access_.through();
    if (on_disk_ != through) {
        const auto snapshot = access_.snapshot();
        if (auto saved = save_state(settings_.state_file, snapshot); !saved) {
            disk_behind_ = true;
            log::failure(log::Level::error, "broker.state_not_saved", saved.error());
            return {};
        }
        disk_behind_ = false;
        on_disk_ = snapshot.through;
    }
    if (confirmed_ == on_disk_) return {};
    confirmed_ = on_disk_;
    return socket_->write(to_line(Confirmed{on_disk_}));
}

}  // namespace watchglass::broker
