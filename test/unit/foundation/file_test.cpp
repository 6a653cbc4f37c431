// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/file.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "test/support/temporary_directory.h"

using namespace watchglass;

TEST_CASE("a file is replaced whole, with its mode, and nothing stays beside it", "[foundation][file]") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "secret";
    const std::string bytes("a\0b", 3);
    REQUIRE(write_file_atomically(path, "old and longer"));
    REQUIRE(write_file_atomically(path, bytes, 0600));
    CHECK(*read_file(path) == bytes);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    CHECK(std::distance(std::filesystem::directory_iterator{directory.path()}, {}) == 1);
}

TEST_CASE("a failed replacement leaves the old file and no rubbish", "[foundation][file]") {
    const test::TemporaryDirectory directory;
    const auto taken = directory / "taken";
    std::filesystem::create_directory(taken);
    std::filesystem::create_directory(taken / "inside");
    const auto written = write_file_atomically(taken, "x");
    REQUIRE_FALSE(written);
    CHECK(written.error().code.name == "foundation.io_error");
    CHECK(std::distance(std::filesystem::directory_iterator{directory.path()}, {}) == 1);
    CHECK_FALSE(write_file_atomically(directory / "none" / "x", "x"));
}

TEST_CASE("reading says which file and why not", "[foundation][file]") {
    const test::TemporaryDirectory directory;
    const auto missing = read_file(directory / "missing");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().detail.find("missing: No such file") != std::string::npos);
    REQUIRE(write_file_atomically(directory / "ten", "0123456789"));
    CHECK(read_file(directory / "ten", 10));
    CHECK_FALSE(read_file(directory / "ten", 9));
}
