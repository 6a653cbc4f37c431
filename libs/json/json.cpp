// SPDX-License-Identifier: Apache-2.0
#include "libs/json/json.h"

#include <cmath>

#include <fmt/format.h>

namespace watchglass::json {
namespace {

Failure unexpected(std::string detail) {
    return Failure{codes::unexpected, Next::give_up, std::move(detail), {}};
}

Failure wanted(std::string_view what) { return unexpected(fmt::format("It should be {}.", what)); }

template <class T>
Result<T> named(Result<T> result, std::string_view member, std::string_view what) {
    if (!result) return failed(unexpected(fmt::format("Member \"{}\" should be {}.", member, what)));
    return result;
}

Failure missing(std::string_view member) {
    return unexpected(fmt::format("Member \"{}\" is missing.", member));
}

constexpr std::string_view a_boolean = "true or false";
constexpr std::string_view an_integer = "a whole number";
constexpr std::string_view a_number = "a number";
constexpr std::string_view a_text = "a text";

}  // namespace

Value Value::object(std::initializer_list<std::pair<std::string, Value>> members) {
    Value v;
    v.data_ = Members{};
    for (const auto& [name, value] : members) v.set(name, value);
    return v;
}

Value Value::object(Members members) {
    Value v;
    v.data_ = std::move(members);
    return v;
}

bool Value::is_null() const { return std::holds_alternative<std::monostate>(data_); }
bool Value::is_object() const { return std::holds_alternative<Members>(data_); }
bool Value::is_array() const { return std::holds_alternative<Array>(data_); }
bool Value::is_text() const { return std::holds_alternative<std::string>(data_); }
bool Value::is_boolean() const { return std::holds_alternative<bool>(data_); }
bool Value::is_integer() const { return std::holds_alternative<std::int64_t>(data_); }
bool Value::is_number() const { return is_integer() || std::holds_alternative<double>(data_); }

Result<bool> Value::as_bool() const {
    if (const auto* v = std::get_if<bool>(&data_)) return *v;
    return failed(wanted(a_boolean));
}

Result<std::int64_t> Value::as_integer() const {
    if (const auto* v = std::get_if<std::int64_t>(&data_)) return *v;
    // 2^63 is a double; the largest integer is not, so the upper bound is exclusive.
    if (const auto* v = std::get_if<double>(&data_);
        v != nullptr && *v >= -0x1.0p63 && *v < 0x1.0p63 && std::trunc(*v) == *v) {
        return static_cast<std::int64_t>(*v);
    }
    return failed(wanted(an_integer));
}

Result<double> Value::as_number() const {
    if (const auto* v = std::get_if<std::int64_t>(&data_)) return static_cast<double>(*v);
    if (const auto* v = std::get_if<double>(&data_)) return *v;
    return failed(wanted(a_number));
}

Result<std::string> Value::as_text() const {
    if (const auto* v = std::get_if<std::string>(&data_)) return *v;
    return failed(wanted(a_text));
}

const Value::Array& Value::items() const {
    static const Array none;
    const auto* v = std::get_if<Array>(&data_);
    return v != nullptr ? *v : none;
}

const Value::Members& Value::members() const {
    static const Members none;
    const auto* v = std::get_if<Members>(&data_);
    return v != nullptr ? *v : none;
}

const Value* Value::find(std::string_view member) const {
    for (const auto& [name, value] : members()) {
        if (name == member) return &value;
    }
    return nullptr;
}

Result<bool> Value::boolean(std::string_view member) const {
    const auto* v = find(member);
    if (v == nullptr) return failed(missing(member));
    return named(v->as_bool(), member, a_boolean);
}

Result<std::int64_t> Value::integer(std::string_view member) const {
    const auto* v = find(member);
    if (v == nullptr) return failed(missing(member));
    return named(v->as_integer(), member, an_integer);
}

Result<double> Value::number(std::string_view member) const {
    const auto* v = find(member);
    if (v == nullptr) return failed(missing(member));
    return named(v->as_number(), member, a_number);
}

Result<std::string> Value::text(std::string_view member) const {
    const auto* v = find(member);
    if (v == nullptr) return failed(missing(member));
    return named(v->as_text(), member, a_text);
}

std::string Value::text_or(std::string_view member, std::string_view fallback) const {
    const auto* v = find(member);
    return v != nullptr && v->is_text() ? std::get<std::string>(v->data_) : std::string(fallback);
}

Value& Value::set(std::string member, Value value) {
    if (!is_object()) data_ = Members{};
    auto& all = std::get<Members>(data_);
    for (auto& [name, existing] : all) {
        if (name == member) {
            existing = std::move(value);
            return *this;
        }
    }
    all.emplace_back(std::move(member), std::move(value));
    return *this;
}

Value& Value::push(Value item) {
    if (!is_array()) data_ = Array{};
    std::get<Array>(data_).push_back(std::move(item));
    return *this;
}

}  // namespace watchglass::json
