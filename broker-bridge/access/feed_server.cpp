// SPDX-License-Identifier: Apache-2.0
#include "broker-bridge/access/feed_server.h"

#include <algorithm>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "libs/foundation/log.h"

namespace watchglass::broker {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds poll_interval{1'000};  // notifications make it faster, never necessary
constexpr std::size_t changes_at_once = 1'000;
constexpr std::size_t most_unsent = 4u << 20;
constexpr std::size_t most_presence_waiting = 200'000;

/// Only the last word about each device, in the order of those last words.
std::vector<PresenceChange> latest_only(std::vector<PresenceChange> changes) {
    std::vector<PresenceChange> latest;
    std::unordered_map<DeviceId, bool> seen;
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
        if (seen.emplace(change->device, true).second) latest.push_back(std::move(*change));
    }
    std::reverse(latest.begin(), latest.end());
    return latest;
}

}  // namespace

FeedServer::FeedServer(std::filesystem::path socket, FeedStore& store)
    : path_(std::move(socket)), store_(store) {}

FeedServer::~FeedServer() { stop(); }

Result<void> FeedServer::start() {
    auto listening = listen_on(path_);
    if (!listening) return failed(listening);
    listening_ = *std::move(listening);
    thread_ = std::thread([this] { run(); });
    return {};
}

void FeedServer::stop() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    wake_.set();
    thread_.join();
    ::unlink(path_.c_str());
}

void FeedServer::run() {
    while (!stopping_) {
        wait_for_any({{.fd = listening_.get()},
                      {.fd = plugin_ ? plugin_->fd() : -1, .to_write = plugin_ && plugin_->unsent() > 0}},
                     wake_, poll_interval);
        accept_plugin();
        if (plugin_) {
            if (auto taken = take_in(); !taken) drop_plugin(taken.error());
        }
        hand_on();
        if (plugin_) {
            if (auto sent = send_changes(); !sent) drop_plugin(sent.error());
        }
    }
    plugin_.reset();
    plugin_connected_ = false;
}

void FeedServer::accept_plugin() {
    UniqueFd fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) return;
    plugin_.emplace(std::move(fd));
    position_.reset();
    snapshot_due_ = false;
    present_so_far_.clear();
    plugin_connected_ = true;
    log::info("bridge.plugin_connected", "The broker's plugin is connected.");
}

void FeedServer::drop_plugin(const Failure& why) {
    plugin_.reset();
    plugin_connected_ = false;
    log::failure(log::Level::warning, "bridge.plugin_lost", why);
}

Result<void> FeedServer::take_in() {
    auto lines = plugin_->read();
    if (!lines) return failed(lines);
    for (const auto& line : *lines) {
        auto message = read_from_plugin(line);
        if (!message) return failed(message);
        take_in(*std::move(message));
    }
    if (changes_.size() > most_presence_waiting)
        return failed(Failure{watchglass::codes::unavailable, Next::retry_later,
                              "Presence cannot be stored; the plugin tells it anew when it connects again.",
                              ""});
    return plugin_->flush();
}

void FeedServer::take_in(FromPlugin message) {
    if (const auto* hello = std::get_if<Hello>(&message)) {
        position_ = hello->have;
        snapshot_due_ = hello->have <= 0;
    } else if (const auto* confirmed = std::get_if<Confirmed>(&message)) {
        confirmation_ = confirmed->through;
    } else if (auto* change = std::get_if<PresenceChange>(&message)) {
        changes_.push_back(std::move(*change));
    } else if (auto* part = std::get_if<PresentPart>(&message)) {
        present_so_far_.insert(present_so_far_.end(), part->devices.begin(), part->devices.end());
        if (part->more) return;
        present_ = std::exchange(present_so_far_, {});
        changes_.clear();  // older than the whole list
    } else {
        store_.counts(std::get<Counts>(message));
    }
}

Result<void> FeedServer::send_changes() {
    if (!position_) return {};
    while (plugin_->unsent() < most_unsent) {
        if (snapshot_due_) {
            if (auto sent = send_snapshot(); !sent || snapshot_due_) return sent;
        }
        auto changes = store_.changes_after(*position_, changes_at_once);
        if (!changes) {
            log::failure(log::Level::warning, "bridge.changes_not_read", changes.error());
            return {};
        }
        if (!*changes) {
            snapshot_due_ = true;
            continue;
        }
        for (const auto& change : **changes) {
            if (auto written = plugin_->write(to_line(change)); !written) return written;
            position_ = change.n;
        }
        sent_through_ = *position_;
        if ((*changes)->size() < changes_at_once) return {};
    }
    return {};
}

Result<void> FeedServer::send_snapshot() {
    const auto snapshot = store_.snapshot();
    if (!snapshot) {
        log::failure(log::Level::warning, "bridge.snapshot_not_read", snapshot.error());
        return {};
    }
    for (const auto& part : in_parts(*snapshot)) {
        if (auto written = plugin_->write(to_line(part)); !written) return written;
    }
    position_ = snapshot->through;
    sent_through_ = snapshot->through;
    snapshot_due_ = false;
    log::info("bridge.snapshot_sent", "The broker's plugin got the whole access list.",
              {{"through", snapshot->through}, {"certificates", snapshot->allow.size()}});
    return {};
}

/// What the plugin told, to the store; what fails stays for the next turn.
void FeedServer::hand_on() {
    const auto failed_to = [](std::string_view event, const Result<void>& done) {
        if (!done) log::failure(log::Level::warning, event, done.error());
        return !done;
    };
    if (confirmation_) {
        if (failed_to("bridge.confirmation_not_stored", store_.confirmed(*confirmation_))) return;
        confirmed_through_ = *std::exchange(confirmation_, std::nullopt);
    }
    if (present_) {
        if (failed_to("bridge.presence_not_stored", store_.present(latest_only(*present_)))) return;
        present_.reset();
    }
    if (!changes_.empty()) {
        changes_ = latest_only(std::move(changes_));
        if (failed_to("bridge.presence_not_stored", store_.presence(changes_))) return;
        changes_.clear();
    }
}

}  // namespace watchglass::broker
