// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/rows.h"

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include <libpq-fe.h>

#include "storage/postgres/encoding.h"

namespace watchglass::storage {
namespace {

using namespace encoding;

/// A statement and the code that reads its answer disagree: no input can cause or cure that.
[[noreturn]] void wrong_type(int column, std::uint32_t type, const char* wanted) {
    std::fprintf(stderr, "storage: column %d has PostgreSQL type %u and was read as %s\n", column, type,
                 wanted);
    std::abort();
}

std::optional<std::int64_t> integer(std::string_view raw) {
    switch (raw.size()) {
        case 2: return static_cast<std::int16_t>(load_u16(raw.data()));
        case 4: return static_cast<std::int32_t>(load_u32(raw.data()));
        case 8: return static_cast<std::int64_t>(load_u64(raw.data()));
        default: return std::nullopt;
    }
}

WallTime from_postgres_time(const char* at) {
    return {static_cast<std::int64_t>(load_u64(at)) + postgres_epoch_us};
}

/// Calls `element(view, is_null)` for each element of a one-dimensional array.
template <class Element>
void each_element(std::string_view raw, Element element) {
    if (raw.size() < 12 || load_u32(raw.data()) == 0) return;
    const std::uint32_t count = load_u32(raw.data() + 12);
    const char* at = raw.data() + 20;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto length = static_cast<std::int32_t>(load_u32(at));
        at += 4;
        element(std::string_view(at, length < 0 ? 0 : static_cast<std::size_t>(length)), length < 0);
        if (length > 0) at += length;
    }
}

template <class T>
std::vector<T> integers(std::string_view raw) {
    std::vector<T> out;
    each_element(raw,
                 [&](std::string_view e, bool) { out.push_back(static_cast<T>(integer(e).value_or(0))); });
    return out;
}

}  // namespace

void Rows::Clear::operator()(pg_result* result) const { PQclear(result); }
Rows::Rows(pg_result* result) : result_(result) {}
int Rows::size() const { return result_ ? PQntuples(result_.get()) : 0; }
std::string_view Rows::command_tag() const { return result_ ? PQcmdStatus(result_.get()) : ""; }

std::int64_t Rows::affected() const {
    const char* text = result_ ? PQcmdTuples(result_.get()) : "";
    return std::strtoll(text, nullptr, 10);
}

std::uint32_t Row::type(int column) const { return PQftype(rows_->result_.get(), column); }

std::string_view Row::raw(int column) const {
    const PGresult* result = rows_->result_.get();
    return {PQgetvalue(result, index_, column),
            static_cast<std::size_t>(PQgetlength(result, index_, column))};
}

bool Row::is_null(int column) const { return PQgetisnull(rows_->result_.get(), index_, column) != 0; }

bool Row::boolean(int column) const {
    if (type(column) != oid::boolean) wrong_type(column, type(column), "boolean");
    return !is_null(column) && raw(column)[0] != 0;
}

std::int64_t Row::int64(int column) const {
    const auto t = type(column);
    if (t != oid::int2 && t != oid::int4 && t != oid::int8) wrong_type(column, t, "an integer");
    return integer(raw(column)).value_or(0);
}

double Row::number(int column) const {
    constexpr std::uint32_t float4 = 700;
    if (type(column) != oid::float8 && type(column) != float4) wrong_type(column, type(column), "float8");
    if (is_null(column)) return 0;
    if (type(column) == float4) return std::bit_cast<float>(load_u32(raw(column).data()));
    return std::bit_cast<double>(load_u64(raw(column).data()));
}

std::string_view Row::view(int column) const {
    constexpr std::uint32_t name = 19, varchar = 1043, bpchar = 1042, json = 114;
    const auto t = type(column);
    if (t != oid::text && t != name && t != varchar && t != bpchar && t != json)
        wrong_type(column, t, "text");
    return raw(column);
}

ByteSpan Row::bytes(int column) const {
    if (type(column) != oid::bytea) wrong_type(column, type(column), "bytea");
    return as_bytes(raw(column));
}

WallTime Row::time(int column) const {
    if (type(column) != oid::timestamptz) wrong_type(column, type(column), "timestamptz");
    if (is_null(column)) return {};
    return from_postgres_time(raw(column).data());
}

std::optional<std::int64_t> Row::optional_int64(int column) const {
    if (is_null(column)) return std::nullopt;
    return int64(column);
}
std::optional<double> Row::optional_number(int column) const {
    if (is_null(column)) return std::nullopt;
    return number(column);
}
std::optional<std::string> Row::optional_text(int column) const {
    if (is_null(column)) return std::nullopt;
    return text(column);
}
std::optional<WallTime> Row::optional_time(int column) const {
    if (is_null(column)) return std::nullopt;
    return time(column);
}

std::vector<std::int16_t> Row::int16s(int column) const {
    if (type(column) != oid::int2_array) wrong_type(column, type(column), "int2[]");
    return integers<std::int16_t>(raw(column));
}
std::vector<std::int32_t> Row::int32s(int column) const {
    if (type(column) != oid::int4_array) wrong_type(column, type(column), "int4[]");
    return integers<std::int32_t>(raw(column));
}
std::vector<std::int64_t> Row::int64s(int column) const {
    if (type(column) != oid::int8_array) wrong_type(column, type(column), "int8[]");
    return integers<std::int64_t>(raw(column));
}

std::vector<double> Row::numbers(int column) const {
    if (type(column) != oid::float8_array) wrong_type(column, type(column), "float8[]");
    std::vector<double> out;
    each_element(raw(column), [&](std::string_view e, bool null) {
        out.push_back(null ? std::numeric_limits<double>::quiet_NaN()
                           : std::bit_cast<double>(load_u64(e.data())));
    });
    return out;
}

std::vector<WallTime> Row::times(int column) const {
    if (type(column) != oid::timestamptz_array) wrong_type(column, type(column), "timestamptz[]");
    std::vector<WallTime> out;
    each_element(raw(column), [&](std::string_view e, bool null) {
        out.push_back(null ? WallTime{} : from_postgres_time(e.data()));
    });
    return out;
}

std::vector<std::optional<std::string>> Row::texts(int column) const {
    if (type(column) != oid::text_array) wrong_type(column, type(column), "text[]");
    std::vector<std::optional<std::string>> out;
    each_element(raw(column), [&](std::string_view e, bool null) {
        if (null) {
            out.emplace_back();
        } else {
            out.emplace_back(std::string(e));
        }
    });
    return out;
}

std::vector<std::string_view> Row::text_views(int column) const {
    if (type(column) != oid::text_array) wrong_type(column, type(column), "text[]");
    std::vector<std::string_view> out;
    each_element(raw(column),
                 [&](std::string_view e, bool null) { out.push_back(null ? std::string_view{} : e); });
    return out;
}

std::vector<Bytes> Row::bytes_list(int column) const {
    if (type(column) != oid::bytea_array) wrong_type(column, type(column), "bytea[]");
    std::vector<Bytes> out;
    each_element(raw(column), [&](std::string_view e, bool) {
        const ByteSpan bytes = as_bytes(e);
        out.emplace_back(bytes.begin(), bytes.end());
    });
    return out;
}

}  // namespace watchglass::storage
