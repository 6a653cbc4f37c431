// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <mutex>
#include <thread>

#include <catch2/catch.hpp>

#include "libs/mqtt/inbox.h"
#include "libs/mqtt/link.h"
#include "libs/mqtt/publish_window.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace watchglass::mqtt;
using test::eventually;

namespace {

/// The links a session made; the test plays the broker.
struct ScriptedLinks {
    std::mutex mutex;
    std::shared_ptr<Inbox> inbox;
    std::uint32_t newest = 0;
    int alive = 0;
    bool refuse_to_dial = false;
    std::vector<std::uint32_t> sent_slots;
    std::atomic<bool> closed = false;
    std::vector<std::string> asked;  ///< `+a` to subscribe, `-a` to unsubscribe

    class Scripted final : public Link {
    public:
        Scripted(ScriptedLinks& all, std::uint32_t number) : all_(all), number_(number) {}
        ~Scripted() override {
            const std::lock_guard lock(all_.mutex);
            --all_.alive;
        }
        Result<void> open() override {
            const std::lock_guard lock(all_.mutex);
            if (all_.refuse_to_dial)
                return failed(Failure{mqtt::codes::unreachable, Next::retry_later, "", ""});
            return {};
        }
        Result<void> subscribe(const std::vector<std::string>& filters) override {
            all_.note("+", filters);
            all_.post({.link = number_, .what = LinkUp{}});
            return {};
        }
        Result<void> unsubscribe(const std::vector<std::string>& filters) override {
            all_.note("-", filters);
            all_.post({.link = number_, .what = Unsubscribed{}});
            return {};
        }
        Result<void> send(const Message&, std::uint32_t slot) override {
            const std::lock_guard lock(all_.mutex);
            all_.sent_slots.push_back(slot);
            return {};
        }
        void close(std::chrono::milliseconds) override {
            all_.closed = true;
            all_.post({.link = number_, .what = LinkDown{{mqtt::codes::lost, Next::retry_later, "", ""}}});
        }

    private:
        ScriptedLinks& all_;
        std::uint32_t number_;
    };

    LinkMaker maker() {
        return [this](const SessionSettings&, std::shared_ptr<Inbox> box, std::uint32_t number) {
            const std::lock_guard lock(mutex);
            inbox = std::move(box);
            newest = number;
            ++alive;
            return std::make_unique<Scripted>(*this, number);
        };
    }
    std::uint32_t wait_for_dial(std::uint32_t after) {
        REQUIRE(eventually([&] {
            const std::lock_guard lock(mutex);
            return newest > after;
        }));
        const std::lock_guard lock(mutex);
        return newest;
    }
    void post(LinkEvent event) {
        const std::lock_guard lock(mutex);
        inbox->post(std::move(event));
    }
    void note(const std::string& sign, const std::vector<std::string>& filters) {
        const std::lock_guard lock(mutex);
        for (const auto& filter : filters) asked.push_back(sign + filter);
    }
    bool has_asked(const std::vector<std::string>& all) {
        return eventually([&] {
            const std::lock_guard lock(mutex);
            return asked == all;
        });
    }
    void accept(std::uint32_t link, std::size_t receive_maximum = 20) {
        post({.link = link, .what = LinkConnected{receive_maximum}});
    }
    void cut(std::uint32_t link) {
        post({.link = link, .what = LinkDown{{mqtt::codes::lost, Next::retry_later, "", ""}}});
    }
};

struct Told {
    std::mutex mutex;
    int connected = 0;
    int lost = 0;
    std::vector<std::pair<std::uint64_t, bool>> published;

    Events events() {
        Events all;
        all.on_connected = [this] {
            const std::lock_guard lock(mutex);
            ++connected;
        };
        all.on_lost = [this](const Failure&) {
            const std::lock_guard lock(mutex);
            ++lost;
        };
        all.on_published = [this](std::uint64_t ticket, bool received) {
            const std::lock_guard lock(mutex);
            published.emplace_back(ticket, received);
        };
        return all;
    }
    template <class Look>
    bool comes(Look look) {
        return eventually([&] {
            const std::lock_guard lock(mutex);
            return look();
        });
    }
};

SessionSettings quick() {
    SessionSettings settings;
    settings.reconnect_first = std::chrono::milliseconds{1};
    settings.reconnect_most = std::chrono::milliseconds{5};
    return settings;
}

const Message message{.topic = "t", .payload = {1}, .qos = 1, .retain = false};

}  // namespace

TEST_CASE("a lost link is replaced by a fresh one, and what was under way is told as not received") {
    ScriptedLinks links;
    Told told;
    const auto session = make_session(quick(), told.events(), links.maker());
    REQUIRE(session->start());
    const auto first = links.wait_for_dial(0);
    CHECK_FALSE(session->publish(message, 1));
    links.accept(first);
    REQUIRE(told.comes([&] { return told.connected == 1; }));
    REQUIRE(session->publish(message, 7));

    links.cut(first);
    const auto second = links.wait_for_dial(first);
    CHECK(told.comes([&] { return told.published == std::vector{std::pair{std::uint64_t{7}, false}}; }));
    links.post({.link = first, .what = Published{.slot = 0, .received = true}});  // stale: the link is gone
    links.accept(second);
    REQUIRE(told.comes([&] { return told.connected == 2; }));
    CHECK(told.published.size() == 1);
    session->stop(std::chrono::seconds{1});
    CHECK(links.alive == 0);
    CHECK(links.closed);
}

