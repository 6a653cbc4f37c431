// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/bytes.h"

#include <catch2/catch.hpp>

#include "libs/foundation/crc32c.h"
#include "libs/foundation/utf8.h"
#include "test/support/seeded_rng.h"

using namespace watchglass;

namespace {
Bytes bytes_of(std::string_view text) {
    const auto span = as_bytes(text);
    return {span.begin(), span.end()};
}
}  // namespace

TEST_CASE("bytes of every length read back from each encoding", "[foundation][bytes]") {
    test::SeededRng rng{1};
    for (std::size_t length = 0; length < 70; ++length) {
        Bytes bytes(length);
        rng.fill(bytes);
        CHECK(*from_hex(to_hex(bytes)) == bytes);
        CHECK(*from_base64(to_base64(bytes)) == bytes);
        CHECK(*from_base32(to_base32(bytes)) == bytes);
    }
}

TEST_CASE("the encodings are those of RFC 4648", "[foundation][bytes]") {
    const std::vector<std::array<std::string, 3>> vectors{{"", "", ""},
                                                          {"f", "Zg==", "my"},
                                                          {"fo", "Zm8=", "mzxq"},
                                                          {"foo", "Zm9v", "mzxw6"},
                                                          {"foob", "Zm9vYg==", "mzxw6yq"},
                                                          {"fooba", "Zm9vYmE=", "mzxw6ytb"},
                                                          {"foobar", "Zm9vYmFy", "mzxw6ytboi"}};
    for (const auto& [text, base64, base32] : vectors) {
        CHECK(to_base64(as_bytes(text)) == base64);
        CHECK(to_base32(as_bytes(text)) == base32);
    }
    CHECK(to_hex(as_bytes("\x01\xaf")) == "01af");
    CHECK(*from_hex("01AF") == bytes_of("\x01\xaf"));
    CHECK(*from_base64("Zm9v\r\n YmFy") == bytes_of("foobar"));
    CHECK(*from_base32("MZXW6") == bytes_of("foo"));
}

TEST_CASE("a damaged encoding is refused", "[foundation][bytes]") {
    for (const auto* bad : {"0", "0g", "zz", " 00"}) CHECK_FALSE(from_hex(bad));
    for (const auto* bad :
         {"Zg", "Zg=", "Zg===", "=", "Z", "Zg==Zg==", "Zh==", "Zm9=", "Zm9v=", "Zm-v", "Zg==x"}) {
        INFO(bad);
        CHECK_FALSE(from_base64(bad));
    }
    for (const auto* bad : {"m", "mzx", "mz", "my======", "m1", "mzxw6yt"}) {
        INFO(bad);
        CHECK_FALSE(from_base32(bad));
    }
}

TEST_CASE("CRC-32C gives the numbers of RFC 3720, by instruction and by table", "[foundation][crc32c]") {
    Bytes ascending(32);
    for (std::size_t i = 0; i < 32; ++i) ascending[i] = static_cast<std::uint8_t>(i);
    for (const auto crc : {&crc32c, &crc32c_by_table}) {
        CHECK(crc(as_bytes("123456789"), 0) == 0xe3069283u);
        CHECK(crc(Bytes(32, 0x00), 0) == 0x8a9136aau);
        CHECK(crc(Bytes(32, 0xff), 0) == 0x62a8ab43u);
        CHECK(crc(ascending, 0) == 0x46dd794eu);
        CHECK(crc({}, 0) == 0);
    }
}

TEST_CASE("CRC-32C can be taken in pieces", "[foundation][crc32c]") {
    test::SeededRng rng{2};
    Bytes bytes(1000);
    rng.fill(bytes);
    const ByteSpan all{bytes};
    for (std::size_t cut = 0; cut <= all.size(); cut += 13) {
        CHECK(crc32c(all.subspan(cut), crc32c(all.first(cut))) == crc32c_by_table(all));
    }
}

TEST_CASE("text is made safe to show", "[foundation][utf8]") {
    CHECK(is_valid_utf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82"));
    for (const auto* bad :
         {"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
        CHECK_FALSE(is_valid_utf8(bad));
    }
    CHECK(valid_utf8("a\xff"
                     "b\xe2\x82") ==
          "a\xef\xbf\xbd"
          "b\xef\xbf\xbd\xef\xbf\xbd");
    CHECK(printable("a\x1b[31m\n\x7f\xc2\x9b") == "a\\x1b[31m\\x0a\\x7f\\x9b");
}
