// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/foundation/clock.h"

struct pg_result;

namespace watchglass::storage {

class Rows;

/// One row of an answer; valid as long as its Rows. Columns count from 0.
///
/// NULL reads as false, 0, the empty text or 1970: ask is_null() or the optional_* form where that matters. Reading
/// a column as a type it does not have is a mistake in the program and ends it: numeric, interval, inet and other
/// types without an accessor must be cast in the statement (`::text`, `::float8`).
class Row {
public:
    [[nodiscard]] bool is_null(int column) const;

    [[nodiscard]] bool boolean(int column) const;
    [[nodiscard]] std::int64_t int64(int column) const;  ///< int2, int4, int8
    [[nodiscard]] std::uint64_t uint64(int column) const { return static_cast<std::uint64_t>(int64(column)); }
    [[nodiscard]] std::int32_t int32(int column) const { return static_cast<std::int32_t>(int64(column)); }
    [[nodiscard]] std::int16_t int16(int column) const { return static_cast<std::int16_t>(int64(column)); }
    [[nodiscard]] double number(int column) const;          ///< float4, float8
    [[nodiscard]] std::string_view view(int column) const;  ///< text; valid as long as the Rows
    [[nodiscard]] std::string text(int column) const { return std::string(view(column)); }
    [[nodiscard]] ByteSpan bytes(int column) const;  ///< bytea; valid as long as the Rows
    [[nodiscard]] WallTime time(int column) const;   ///< timestamptz

    [[nodiscard]] std::optional<std::int64_t> optional_int64(int column) const;
    [[nodiscard]] std::optional<double> optional_number(int column) const;
    [[nodiscard]] std::optional<std::string> optional_text(int column) const;
    [[nodiscard]] std::optional<WallTime> optional_time(int column) const;

    [[nodiscard]] std::vector<std::int16_t> int16s(int column) const;
    [[nodiscard]] std::vector<std::int32_t> int32s(int column) const;
    [[nodiscard]] std::vector<std::int64_t> int64s(int column) const;
    [[nodiscard]] std::vector<double> numbers(int column) const;  ///< NULL elements as NaN
    [[nodiscard]] std::vector<WallTime> times(int column) const;
    [[nodiscard]] std::vector<std::optional<std::string>> texts(int column) const;
    /// The same without a copy, valid as long as the Rows; NULL elements have no data.
    [[nodiscard]] std::vector<std::string_view> text_views(int column) const;
    [[nodiscard]] std::vector<Bytes> bytes_list(int column) const;

private:
    friend class Rows;
    Row(const Rows* rows, int index) : rows_(rows), index_(index) {}
    [[nodiscard]] std::string_view raw(int column) const;
    [[nodiscard]] std::uint32_t type(int column) const;

    const Rows* rows_;
    int index_;
};

/// What a statement answered. Owns the memory of its rows; movable; one thread at a time.
class Rows {
public:
    Rows() = default;
    explicit Rows(pg_result* result);

    [[nodiscard]] int size() const;
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] Row operator[](int index) const { return Row(this, index); }
    /// How many rows an INSERT, UPDATE, DELETE or SELECT touched.
    [[nodiscard]] std::int64_t affected() const;
    [[nodiscard]] std::string_view command_tag() const;

    class Iterator {
    public:
        Iterator(const Rows* rows, int index) : rows_(rows), index_(index) {}
        Row operator*() const { return (*rows_)[index_]; }
        Iterator& operator++() {
            ++index_;
            return *this;
        }
        friend bool operator==(const Iterator&, const Iterator&) = default;

    private:
        const Rows* rows_;
        int index_;
    };
    [[nodiscard]] Iterator begin() const { return {this, 0}; }
    [[nodiscard]] Iterator end() const { return {this, size()}; }

private:
    friend class Row;
    struct Clear {
        void operator()(pg_result* result) const;
    };
    std::unique_ptr<pg_result, Clear> result_;
};

}  // namespace watchglass::storage
