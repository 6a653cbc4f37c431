// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "test/integration/console/running_console.h"

using namespace watchglass;
using console::story::device;
using console::story::RunningConsole;
using console::story::StoredReadings;

namespace {

/// A client of the live tail that keeps every byte it was sent.
class Follower {
public:
    Follower(const RunningConsole& console, const std::string& target, const std::string& certificate) {
        fd_ = UniqueFd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, console.socket().c_str(), sizeof address.sun_path - 1);
        REQUIRE(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        const std::string request = "GET " + target +
                                    " HTTP/1.1\r\nhost: console\r\nx-client-verify: 0\r\nx-client-cert: " +
                                    console::story::client_certificate_header(certificate) + "\r\n\r\n";
        REQUIRE(::write(fd_.get(), request.data(), request.size()) == static_cast<ssize_t>(request.size()));
        REQUIRE(test::eventually([&] { return count("event: open") == 1; }));
    }

    /// How often `text` has come so far.
    std::size_t count(const std::string& text) {
        read_what_there_is();
        std::size_t found = 0;
        for (std::size_t at = heard_.find(text); at != std::string::npos; at = heard_.find(text, at + 1))
            ++found;
        return found;
    }
    bool ended() {
        read_what_there_is();
        return ended_;
    }
    [[nodiscard]] const std::string& heard() const { return heard_; }

private:
    void read_what_there_is() {
        char buffer[4096];
        while (!ended_) {
            pollfd ready{fd_.get(), POLLIN, 0};
            if (::poll(&ready, 1, 0) <= 0) return;
            const ssize_t n = ::read(fd_.get(), buffer, sizeof buffer);
            if (n <= 0) {
                ended_ = true;
                return;
            }
            heard_.append(buffer, static_cast<std::size_t>(n));
        }
    }

    UniqueFd fd_;
    std::string heard_;
    bool ended_ = false;
};

}  // namespace

TEST_CASE("a tail shows each stored change once and in order", "[integration][console][tail]") {
    RunningConsole console;
    const auto key = console.database.add_device(device("pump"));
    StoredReadings stored{console.database};
    Follower tail{console, "/api/v1/tail", console::story::operator_certificate};
    const WallTime now = SystemClock{}.wall();
    for (int n = 0; n < 100; ++n) stored.temperature(key, 1000 + n, now + Microseconds{n});
    REQUIRE(test::eventually([&] { return tail.count("event: change") == 100; }));
    std::size_t at = 0;
    for (int n = 0; n < 100; ++n) {
        const std::string value = "\"value\":" + std::to_string(1000 + n);
        CHECK(tail.count(value) == 1);
        const std::size_t here = tail.heard().find(value);
        CHECK(here > at);
        at = here;
    }
}

TEST_CASE("a tail shows what it asked for and may see, and nothing else", "[integration][console][tail]") {
    RunningConsole console;
    console.database.add_tenant(2, "other");
    const auto ours = console.database.add_device(device("ours"), 1);
    const auto second = console.database.add_device(device("second"), 1);
    const auto theirs = console.database.add_device(device("theirs"), 2);
    const std::string guest = "the guest's certificate";
    console.add_operator(guest, TenantNumber{1});

    Follower of_tenant{console, "/api/v1/tail", guest};
    Follower of_device{console, "/api/v1/tail?device=" + device("ours").text(), guest};
    Follower of_parameter{console, "/api/v1/tail?parameter=pressure", guest};
    StoredReadings stored{console.database};
    const WallTime now = SystemClock{}.wall();
    stored.temperature(theirs, 1, now);
    stored.temperature(second, 2, now);
    stored.temperature(ours, 3, now);
    REQUIRE(test::eventually([&] { return of_tenant.count("event: change") == 2; }));
    REQUIRE(test::eventually([&] { return of_device.count("event: change") == 1; }));
    CHECK(of_device.count(device("ours").text()) == 1);
    CHECK(of_tenant.count(device("theirs").text()) == 0);
    CHECK(of_parameter.count("event: change") == 0);
}

TEST_CASE("a tail that can no longer be complete is ended, so that its client knows",
          "[integration][console][tail]") {
    RunningConsole console;
    Follower tail{console, "/api/v1/tail", console::story::operator_certificate};
    console.database.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND usename = 'wg_console'");
    CHECK(test::eventually([&] { return tail.ended(); }));
}
