// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/param.h"

#include <bit>

#include "storage/postgres/encoding.h"

namespace watchglass::storage {
namespace {

using namespace encoding;

std::string big_endian(std::uint16_t v) {
    std::string out;
    append_u16(out, v);
    return out;
}
std::string big_endian(std::uint32_t v) {
    std::string out;
    append_u32(out, v);
    return out;
}
std::string big_endian(std::uint64_t v) {
    std::string out;
    append_u64(out, v);
    return out;
}

std::string time_bytes(WallTime v) { return big_endian(static_cast<std::uint64_t>(to_postgres_time(v.us))); }

/// One-dimensional array; `element` gives an element's bytes, or nothing for NULL.
template <class Items, class Element>
std::string array_bytes(const Items& items, std::uint32_t element_type, Element element) {
    std::string out;
    out.reserve(20 + items.size() * 12);
    append_u32(out, items.empty() ? 0 : 1);  // dimensions
    append_u32(out, 0);                      // "has NULLs" is a hint that the server works out itself
    append_u32(out, element_type);
    if (items.empty()) return out;
    append_u32(out, static_cast<std::uint32_t>(items.size()));
    append_u32(out, 1);  // first index
    for (const auto& item : items) {
        const std::optional<std::string> bytes = element(item);
        append_u32(out, bytes ? static_cast<std::uint32_t>(bytes->size()) : 0xffffffffu);
        if (bytes) out += *bytes;
    }
    return out;
}

std::optional<std::string> some(std::string bytes) { return bytes; }

}  // namespace

Param::Param(std::nullptr_t) : null_(true) {}
Param::Param(bool v) : Param(oid::boolean, std::string(1, v ? '\1' : '\0')) {}
Param::Param(std::int16_t v) : Param(oid::int2, big_endian(static_cast<std::uint16_t>(v))) {}
Param::Param(std::int32_t v) : Param(oid::int4, big_endian(static_cast<std::uint32_t>(v))) {}
Param::Param(std::int64_t v) : Param(oid::int8, big_endian(static_cast<std::uint64_t>(v))) {}
Param::Param(double v) : Param(oid::float8, big_endian(std::bit_cast<std::uint64_t>(v))) {}
Param::Param(std::string_view v) : Param(oid::text, std::string(v)) {}
Param::Param(ByteSpan v) : Param(oid::bytea, std::string(as_text(v))) {}
Param::Param(WallTime v) : Param(oid::timestamptz, time_bytes(v)) {}

Param::Param(const std::vector<std::int16_t>& v)
    : Param(oid::int2_array, array_bytes(v, oid::int2, [](std::int16_t e) {
                return some(big_endian(static_cast<std::uint16_t>(e)));
            })) {}
Param::Param(const std::vector<std::int32_t>& v)
    : Param(oid::int4_array, array_bytes(v, oid::int4, [](std::int32_t e) {
                return some(big_endian(static_cast<std::uint32_t>(e)));
            })) {}
Param::Param(const std::vector<std::int64_t>& v)
    : Param(oid::int8_array, array_bytes(v, oid::int8, [](std::int64_t e) {
                return some(big_endian(static_cast<std::uint64_t>(e)));
            })) {}
Param::Param(const std::vector<double>& v)
    : Param(oid::float8_array, array_bytes(v, oid::float8, [](double e) {
                return some(big_endian(std::bit_cast<std::uint64_t>(e)));
            })) {}
Param::Param(const std::vector<std::string>& v)
    : Param(oid::text_array, array_bytes(v, oid::text, [](const std::string& e) { return some(e); })) {}
Param::Param(const std::vector<std::string_view>& v)
    : Param(oid::text_array,
            array_bytes(v, oid::text, [](std::string_view e) { return some(std::string(e)); })) {}
Param::Param(const std::vector<std::optional<std::string>>& v)
    : Param(oid::text_array, array_bytes(v, oid::text, [](const auto& e) { return e; })) {}
Param::Param(const std::vector<std::optional<std::int16_t>>& v)
    : Param(oid::int2_array, array_bytes(v, oid::int2, [](const auto& e) -> std::optional<std::string> {
                if (!e) return std::nullopt;
                return big_endian(static_cast<std::uint16_t>(*e));
            })) {}
Param::Param(const std::vector<std::optional<std::int64_t>>& v)
    : Param(oid::int8_array, array_bytes(v, oid::int8, [](const auto& e) -> std::optional<std::string> {
                if (!e) return std::nullopt;
                return big_endian(static_cast<std::uint64_t>(*e));
            })) {}
Param::Param(const std::vector<std::optional<double>>& v)
    : Param(oid::float8_array, array_bytes(v, oid::float8, [](const auto& e) -> std::optional<std::string> {
                if (!e) return std::nullopt;
                return big_endian(std::bit_cast<std::uint64_t>(*e));
            })) {}
Param::Param(const std::vector<WallTime>& v)
    : Param(oid::timestamptz_array,
            array_bytes(v, oid::timestamptz, [](WallTime e) { return some(time_bytes(e)); })) {}
Param::Param(const std::vector<ByteSpan>& v)
    : Param(oid::bytea_array,
            array_bytes(v, oid::bytea, [](ByteSpan e) { return some(std::string(as_text(e))); })) {}

Param Param::encoded(std::uint32_t type, std::string bytes) { return {type, std::move(bytes)}; }

Param Param::null_like(const Param& other) {
    Param param{nullptr};
    param.type_ = other.type_;
    return param;
}

}  // namespace watchglass::storage
