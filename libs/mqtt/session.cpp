// SPDX-License-Identifier: Apache-2.0
#include "libs/mqtt/session.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <thread>
#include <utility>

#include "libs/foundation/backoff.h"
#include "libs/foundation/clock.h"
#include "libs/mqtt/link.h"
#include "libs/mqtt/publish_window.h"

namespace watchglass::mqtt {

namespace {

using std::chrono::milliseconds;
using Filters = std::set<std::string>;

std::vector<std::string> without(const Filters& all, const Filters& some) {
    std::vector<std::string> rest;
    std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::back_inserter(rest));
    return rest;
}

/// Keeps one link alive at a time, each a fresh one. All events are told on `thread_`.
class ReconnectingSession final : public Session {
public:
    ReconnectingSession(SessionSettings settings, Events events, LinkMaker make_link)
        : settings_(std::move(settings)),
          events_(std::move(events)),
          make_link_(std::move(make_link)),
          inbox_(std::make_shared<Inbox>(settings_.inbox_bytes)),
          window_(settings_.window),
          backoff_(settings_.reconnect_first, settings_.reconnect_most, rng_),
          wanted_(settings_.subscriptions.begin(), settings_.subscriptions.end()) {}

    ~ReconnectingSession() override { stop(milliseconds{500}); }

    Result<void> start() override {
        if (thread_.joinable())
            return failed(
                Failure{watchglass::codes::invalid_argument, Next::give_up, "The session runs already.", ""});
        thread_ = std::thread([this] { run(); });
        return {};
    }

    void stop(milliseconds patience) override {
        const std::lock_guard lock(stop_mutex_);
        if (!thread_.joinable()) return;
        patience_ = patience;
        stopping_ = true;
        inbox_->wake();
        thread_.join();
    }

    Result<void> publish(const Message& message, std::uint64_t ticket) override {
        const std::shared_lock lock(link_mutex_);
        if (!up_) return failed(Failure{codes::not_connected, Next::retry_later, "", ""});
        const auto slot = window_.reserve({.ticket = ticket, .acknowledged = message.qos > 0});
        if (!slot) return failed(Failure{codes::window_full, Next::retry_later, "", ""});
        auto sent = link_->send(message, *slot);
        if (!sent) window_.release(*slot);
        return sent;
    }

    [[nodiscard]] bool connected() const override { return up_; }

    void subscribe_to(std::vector<std::string> subscriptions) override {
        {
            const std::lock_guard lock(wanted_mutex_);
            wanted_ = {std::make_move_iterator(subscriptions.begin()),
                       std::make_move_iterator(subscriptions.end())};
            subscribed_ = false;
        }
        inbox_->wake();
    }

    [[nodiscard]] bool subscribed() const override { return subscribed_; }

    void renew() override {
        renew_ = true;
        inbox_->wake();
    }

    [[nodiscard]] std::uint64_t dropped() const override { return inbox_->dropped(); }
    [[nodiscard]] std::uint64_t waiting_bytes() const override { return inbox_->waiting_bytes(); }

private:
    void run() {
        while (!stopping_) {
            if (!link_ && clock_.steady() >= next_attempt_) dial();
            for (auto& event : inbox_->take(until_next_step())) {
                if (event.link == number_ && link_) handle(std::move(event));
            }
            if (renew_.exchange(false) && link_) {
                backoff_.reset();
                drop(Failure{codes::lost, Next::retry_later, "The connection is made anew.", ""});
                next_attempt_ = clock_.steady();
            }
            if (up_ && !subscribed_) follow_wishes();
            if (link_ && !up_ && clock_.steady() >= give_up_at_)
                drop(
                    Failure{codes::unreachable, Next::retry_later, "The broker did not answer in time.", ""});
        }
        hang_up();
    }

    void dial() {
        ++number_;
        auto link = make_link_(settings_, inbox_, number_);
        give_up_at_ = clock_.steady() + settings_.connect_patience;
        {
            const std::unique_lock lock(link_mutex_);
            link_ = std::move(link);
        }
        if (auto opened = link_->open(); !opened) drop(std::move(opened).error());
    }

    [[nodiscard]] milliseconds until_next_step() const {
        if (link_ && up_) return std::chrono::hours{1};
        const auto left = (link_ ? give_up_at_ : next_attempt_) - clock_.steady();
        return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(left));
    }

