// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/foundation/clock.h"

namespace watchglass::storage {

/// Rows in PostgreSQL's binary COPY format, built field by field into one buffer that is reused for ever.
///
///     buffer.begin_row(3);
///     buffer.int4(device);
///     buffer.timestamptz(t);
///     buffer.float8s(numbers);
///
/// Allocates nothing once the buffer has grown to its working size. The caller gives as many fields as it announced,
/// in the order of the COPY statement's columns. One thread.
class CopyBuffer {
public:
    void clear() { size_ = 0; }
    [[nodiscard]] std::string_view bytes() const { return {data_.data(), size_}; }
    [[nodiscard]] std::size_t size() const { return size_; }

    /// The 19 bytes that every binary COPY begins with.
    void begin_file();
    /// The two bytes that every binary COPY ends with.
    void end_file();

    void begin_row(std::int16_t fields);
    /// Four bytes as they are: composite values count their fields and name each one's type in this way.
    void word(std::uint32_t v);
    void null();
    void boolean(bool v);
    void int2(std::int16_t v);
    void int4(std::int32_t v);
    void int8(std::int64_t v);
    void float8(double v);
    void text(std::string_view v);  ///< UTF-8 without NUL; PostgreSQL refuses anything else
    void bytea(ByteSpan v);
    void timestamptz(WallTime v);  ///< clamped to what timestamptz can hold
    void int2s(std::span<const std::int16_t> v);
    void int4s(std::span<const std::int32_t> v);
    void int8s(std::span<const std::int64_t> v);
    void float8s(std::span<const double> v);          ///< NaN becomes a NULL element
    void texts(std::span<const std::string_view> v);  ///< a view without data (`{}`) becomes a NULL element
    void timestamptzs(std::span<const WallTime> v);

private:
    char* grow(std::size_t bytes);
    char* begin_array(std::size_t count, bool has_null, std::uint32_t element, std::size_t payload);
    std::vector<char> data_;
    std::size_t size_ = 0;
};

}  // namespace watchglass::storage
