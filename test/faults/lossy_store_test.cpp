// SPDX-License-Identifier: Apache-2.0
#include "test/faults/support/lossy_store.h"

#include <set>

#include <catch2/catch.hpp>
#include <errno.h>

using namespace watchglass;
using namespace watchglass::faults;

namespace {

Bytes some(std::size_t size, std::uint8_t byte) { return Bytes(size, byte); }

/// A directory `d`, itself synced, with an open file `f` in it.
struct OneFile {
    LossyStore store;
    LossyStore::Handle root = 0, directory = 0, file = 0;

    OneFile() {
        REQUIRE(store.make_directory("/d") == 0);
        REQUIRE(store.open("/", root) == 0);
        REQUIRE(store.sync_names(root) == 0);
        REQUIRE(store.open("/d", directory) == 0);
        REQUIRE(store.create("/d/f", file) == 0);
    }
    void write(std::uint64_t at, const Bytes& bytes) { REQUIRE(store.write(file, at, bytes) == 0); }
    void sync() {
        REQUIRE(store.sync(file) == 0);
        REQUIRE(store.sync_names(directory) == 0);
    }
    /// The cut comes with the next operation, which is a write that grows nothing.
    void lose_power(std::uint64_t seed) {
        store.cut_at(store.operations() + 1, seed);
        CHECK(store.write(file, 0, {}) == -EIO);
        CHECK_FALSE(store.powered());
    }
    /// What a file holds after the power came back; nothing: it is not there.
    std::optional<Bytes> survivor(const std::string& path = "/d/f") {
        if (!store.powered()) store.power_on();
        LossyStore::Handle handle = 0;
        if (store.open(path, handle) != 0) return std::nullopt;
        Bytes bytes;
        CHECK(store.read(handle, 0, 1 << 20, bytes) == 0);
        return bytes;
    }
};

}  // namespace

TEST_CASE("what was synced survives every cut, with its name", "[faults][lossy]") {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        OneFile one;
        one.write(0, some(1000, 1));
        one.sync();
        one.write(1000, some(1000, 2));
        one.lose_power(seed);
        CHECK(one.store.promised("d").at("f") == some(1000, 1));
        const auto left = one.survivor();
        REQUIRE(left);
        REQUIRE(left->size() >= 1000);
        CHECK(std::equal(left->begin(), left->begin() + 1000, some(1000, 1).begin()));
    }
}

TEST_CASE("what was not synced may be there, be gone, or be torn at any byte", "[faults][lossy]") {
    std::set<std::size_t> sizes;
    bool reordered = false;
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        OneFile one;
        one.write(0, some(100, 1));
        one.sync();
        one.write(100, some(700, 2));
        one.write(800, some(700, 3));
        one.lose_power(seed);
        const auto left = one.survivor().value();
        sizes.insert(left.size());
        if (left.size() > 800 && left[150] == 0 && left[1400 < left.size() ? 1400 : 800] == 3)
            reordered = true;
    }
    CHECK(sizes.count(100) == 1);
    CHECK(sizes.count(1500) == 1);
    CHECK(sizes.size() > 50);  //  torn at bytes that are no sector's end
    CHECK(reordered);          // the later write arrived, the earlier one did not
}

TEST_CASE("the same seed loses the same", "[faults][lossy]") {
    const auto run = [](std::uint64_t seed) {
        OneFile one;
        one.write(0, some(100, 1));
        one.sync();
        one.write(100, some(3000, 2));
        one.lose_power(seed);
        return one.survivor().value();
    };
    for (std::uint64_t seed = 1; seed <= 20; ++seed) CHECK(run(seed) == run(seed));
}

TEST_CASE("a synced file without a synced name can be gone", "[faults][lossy]") {
    std::set<bool> there;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        OneFile one;
        one.write(0, some(100, 1));
        REQUIRE(one.store.sync(one.file) == 0);
        one.lose_power(seed);
        CHECK(one.store.promised("d").empty());
        there.insert(one.survivor().has_value());
    }
    CHECK(there.size() == 2);
}

TEST_CASE("an unsynced rename is there wholly or not at all", "[faults][lossy]") {
    std::set<bool> renamed;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        OneFile one;
        one.write(0, some(100, 1));
        one.sync();
        REQUIRE(one.store.rename("/d/f", "/d/g") == 0);
        one.lose_power(seed);
        const bool at_old = one.survivor("/d/f").has_value();
        const bool at_new = one.survivor("/d/g").has_value();
        CHECK(at_old != at_new);
        renamed.insert(at_new);
    }
    CHECK(renamed.size() == 2);
}

TEST_CASE("after a failed sync the next one succeeds and keeps nothing of what the first one lost",
          "[faults][lossy]") {
    bool lost = false;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        OneFile one;
        one.write(0, some(100, 1));
        one.sync();
        one.store.cut_at(1'000, seed);
        one.store.fail_syncs(one.store.syncs() + 1, 1);
        one.write(100, some(600, 2));
        CHECK(one.store.sync(one.file) == -EIO);
        Bytes cached;
        REQUIRE(one.store.read(one.file, 0, 1'000, cached) == 0);
        CHECK(cached.size() == 700);
        CHECK(one.store.sync(one.file) == 0);
        one.lose_power(seed);
        lost = lost || one.survivor().value().size() < 700;
    }
    CHECK(lost);
}

TEST_CASE("a full disk refuses what grows, for as long as it is full", "[faults][lossy]") {
    OneFile one;
    one.write(0, some(100, 1));
    const auto next = one.store.operations() + 1;
    one.store.full_between(next, next + 2);
    CHECK(one.store.write(one.file, 50, some(100, 2)) == -ENOSPC);
    CHECK(one.store.write(one.file, 0, some(50, 2)) == 0);
    CHECK(one.store.write(one.file, 50, some(100, 2)) == 0);
}
