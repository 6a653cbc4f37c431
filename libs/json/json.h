// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "libs/foundation/result.h"

namespace watchglass::json {

namespace codes {
inline constexpr Code malformed{"json.malformed", "The JSON text could not be read.",
                                "Check it with a JSON validator."};
inline constexpr Code unexpected{"json.unexpected", "The JSON document does not have the expected form.",
                                 "Compare it with the documented form."};
}  // namespace codes

/// A JSON value (RFC 8259). Plain data: copy, compare, build. Members keep the order of insertion.
///
///     Value v = Value::object({{"device", id}, {"ready", true}});
///     auto name = v.text("device");  // Result<std::string>: says which member is missing or of what type
class Value {
public:
    using Array = std::vector<Value>;
    using Members = std::vector<std::pair<std::string, Value>>;

    Value() = default;  ///< null
    Value(std::nullptr_t) {}
    Value(bool v) : data_(v) {}
    Value(double v) : data_(v) {}
    Value(const char* v) : data_(std::string(v)) {}
    Value(std::string v) : data_(std::move(v)) {}
    Value(std::string_view v) : data_(std::string(v)) {}
    Value(Array v) : data_(std::move(v)) {}
    template <class T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) Value(T v)
        : data_(static_cast<std::int64_t>(v)) {}

    static Value object(std::initializer_list<std::pair<std::string, Value>> members = {});
    static Value object(Members members);  ///< names must differ
    static Value array(Array items = {}) { return Value(std::move(items)); }

    [[nodiscard]] bool is_null() const;
    [[nodiscard]] bool is_object() const;
    [[nodiscard]] bool is_array() const;
    [[nodiscard]] bool is_text() const;
    [[nodiscard]] bool is_boolean() const;
    [[nodiscard]] bool is_integer() const;
    [[nodiscard]] bool is_number() const;  ///< integers too

    // The value itself, or json.unexpected.
    [[nodiscard]] Result<bool> as_bool() const;
    [[nodiscard]] Result<std::int64_t> as_integer() const;  ///< also a double that is whole
    [[nodiscard]] Result<double> as_number() const;
    [[nodiscard]] Result<std::string> as_text() const;
    [[nodiscard]] const Array& items() const;      ///< empty when this is no array
    [[nodiscard]] const Members& members() const;  ///< empty when this is no object

    // A member, or json.unexpected naming the member.
    [[nodiscard]] const Value* find(std::string_view member) const;  ///< nullptr: no object or no such member
    [[nodiscard]] Result<bool> boolean(std::string_view member) const;
    [[nodiscard]] Result<std::int64_t> integer(std::string_view member) const;
    [[nodiscard]] Result<double> number(std::string_view member) const;
    [[nodiscard]] Result<std::string> text(std::string_view member) const;
    [[nodiscard]] std::string text_or(std::string_view member, std::string_view fallback) const;

    /// Adds or replaces a member; anything but an object becomes an empty one first.
    Value& set(std::string member, Value value);
    /// Adds an item; anything but an array becomes an empty one first.
    Value& push(Value item);

    /// In one line; `indent` > 0 for people. Doubles in the shortest form that reads back exactly; NaN and
    /// infinity become null. Invalid UTF-8 is replaced by U+FFFD.
    [[nodiscard]] std::string dump(int indent = 0) const;

    friend bool operator==(const Value&, const Value&) = default;

private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Members> data_;
};

/// Strict RFC 8259, at most 64 levels deep, duplicate member names refused. Detail gives line and column.
Result<Value> parse(std::string_view text);

}  // namespace watchglass::json
