// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/copy_buffer.h"

#include <limits>

#include <catch2/catch.hpp>

using namespace watchglass;
using namespace watchglass::storage;

namespace {

std::string hex(const CopyBuffer& buffer) { return to_hex(as_bytes(buffer.bytes())); }

constexpr double null_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("a COPY begins with PostgreSQL's signature and ends with minus one") {
    CopyBuffer buffer;
    buffer.begin_file();
    buffer.end_file();
    CHECK(hex(buffer) ==
          "5047434f50590aff0d0a00"
          "00000000"
          "00000000"
          "ffff");
}

TEST_CASE("fields are a length and the value in network order") {
    CopyBuffer buffer;
    SECTION("a row says how many fields follow") {
        buffer.begin_row(17);
        CHECK(hex(buffer) == "0011");
    }
    SECTION("integers") {
        buffer.int2(-2);
        buffer.int4(0x01020304);
        buffer.int8(-1);
        CHECK(hex(buffer) ==
              "00000002fffe"
              "0000000401020304"
              "00000008ffffffffffffffff");
    }
    SECTION("double, boolean, text, bytes, NULL") {
        buffer.float8(1.5);
        buffer.boolean(true);
        buffer.text("\xc3\xa4");
        buffer.bytea(as_bytes(std::string_view("\0\1", 2)));
        buffer.text("");
        buffer.null();
        CHECK(hex(buffer) ==
              "000000083ff8000000000000"
              "0000000101"
              "00000002c3a4"
              "000000020001"
              "00000000"
              "ffffffff");
    }
    SECTION("a time counts microseconds from 2000") {
        buffer.timestamptz(WallTime{946'684'800'000'001});
        CHECK(hex(buffer) == "000000080000000000000001");
    }
    SECTION("a time beyond what PostgreSQL can hold becomes the nearest that it can") {
        buffer.timestamptz(WallTime{std::numeric_limits<std::int64_t>::min()});
        CopyBuffer least;
        least.timestamptz(WallTime{-210'866'803'200'000'000});
        CHECK(hex(buffer) == hex(least));
    }
}

TEST_CASE("arrays say their element type and length, and NULL elements have length minus one") {
    CopyBuffer buffer;
    SECTION("int2") {
        const std::int16_t values[] = {1, 2};
        buffer.int2s(values);
        CHECK(hex(buffer) ==
              "00000020"
              "00000001"
              "00000000"
              "00000015"
              "00000002"
              "00000001"
              "000000020001"
              "000000020002");
    }
    SECTION("an empty array has no dimension") {
        buffer.int8s({});
        CHECK(hex(buffer) ==
              "0000000c"
              "00000000"
              "00000000"
              "00000014");
    }
    SECTION("numbers, of which one is a text elsewhere") {
        const double values[] = {1.5, null_number};
        buffer.float8s(values);
        CHECK(hex(buffer) ==
              "00000024"
              "00000001"
              "00000001"
              "000002bd"
              "00000002"
              "00000001"
              "000000083ff8000000000000"
              "ffffffff");
    }
    SECTION("texts: a view without data is NULL, an empty one is the empty text") {
        const std::string_view values[] = {"a", {}, ""};
        buffer.texts(values);
        CHECK(hex(buffer) ==
              "00000021"
              "00000001"
              "00000001"
              "00000019"
              "00000003"
              "00000001"
              "0000000161"
              "ffffffff"
              "00000000");
    }
}

TEST_CASE("a buffer is filled again from the beginning and keeps its memory") {
    CopyBuffer buffer;
    const std::vector<double> values(5000, 0.25);
    buffer.float8s(values);
    const auto size = buffer.size();
    const auto* memory = buffer.bytes().data();
    buffer.clear();
    CHECK(buffer.size() == 0);
    buffer.float8s(values);
    CHECK(buffer.size() == size);
    CHECK(buffer.bytes().data() == memory);
}