    void handle(LinkEvent event) {
        if (auto* arrived = std::get_if<Arrived>(&event.what)) {
            if (events_.on_message) events_.on_message(std::move(arrived->message));
        } else if (const auto* published = std::get_if<Published>(&event.what)) {
            tell(window_.release(published->slot), published->received);
        } else if (const auto* accepted = std::get_if<LinkConnected>(&event.what)) {
            // One below the broker's limit: at the limit the library waits a second.
            window_.limit(accepted->receive_maximum > 1 ? accepted->receive_maximum - 1 : 1);
            follow_wishes();
        } else if (std::holds_alternative<LinkUp>(event.what)) {
            answered();
            if (up_) return;
            backoff_.reset();
            up_ = true;
            if (events_.on_connected) events_.on_connected();
        } else if (std::holds_alternative<Unsubscribed>(event.what)) {
            answered();
        } else {
            drop(std::move(std::get<LinkDown>(event.what).why));
        }
    }

    /// One step from the subscriptions that there are to those that are wanted, unless one is under way.
    void follow_wishes() {
        if (asking_) return;
        std::vector<std::string> surplus;
        std::vector<std::string> missing;
        {
            const std::lock_guard lock(wanted_mutex_);
            surplus = without(confirmed_, wanted_);
            missing = without(wanted_, confirmed_);
            subscribed_ = up_ && surplus.empty() && missing.empty();
        }
        if (subscribed_) return;
        asking_ = true;
        asked_ = confirmed_;
        for (const auto& filter : surplus) asked_.erase(filter);
        if (surplus.empty()) asked_.insert(missing.begin(), missing.end());
        auto asked = surplus.empty() ? link_->subscribe(missing) : link_->unsubscribe(surplus);
        if (!asked) drop(std::move(asked).error());
    }

    void answered() {
        asking_ = false;
        confirmed_ = std::move(asked_);
    }

    void drop(Failure why) {
        remove_link();
        next_attempt_ = clock_.steady() + backoff_.next();
        if (events_.on_lost) events_.on_lost(why);
    }

    void remove_link() {
        std::unique_ptr<Link> old;
        {
            const std::unique_lock lock(link_mutex_);
            up_ = false;
            old = std::move(link_);
        }
        forget_subscriptions();
        old.reset();
        for (const auto& publish : window_.release_all()) tell(publish, false);
    }

    /// They ended with their link.
    void forget_subscriptions() {
        {
            const std::lock_guard lock(wanted_mutex_);
            subscribed_ = false;
        }
        asking_ = false;
        confirmed_.clear();
    }

    void hang_up() {
        if (!link_) return;
        const auto deadline = clock_.steady() + patience_;
        // Once told to disconnect, the library looks for a last acknowledgement only every few seconds.
        const bool down = !up_ || hear_until(deadline, [this] { return window_.idle(); });
        if (!down) {
            link_->close(left_until(deadline));
            hear_until(deadline, [] { return false; });
        }
        remove_link();
    }

    /// Takes what the link still says, until `enough` or the deadline. True: the link is down.
    template <class Enough>
    bool hear_until(SteadyTime deadline, Enough enough) {
        while (!enough() && clock_.steady() < deadline) {
            for (const auto& event : inbox_->take(std::max(milliseconds{1}, left_until(deadline)))) {
                if (event.link != number_) continue;
                if (const auto* published = std::get_if<Published>(&event.what))
                    tell(window_.release(published->slot), published->received);
                if (std::holds_alternative<LinkDown>(event.what)) return true;
            }
        }
        return false;
    }

    [[nodiscard]] milliseconds left_until(SteadyTime deadline) const {
        return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(deadline - clock_.steady()));
    }

    void tell(const std::optional<PublishWindow::Publish>& publish, bool received) {
        if (publish && publish->acknowledged && events_.on_published)
            events_.on_published(publish->ticket, received);
    }

    const SessionSettings settings_;
    const Events events_;
    const LinkMaker make_link_;
    const std::shared_ptr<Inbox> inbox_;
    PublishWindow window_;
    SystemClock clock_;
    SystemRng rng_;
    Backoff backoff_;

    std::mutex wanted_mutex_;
    Filters wanted_;
    std::atomic<bool> subscribed_{false};  ///< changed under wanted_mutex_
    Filters confirmed_;                    ///< by the broker, on this link
    Filters asked_;                        ///< what is confirmed once the broker has answered
    bool asking_ = false;

    std::shared_mutex
        link_mutex_;  ///< held to use link_ from other threads and to change it; never around events
    std::unique_ptr<Link> link_;
    std::atomic<bool> up_{false};
    std::uint32_t number_ = 0;
    SteadyTime next_attempt_{};
    SteadyTime give_up_at_{};

    std::mutex stop_mutex_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> renew_{false};
    milliseconds patience_{0};
    std::thread thread_;
};

}  // namespace

std::unique_ptr<Session> make_session(SessionSettings settings, Events events, LinkMaker make_link) {
    return std::make_unique<ReconnectingSession>(std::move(settings), std::move(events),
                                                 std::move(make_link));
}

std::unique_ptr<Session> make_paho_session(SessionSettings settings, Events events) {
    return make_session(std::move(settings), std::move(events), make_paho_link);
}

}  // namespace watchglass::mqtt
