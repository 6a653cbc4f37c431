// SPDX-License-Identifier: Apache-2.0
#include "storage/read/tail.h"

#include <atomic>
#include <map>
#include <thread>

#include <catch2/catch.hpp>

#include "test/integration/storage/one_frame.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace watchglass::storage;
using namespace watchglass::test;

TEST_CASE("a tail that listens sees what two writers commit, each change once and each stream in order") {
    TestDatabase database;
    database.add_tenant(2, "other");
    const DeviceKey devices[] = {database.add_device(device_id(first_device), 1),
                                 database.add_device(device_id(second_device), 2)};
    const auto dictionary = database.dictionary("pump-test-bench");
    auto listener = Listener::open(database.dsn("wg_console"), "test", {tail_channel});
    REQUIRE(listener);

    constexpr int frames = 25;
    ConnectionPool pool{pool_of(database, "wg_ingest")};
    std::atomic<int> stored{0};
    std::vector<std::thread> writers;
    for (const DeviceKey& device : devices)
        writers.emplace_back([&, device] {
            TelemetryWriter writer{pool};
            for (std::uint64_t seq = 1; seq <= frames; ++seq) {
                OneFrame frame{device, dictionary, 7, seq, noon, {static_cast<double>(seq)}};
                if (writer.commit(frame.batch()).committed == Committed::yes) ++stored;
            }
        });
    for (auto& writer : writers) writer.join();
    REQUIRE(stored == 2 * frames);

    auto console = database.connect("wg_console");
    std::map<std::string, std::vector<double>> everybody, one_tenant;
    int commits = 0;
    while (commits < 2 * frames) {
        const auto heard = listener->wait(patience);
        REQUIRE(heard);
        REQUIRE(!heard->empty());
        for (const Notification& notification : *heard) {
            const auto commit = parse_commit_number(notification.payload);
            REQUIRE(commit);
            ++commits;
            const auto all = read_commit(console, {}, *commit, {});
            INFO((all ? "" : all.error().cause));
            REQUIRE(all);
            for (const TailChange& change : *all) everybody[change.device.text()].push_back(*change.value);
            const auto narrowed = read_commit(console, {TenantNumber{1}}, *commit, {});
            REQUIRE(narrowed);
            for (const TailChange& change : *narrowed)
                one_tenant[change.device.text()].push_back(*change.value);
        }
    }
    std::vector<double> expected;
    for (int i = 1; i <= frames; ++i) expected.push_back(i);
    CHECK(everybody[std::string(first_device)] == expected);
    CHECK(everybody[std::string(second_device)] == expected);
    CHECK(one_tenant.size() == 1);
    CHECK(one_tenant[std::string(first_device)] == expected);
}

TEST_CASE("a tail can be narrowed to a device and a parameter") {
    TestDatabase database;
    const DeviceKey device = database.add_device(device_id(first_device));
    const auto dictionary = database.dictionary("pump-test-bench");
    ConnectionPool pool{pool_of(database, "wg_ingest")};
    TelemetryWriter writer{pool};
    OneFrame frame{device, dictionary, 7, 1, noon, {1.0, 2.0}};
    REQUIRE(writer.commit(frame.batch()).committed == Committed::yes);
    const auto commit = database.number("SELECT max(commit) FROM watchglass.commits");
    const auto name = database.value(
        "SELECT name FROM watchglass.dictionary_parameters WHERE number = 2 AND dictionary = " +
        std::to_string(dictionary.value()));
    auto console = database.connect("wg_console");
    CHECK(read_commit(console, {}, commit, {device_id(first_device), {}})->size() == 2);
    CHECK(read_commit(console, {}, commit, {device_id(second_device), {}})->empty());
    const auto one = read_commit(console, {}, commit, {{}, name});
    REQUIRE(one->size() == 1);
    CHECK(one->front().parameter == name);
    CHECK(one->front().value == 2.0);
}

TEST_CASE("a payload that is no number names no commit") {
    CHECK(parse_commit_number("17") == 17);
    CHECK(!parse_commit_number(""));
    CHECK(!parse_commit_number("17x"));
}
