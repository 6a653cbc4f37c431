// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace watchglass::cli {

/// How a row stands out on a terminal.
enum class Emphasis { none, warning, alarm };
/// That of a severity or staleness: alarm, warning, silent ...
Emphasis emphasis_of(std::string_view word);
inline Emphasis worse(Emphasis a, Emphasis b) { return a > b ? a : b; }

/// Columns of text for a person: a head, rows, each column as wide as its widest cell (in code points).
class Table {
public:
    explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
    void add(std::vector<std::string> row, Emphasis emphasis = Emphasis::none) {
        rows_.push_back(std::move(row));
        emphasis_.push_back(emphasis);
    }
    void align_right(std::size_t column) { right_.push_back(column); }
    /// `colors`: whole rows in the color of their emphasis.
    [[nodiscard]] std::string text(bool colors = false) const;
    [[nodiscard]] bool empty() const { return rows_.empty(); }

private:
    std::vector<std::string> head_;
    std::vector<std::vector<std::string>> rows_;
    std::vector<Emphasis> emphasis_;  // of each row
    std::vector<std::size_t> right_;
};

/// Control characters (C0, DEL, C1, also those of broken UTF-8) become visible escapes: an instrument's text must not
/// drive somebody's terminal.
std::string printable(std::string_view text);

/// "3 s", "12 min", "5 h", "9 d": how long ago, for a column.
std::string age(double seconds);

/// A line for a person: local time with its zone, then UTC.
std::string local_and_utc(std::string_view rfc3339);

/// Is standard output a terminal?
bool on_terminal();

/// Is somebody there to be asked: are standard input and standard error a terminal?
bool somebody_there();

/// Is it one that shall be in color? Not with NO_COLOR in the environment (https://no-color.org).
bool colors_wanted();

}  // namespace watchglass::cli
