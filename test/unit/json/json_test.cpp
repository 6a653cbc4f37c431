// SPDX-License-Identifier: Apache-2.0
#include "libs/json/json.h"

#include <limits>

#include <catch2/catch.hpp>

using namespace watchglass;
using json::parse;
using json::Value;

TEST_CASE("a value reads back as it was written", "[json]") {
    const auto value = Value::object({{"zeta", "text \"quoted\" \\ \n \x01 \xc3\xa9"},
                                      {"alpha", Value::array({1, -2.5, true, nullptr, Value::object()})},
                                      {"large", std::numeric_limits<std::int64_t>::min()},
                                      {"whole", 3.0},
                                      {"", 0.1}});
    for (const int indent : {0, 2}) {
        const auto again = parse(value.dump(indent));
        REQUIRE(again);
        CHECK(*again == value);
    }
    CHECK(Value::object({{"b", 1}, {"a", Value::array({1, 2.0})}}).dump() == R"({"b":1,"a":[1,2.0]})");
    CHECK(Value::object({{"b", Value::array({1})}}).dump(2) == "{\n  \"b\": [\n    1\n  ]\n}");
}

TEST_CASE("numbers keep every digit that a double or an integer has", "[json]") {
    for (const double v : {0.1, 1e300, -4.9e-324, 1.7976931348623157e308, 100.0}) {
        CHECK(*parse(Value{v}.dump())->as_number() == v);
    }
    CHECK(Value{std::numeric_limits<double>::infinity()}.dump() == "null");
    CHECK(Value{std::numeric_limits<double>::quiet_NaN()}.dump() == "null");
    CHECK(*parse("9223372036854775807")->as_integer() == std::numeric_limits<std::int64_t>::max());
    CHECK_FALSE(parse("9223372036854775808")->as_integer());
    CHECK(*parse("9223372036854775808")->as_number() == 9223372036854775808.0);
    CHECK(*parse("1e3")->as_integer() == 1000);
    CHECK_FALSE(parse("1.5")->as_integer());
}

TEST_CASE("text that is not UTF-8 is still written as JSON", "[json]") {
    CHECK(Value{"a\xff"}.dump() == "\"a\xef\xbf\xbd\"");
    CHECK(parse(Value{std::string("\0\x7f", 2)}.dump())->as_text() == std::string("\0\x7f", 2));
}

TEST_CASE("what is not strictly JSON is refused", "[json]") {
    const auto* const bad =
        GENERATE("", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "'a'", "01", "+1", ".5", "1.", "nan", "NaN",
                 "Infinity", "1e999", "// x\n1", "1 2", "\"\n\"", "\"\xff\"", "\"\\ud800\"", "[1]x", "tru",
                 "{\"a\" 1}", "{1:2}", "\"\\x\"");
    INFO(bad);
    const auto value = parse(bad);
    REQUIRE_FALSE(value);
    CHECK(value.error().code.name == "json.malformed");
    CHECK_FALSE(value.error().detail.empty());
}

TEST_CASE("a complaint points at the place", "[json]") {
    const auto value = parse("{\n  \"a\": 1,\n  \"b\": oops\n}");
    REQUIRE_FALSE(value);
    CHECK(value.error().detail == "It is not JSON at line 3, column 8.");
}

TEST_CASE("a repeated member is refused at its own level only", "[json]") {
    const auto twice = parse(R"({"a":1,"b":{"a":2},"a":3})");
    REQUIRE_FALSE(twice);
    CHECK(twice.error().detail == "Member \"a\" occurs twice.");
    CHECK(parse(R"({"a":1,"b":{"a":2}})"));
}

TEST_CASE("64 levels are read, 65 are not, and no depth breaks the reader", "[json]") {
    const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
    CHECK(parse(nested(64)));
    CHECK_FALSE(parse(nested(65)));
    CHECK_FALSE(parse(std::string(1'000'000, '[')));
}

TEST_CASE("reading a member says which one is missing or of the wrong kind", "[json]") {
    const auto value = *parse(R"({"name":"x","n":1.5,"flag":true,"none":null})");
    CHECK(*value.text("name") == "x");
    CHECK(*value.number("n") == 1.5);
    CHECK(*value.boolean("flag"));
    CHECK(value.integer("n").error().detail == "Member \"n\" should be a whole number.");
    CHECK(value.text("nmae").error().detail == "Member \"nmae\" is missing.");
    CHECK_FALSE(value.text("none"));
    CHECK(value.text_or("none", "-") == "-");
    CHECK(value.find("none")->is_null());
    CHECK(Value{}.find("x") == nullptr);
    CHECK(Value{}.items().empty());
}

TEST_CASE("documents are built member by member", "[json]") {
    Value value;
    value.set("a", 1).set("b", "x").set("a", 2);
    CHECK(value.dump() == R"({"a":2,"b":"x"})");
    Value list;
    list.push(1).push("two");
    CHECK(list.dump() == R"([1,"two"])");
    CHECK(Value::object().dump() == "{}");
    CHECK(Value::array().dump() == "[]");
}