TEST_CASE("subscriptions change on a live link, and only those that differ") {
    ScriptedLinks links;
    Told told;
    auto settings = quick();
    settings.subscriptions = {"a", "b"};
    const auto session = make_session(settings, told.events(), links.maker());
    CHECK_FALSE(session->subscribed());
    REQUIRE(session->start());
    const auto first = links.wait_for_dial(0);
    links.accept(first);
    REQUIRE(eventually([&] { return session->subscribed(); }));
    CHECK(links.has_asked({"+a", "+b"}));

    session->subscribe_to({"b", "c"});
    REQUIRE(eventually([&] { return session->subscribed(); }));
    CHECK(links.has_asked({"+a", "+b", "-a", "+c"}));
    CHECK(told.connected == 1);

    links.cut(first);
    REQUIRE(eventually([&] { return !session->subscribed(); }));
    session->subscribe_to({"d"});
    links.accept(links.wait_for_dial(first));
    REQUIRE(eventually([&] { return session->subscribed(); }));
    CHECK(links.has_asked({"+a", "+b", "-a", "+c", "+d"}));
    CHECK(told.connected == 2);
}

TEST_CASE("the window stays one below what the broker takes at once") {
    ScriptedLinks links;
    Told told;
    auto settings = quick();
    settings.window = 16;
    const auto session = make_session(settings, told.events(), links.maker());
    REQUIRE(session->start());
    const auto link = links.wait_for_dial(0);
    links.accept(link, 4);
    REQUIRE(told.comes([&] { return told.connected == 1; }));
    for (std::uint64_t ticket = 0; ticket < 3; ++ticket) REQUIRE(session->publish(message, ticket));
    const auto refused = session->publish(message, 3);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == mqtt::codes::window_full);
    links.post({.link = link, .what = Published{.slot = links.sent_slots[1], .received = true}});
    REQUIRE(told.comes([&] { return told.published.size() == 1; }));
    CHECK(told.published[0] == std::pair{std::uint64_t{1}, true});
    CHECK(session->publish(message, 3));
}

TEST_CASE("a session that stops hangs up only when what is under way is acknowledged, and then at once") {
    ScriptedLinks links;
    Told told;
    const auto session = make_session(quick(), told.events(), links.maker());
    REQUIRE(session->start());
    const auto link = links.wait_for_dial(0);
    links.accept(link);
    REQUIRE(told.comes([&] { return told.connected == 1; }));
    REQUIRE(session->publish(message, 7));
    std::thread stopping([&] { session->stop(std::chrono::minutes{10}); });
    const bool hung_up_early = eventually(std::chrono::milliseconds{50}, [&] { return links.closed.load(); });
    links.post({.link = link, .what = Published{.slot = 0, .received = true}});
    stopping.join();
    CHECK_FALSE(hung_up_early);
    CHECK(links.closed);
    CHECK(told.published == std::vector{std::pair{std::uint64_t{7}, true}});
}

TEST_CASE("every failed attempt is told, and the session keeps trying") {
    ScriptedLinks links;
    links.refuse_to_dial = true;
    Told told;
    const auto session = make_session(quick(), told.events(), links.maker());
    REQUIRE(session->start());
    CHECK(told.comes([&] { return told.lost >= 5; }));
}

TEST_CASE("a broker that never answers is given up after the connect patience") {
    ScriptedLinks links;
    Told told;
    auto settings = quick();
    settings.connect_patience = std::chrono::milliseconds{20};
    const auto session = make_session(settings, told.events(), links.maker());
    REQUIRE(session->start());
    CHECK(told.comes([&] { return told.lost >= 2; }));
}

TEST_CASE("messages beyond the inbox's bytes are dropped and counted, other events never") {
    Inbox inbox(10);
    const auto arrive = [&] {
        inbox.post(
            {.link = 1, .what = Arrived{{.topic = "t", .payload = Bytes(5), .qos = 0, .retain = false}}});
    };
    arrive();
    arrive();
    inbox.post({.link = 1, .what = LinkUp{}});
    CHECK(inbox.dropped() == 1);
    CHECK(inbox.take(std::chrono::milliseconds{0}).size() == 2);
    arrive();
    CHECK(inbox.take(std::chrono::milliseconds{0}).size() == 1);
}

TEST_CASE("a slot is given back once") {
    PublishWindow window(2);
    const auto slot = window.reserve({.ticket = 5, .acknowledged = true});
    REQUIRE(slot);
    CHECK(window.release(*slot)->ticket == 5);
    CHECK_FALSE(window.release(*slot));
    CHECK_FALSE(window.release(99));
    CHECK(window.reserve({}));
    CHECK(window.reserve({}));
    CHECK_FALSE(window.reserve({}));
    CHECK(window.release_all().size() == 2);
}
