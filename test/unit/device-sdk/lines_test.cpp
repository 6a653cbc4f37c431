// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <thread>

#include <catch2/catch.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "device-sdk/agent/lines_source.h"
#include "device-sdk/src/client/identity_directory.h"
#include "libs/foundation/file.h"
#include "test/support/temporary_directory.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace watchglass::agent;
using namespace std::chrono_literals;
using watchglass::test::eventually;
using watchglass::test::TemporaryDirectory;

namespace {

/// An agent of a device whose platform is not there: everything is recorded, nothing is stored.
struct Bench {
    Bench() {
        const device::IdentityDirectory identity{directory.path()};
        REQUIRE(identity.prepare());
        REQUIRE(identity.save({*DeviceId::parse("abcdefghijklmnopqrstuvwxyz"),
                               {"127.0.0.1", 1, "mqtt"},
                               {"127.0.0.1", 1, ""}}));
        device::Options options;
        options.directory = directory.path();
        options.dictionary.name = "bench";
        ParameterDefinition level;
        level.number = ParameterNumber{1};
        level.name = "level";
        options.dictionary.parameters = {level};
        auto opened = device::Device::open(options);
        REQUIRE(opened);
        device = std::move(*opened);
        thread = std::thread([this] { (void)source.run(*device, stop); });
        REQUIRE(eventually(30s, [&] { return bool{connect()}; }));
    }
    ~Bench() {
        stop.raise();
        if (thread.joinable()) thread.join();
    }
    [[nodiscard]] UniqueFd connect() const {
        UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
        if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd.reset();
        return fd;
    }
    static void say(const UniqueFd& client, std::string_view text) {
        REQUIRE(::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(text.size()));
    }
    /// Nothing when no whole line came in time.
    static std::string answer(const UniqueFd& client) {
        std::string line;
        const timeval patience{20, 0};
        ::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        for (char c = 0; ::recv(client.get(), &c, 1, 0) == 1;) {
            if (c == '\n') return line;
            line += c;
        }
        return {};
    }

    TemporaryDirectory directory;
    std::filesystem::path socket = directory.path() / "lines";
    std::unique_ptr<device::Device> device;
    LinesSource source{socket};
    StopSign stop;
    std::thread thread;
};

constexpr std::string_view reading = "{\"parameter\": \"level\", \"value\": 1}\n";

}  // namespace

TEST_CASE("each line is answered, and a silent client keeps no other waiting", "[agent][lines]") {
    Bench bench;
    const UniqueFd silent = bench.connect();
    const UniqueFd talking = bench.connect();
    Bench::say(talking, reading);
    CHECK(Bench::answer(talking) == "{\"ok\":true}");
    Bench::say(talking, "{\"parameter\": \"nonsense\", \"value\": 1}\nno json\n");
    CHECK(Bench::answer(talking).find("json.unexpected") != std::string::npos);
    CHECK(Bench::answer(talking).find("json.malformed") != std::string::npos);
    CHECK(bench.device->link_status().dropped == 0);
}

TEST_CASE("a client that only writes stops neither the others nor the agent's end", "[agent][lines]") {
    Bench bench;
    const UniqueFd deaf = bench.connect();
    // Until neither its answers nor its lines fit any buffer.
    std::string many;
    for (int i = 0; i < 100; ++i) many += reading;
    pollfd room{.fd = deaf.get(), .events = POLLOUT, .revents = 0};
    while (::poll(&room, 1, 100) > 0)
        (void)::send(deaf.get(), many.data(), many.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    const UniqueFd other = bench.connect();
    Bench::say(other, reading);
    CHECK(Bench::answer(other) == "{\"ok\":true}");
    bench.stop.raise();
    bench.thread.join();
}

TEST_CASE("a thousand lines written without waiting get a thousand answers", "[agent][lines]") {
    Bench bench;
    const UniqueFd client = bench.connect();
    std::thread writer([&] {
        for (int i = 0; i < 1000; ++i) {
            if (::send(client.get(), reading.data(), reading.size(), MSG_NOSIGNAL) < 0) return;
        }
    });
    int answered = 0;
    while (answered < 1000 && Bench::answer(client) == "{\"ok\":true}") ++answered;
    writer.join();
    CHECK(answered == 1000);
}
