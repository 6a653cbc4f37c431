// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/foundation/clock.h"
#include "schemas/values/identifiers.h"

namespace watchglass::storage {

/// One `$n` of a statement, in PostgreSQL's binary format with its type. Values never become part of the SQL text.
///
///     connection.run("SELECT model FROM watchglass.devices WHERE device_id = $1 AND state = $2", {id, "enrolled"});
///
/// | C++ | PostgreSQL |
/// |---|---|
/// | bool, int16_t, int32_t, int64_t, double | boolean, int2, int4, int8, float8 |
/// | text, DeviceId | text (`$1::jsonb` and the like cast in the statement) |
/// | ByteSpan, Bytes, std::array of bytes | bytea |
/// | WallTime | timestamptz |
/// | StrongId over one of these | the same; unsigned 64-bit ones as the int8 of the same bits |
/// | std::optional, nullptr | NULL |
/// | vectors | one-dimensional arrays |
class Param {
public:
    Param(std::nullptr_t);  ///< NULL of a type that the statement must make clear (`$1::text`)
    Param(bool v);
    Param(std::int16_t v);
    Param(std::int32_t v);
    Param(std::int64_t v);
    Param(std::uint64_t v) : Param(static_cast<std::int64_t>(v)) {}
    Param(double v);
    Param(std::string_view v);
    Param(const std::string& v) : Param(std::string_view(v)) {}
    Param(const char* v) : Param(std::string_view(v)) {}
    Param(ByteSpan v);
    Param(const Bytes& v) : Param(ByteSpan(v)) {}
    template <std::size_t N>
    Param(const std::array<std::uint8_t, N>& v) : Param(ByteSpan(v)) {}
    Param(WallTime v);
    Param(const DeviceId& v) : Param(std::string_view(v.text())) {}
    template <class T, class Tag>
    Param(const StrongId<T, Tag>& v) : Param(v.value()) {}
    Param(const std::optional<DeviceId>& v) : Param(v ? Param(*v) : null_like(Param(""))) {}
    template <class T>
    Param(const std::optional<T>& v) : Param(v ? Param(*v) : null_like(Param(T{}))) {}

    Param(const std::vector<std::int16_t>& v);
    Param(const std::vector<std::int32_t>& v);
    Param(const std::vector<std::int64_t>& v);
    Param(const std::vector<double>& v);
    Param(const std::vector<std::string>& v);
    Param(const std::vector<std::string_view>& v);
    Param(const std::vector<std::optional<std::string>>& v);
    Param(const std::vector<std::optional<std::int16_t>>& v);
    Param(const std::vector<std::optional<std::int64_t>>& v);
    Param(const std::vector<std::optional<double>>& v);
    Param(const std::vector<WallTime>& v);
    Param(const std::vector<ByteSpan>& v);

    /// Bytes that are already in the binary format of type `type`.
    static Param encoded(std::uint32_t type, std::string bytes);

    [[nodiscard]] std::uint32_t type() const { return type_; }
    [[nodiscard]] bool is_null() const { return null_; }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

private:
    Param(std::uint32_t type, std::string bytes) : type_(type), bytes_(std::move(bytes)) {}
    static Param null_like(const Param& other);

    std::uint32_t type_ = 0;
    bool null_ = false;
    std::string bytes_;
};

}  // namespace watchglass::storage
