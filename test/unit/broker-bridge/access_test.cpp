// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "broker-bridge/access/access_table.h"
#include "broker-bridge/access/codes.h"
#include "broker-bridge/access/protocol.h"
#include "broker-bridge/access/state_file.h"
#include "libs/foundation/file.h"
#include "test/support/temporary_directory.h"

using namespace watchglass;
using namespace watchglass::broker;

namespace {

DeviceId device(char first) { return *DeviceId::parse(std::string(1, first) + std::string(25, 'a')); }

Fingerprint print(std::uint8_t first) {
    Fingerprint fingerprint{};
    fingerprint[0] = first;
    return fingerprint;
}

Change allow(std::int64_t n, char who, std::uint8_t what) { return {n, Op::allow, device(who), print(what)}; }
Change deny(std::int64_t n, char who, std::uint8_t what) { return {n, Op::deny, device(who), print(what)}; }

}  // namespace

TEST_CASE("only what is listed is allowed, by device and fingerprint together") {
    AccessTable table;
    CHECK_FALSE(table.allows(device('a'), print(1)));
    table.apply(allow(1, 'a', 1));
    table.apply(allow(2, 'b', 2));
    CHECK(table.allows(device('a'), print(1)));
    CHECK_FALSE(table.allows(device('a'), print(2)));
    CHECK_FALSE(table.allows(device('b'), print(1)));
}

TEST_CASE("a device that renews keeps its other certificate when one is denied") {
    AccessTable table;
    table.apply(allow(1, 'a', 1));
    table.apply(allow(2, 'a', 2));
    table.apply(deny(5, 'a', 1));
    CHECK_FALSE(table.allows(device('a'), print(1)));
    CHECK(table.allows(device('a'), print(2)));
    table.apply(deny(6, 'a', 2));
    CHECK_FALSE(table.knows(device('a')));
    CHECK(table.through() == 6);
}

TEST_CASE("a change that was applied before does not undo a later one") {
    AccessTable table;
    table.apply(allow(1, 'a', 1));
    table.apply(deny(2, 'a', 1));
    CHECK_FALSE(table.apply(allow(1, 'a', 1)));
    CHECK_FALSE(table.allows(device('a'), print(1)));
}

TEST_CASE("a snapshot replaces everything, also with a lower number") {
    AccessTable table;
    table.apply(allow(9, 'a', 1));
    table.replace({.through = 4, .allow = {{device('b'), print(2)}}});
    CHECK_FALSE(table.allows(device('a'), print(1)));
    CHECK(table.allows(device('b'), print(2)));
    CHECK(table.through() == 4);
}

TEST_CASE("every line of the stream reads back as it was written") {
    const ToPlugin change = deny(7, 'a', 3);
    CHECK(std::get<Change>(*read_to_plugin(to_line(change))) == std::get<Change>(change));
    const ToPlugin part =
        SnapshotPart{.part = {.through = 3, .allow = {{device('c'), print(9)}}}, .more = true};
    const auto read = read_to_plugin(to_line(part));
    REQUIRE(read);
    CHECK(std::get<SnapshotPart>(*read).part == std::get<SnapshotPart>(part).part);
    CHECK(std::get<SnapshotPart>(*read).more);

    CHECK(std::get<Hello>(*read_from_plugin(to_line(Hello{12}))).have == 12);
    CHECK(std::get<Confirmed>(*read_from_plugin(to_line(Confirmed{13}))).through == 13);
    const PresenceChange gone{
        .device = device('d'), .connected = false, .reason = "timed_out", .at = WallTime{5}};
    CHECK(std::get<PresenceChange>(*read_from_plugin(to_line(gone))) == gone);
    const PresentPart present{
        .devices = {{.device = device('d'), .connected = true, .reason = "admitted", .at = WallTime{6}}},
        .more = true};
    CHECK(std::get<PresentPart>(*read_from_plugin(to_line(present))).devices == present.devices);
    const Counts counts{.admitted = 3, .denied_operations = 4, .refused = {{"broker.unknown_device", 5}}};
    CHECK(std::get<Counts>(*read_from_plugin(to_line(counts))) == counts);
}

TEST_CASE("a line that is not the stream's is refused, whatever it is") {
    for (const char* line :
         {"", "{", "[]", "null", "{}", R"({"n":1})", R"({"n":"1","op":"allow"})",
          R"({"n":1,"op":"maybe","device":"aaaaaaaaaaaaaaaaaaaaaaaaaa","fingerprint":"00"})",
          R"({"n":1,"op":"allow","device":"aaaaaaaaaaaaaaaaaaaaaaaaaa","fingerprint":"00"})",
          R"({"n":1,"op":"allow","device":"A","fingerprint":"00"})", R"({"snapshot":{}})",
          R"({"snapshot":{"through":1,"allow":[["a"]]}})", R"({"snapshot":{"through":1,"allow":7}})"}) {
        INFO(line);
        const auto read = read_to_plugin(line);
        REQUIRE_FALSE(read);
        CHECK(read.error().code == broker::codes::malformed_line);
    }
    for (const char* line :
         {"", "7", R"({"hello":{}})", R"({"hello":5})", R"({"confirmed":"x"})", R"({"presence":{}})",
          R"({"presence":{"device":"aaaaaaaaaaaaaaaaaaaaaaaaaa","state":"asleep","at_us":1}})",
          R"({"present":{"devices":[[]]}})"}) {
        INFO(line);
        CHECK_FALSE(read_from_plugin(line));
    }
}

TEST_CASE("the copy on disk holds the whole table, however many lines it takes") {
    const test::TemporaryDirectory directory;
    const auto file = directory / "access";
    Snapshot snapshot{.through = 42, .allow = {}};
    const auto count = GENERATE(std::size_t{0}, std::size_t{1}, entries_per_line, entries_per_line + 1);
    for (std::size_t i = 0; i < count; ++i)
        snapshot.allow.emplace_back(device("abcdefgh"[i % 8]), print(static_cast<std::uint8_t>(i)));
    REQUIRE(save_state(file, snapshot));
    const auto loaded = load_state(file);
    REQUIRE(loaded);
    CHECK(*loaded == snapshot);
}

TEST_CASE("a copy that is cut off or damaged is not half a table but none") {
    const test::TemporaryDirectory directory;
    const auto file = directory / "access";
    CHECK(load_state(file)->allow.empty());
    Snapshot snapshot{.through = 1, .allow = {}};
    for (std::size_t i = 0; i < entries_per_line + 5; ++i) snapshot.allow.emplace_back(device('a'), print(1));
    REQUIRE(save_state(file, snapshot));
    const auto whole = *read_file(file);
    REQUIRE(write_file_atomically(file, whole.substr(0, whole.find('\n') + 1)));
    CHECK(load_state(file).error().code == broker::codes::state_unusable);
    REQUIRE(write_file_atomically(file, whole.substr(0, whole.size() / 3)));
    CHECK(load_state(file).error().code == broker::codes::state_unusable);
    REQUIRE(write_file_atomically(file, ""));
    CHECK(load_state(file).error().code == broker::codes::state_unusable);
}
