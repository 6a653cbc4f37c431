// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/copy_buffer.h"

#include <bit>
#include <cmath>

#include "storage/postgres/encoding.h"

namespace watchglass::storage {

using namespace encoding;

namespace {
constexpr std::uint32_t null_length = 0xffffffffu;
constexpr std::size_t array_header = 20;  ///< dimensions, flags, element type, count, first index
}  // namespace

char* CopyBuffer::grow(std::size_t bytes) {
    if (size_ + bytes > data_.size()) data_.resize(std::max(data_.size() * 2, size_ + bytes + 4096));
    char* at = data_.data() + size_;
    size_ += bytes;
    return at;
}

void CopyBuffer::begin_file() {
    static constexpr char header[] =
        "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";  // signature, flags 0, extension length 0
    std::memcpy(grow(19), header, 19);
}
void CopyBuffer::end_file() { store_u16(grow(2), 0xffff); }

void CopyBuffer::begin_row(std::int16_t fields) { store_u16(grow(2), static_cast<std::uint16_t>(fields)); }
void CopyBuffer::word(std::uint32_t v) { store_u32(grow(4), v); }
void CopyBuffer::null() { store_u32(grow(4), null_length); }

void CopyBuffer::boolean(bool v) {
    char* at = grow(5);
    store_u32(at, 1);
    at[4] = v ? 1 : 0;
}
void CopyBuffer::int2(std::int16_t v) {
    char* at = grow(6);
    store_u32(at, 2);
    store_u16(at + 4, static_cast<std::uint16_t>(v));
}
void CopyBuffer::int4(std::int32_t v) {
    char* at = grow(8);
    store_u32(at, 4);
    store_u32(at + 4, static_cast<std::uint32_t>(v));
}
void CopyBuffer::int8(std::int64_t v) {
    char* at = grow(12);
    store_u32(at, 8);
    store_u64(at + 4, static_cast<std::uint64_t>(v));
}
void CopyBuffer::float8(double v) { int8(std::bit_cast<std::int64_t>(v)); }
void CopyBuffer::timestamptz(WallTime v) { int8(to_postgres_time(v.us)); }

void CopyBuffer::text(std::string_view v) {
    char* at = grow(4 + v.size());
    store_u32(at, static_cast<std::uint32_t>(v.size()));
    if (!v.empty()) std::memcpy(at + 4, v.data(), v.size());
}
void CopyBuffer::bytea(ByteSpan v) { text(as_text(v)); }

char* CopyBuffer::begin_array(std::size_t count, bool has_null, std::uint32_t element, std::size_t payload) {
    const std::size_t length = (count == 0 ? 12 : array_header) + payload;
    char* at = grow(4 + length);
    store_u32(at, static_cast<std::uint32_t>(length));
    store_u32(at + 4, count == 0 ? 0 : 1);
    store_u32(at + 8, has_null ? 1 : 0);
    store_u32(at + 12, element);
    if (count == 0) return at + 16;
    store_u32(at + 16, static_cast<std::uint32_t>(count));
    store_u32(at + 20, 1);
    return at + 24;
}

void CopyBuffer::int2s(std::span<const std::int16_t> v) {
    char* at = begin_array(v.size(), false, oid::int2, v.size() * 6);
    for (const std::int16_t e : v) {
        store_u32(at, 2);
        store_u16(at + 4, static_cast<std::uint16_t>(e));
        at += 6;
    }
}

void CopyBuffer::int4s(std::span<const std::int32_t> v) {
    char* at = begin_array(v.size(), false, oid::int4, v.size() * 8);
    for (const std::int32_t e : v) {
        store_u32(at, 4);
        store_u32(at + 4, static_cast<std::uint32_t>(e));
        at += 8;
    }
}

void CopyBuffer::int8s(std::span<const std::int64_t> v) {
    char* at = begin_array(v.size(), false, oid::int8, v.size() * 12);
    for (const std::int64_t e : v) {
        store_u32(at, 8);
        store_u64(at + 4, static_cast<std::uint64_t>(e));
        at += 12;
    }
}

void CopyBuffer::float8s(std::span<const double> v) {
    std::size_t nulls = 0;
    for (const double e : v) nulls += std::isnan(e) ? 1 : 0;
    char* at = begin_array(v.size(), nulls != 0, oid::float8, (v.size() - nulls) * 12 + nulls * 4);
    for (const double e : v) {
        if (std::isnan(e)) {
            store_u32(at, null_length);
            at += 4;
        } else {
            store_u32(at, 8);
            store_u64(at + 4, std::bit_cast<std::uint64_t>(e));
            at += 12;
        }
    }
}

void CopyBuffer::texts(std::span<const std::string_view> v) {
    std::size_t payload = 0;
    bool has_null = false;
    for (const std::string_view e : v) {
        payload += 4 + e.size();
        has_null = has_null || e.data() == nullptr;
    }
    char* at = begin_array(v.size(), has_null, oid::text, payload);
    for (const std::string_view e : v) {
        store_u32(at, e.data() == nullptr ? null_length : static_cast<std::uint32_t>(e.size()));
        at += 4;
        if (!e.empty()) std::memcpy(at, e.data(), e.size());
        at += e.size();
    }
}

void CopyBuffer::timestamptzs(std::span<const WallTime> v) {
    char* at = begin_array(v.size(), false, oid::timestamptz, v.size() * 12);
    for (const WallTime e : v) {
        store_u32(at, 8);
        store_u64(at + 4, static_cast<std::uint64_t>(to_postgres_time(e.us)));
        at += 12;
    }
}

}  // namespace watchglass::storage
