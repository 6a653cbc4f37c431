// SPDX-License-Identifier: Apache-2.0
#include "cli/import/instrument_list.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <csv.h>
#include <fmt/format.h>

#include "cli/commands/codes.h"
#include "cli/terminal/table.h"
#include "libs/foundation/file.h"
#include "libs/foundation/utf8.h"

namespace watchglass::cli {
namespace {

constexpr std::size_t most_bytes = std::size_t{16} << 20;
constexpr std::size_t longest_text = 200;  // as the platform takes them
constexpr std::size_t longest_dictionary = 63;

using Row = std::vector<std::string>;

Failure unreadable(std::string why) {
    return Failure{codes::list_unreadable, Next::give_up, std::move(why), {}};
}

/// libcsv's parser with its callbacks.
class CsvRows {
public:
    explicit CsvRows(char separator) {
        csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL);
        csv_set_delim(&parser_, static_cast<unsigned char>(separator));
    }
    ~CsvRows() { csv_free(&parser_); }
    CsvRows(const CsvRows&) = delete;
    CsvRows& operator=(const CsvRows&) = delete;

    Result<std::vector<Row>> read(std::string_view text) {
        const bool whole =
            csv_parse(&parser_, text.data(), text.size(), on_field, on_row, this) == text.size();
        if (!whole || csv_fini(&parser_, on_field, on_row, this) != 0) {
            return failed(
                unreadable(fmt::format("Row {} is not CSV: a quote stands where none may, or one is "
                                       "never closed.",
                                       rows_.size() + 1)));
        }
        return std::move(rows_);
    }

private:
    static void on_field(void* text, std::size_t size, void* self) {
        static_cast<CsvRows*>(self)->row_.emplace_back(static_cast<const char*>(text), size);
    }
    /// `end`: the byte that ended it. CR LF is reported as two ends.
    static void on_row(int end, void* self) {
        auto& rows = *static_cast<CsvRows*>(self);
        const bool second_half = end == CSV_LF && rows.after_cr_ && rows.row_.empty();
        rows.after_cr_ = end == CSV_CR;
        if (!second_half) rows.rows_.push_back(std::exchange(rows.row_, {}));
    }

    csv_parser parser_{};
    Row row_;
    std::vector<Row> rows_;
    bool after_cr_ = false;
};

char separator_of(std::string_view text) {
    const auto head = text.substr(0, text.find_first_of("\r\n"));
    const auto commas = std::count(head.begin(), head.end(), ',');
    return std::count(head.begin(), head.end(), ';') > commas ? ';' : ',';
}

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

/// Where each column is.
struct Columns {
    std::optional<std::size_t> site, model, serial, dictionary;

    static Result<Columns> of(const Row& head) {
        Columns columns;
        const std::pair<const char*, std::optional<std::size_t>*> known[] = {
            {"site", &columns.site},
            {"model", &columns.model},
            {"serial", &columns.serial},
            {"dictionary", &columns.dictionary}};
        for (std::size_t i = 0; i < head.size(); ++i) {
            const auto column = std::find_if(std::begin(known), std::end(known),
                                             [&](const auto& one) { return lower(head[i]) == one.first; });
            if (column == std::end(known)) {
                return failed(
                    unreadable(fmt::format("It has a column '{}'; columns are site, model, serial and "
                                           "dictionary.",
                                           printable(head[i]))));
            }
            if (*column->second)
                return failed(unreadable(fmt::format("It has two columns '{}'.", column->first)));
            *column->second = i;
        }
        for (const auto& [name, where] : known) {
            if (!*where && where != &columns.dictionary)
                return failed(unreadable(fmt::format("Its head line has no column '{}'.", name)));
        }
        return columns;
    }
};

/// Nothing: the text may stand there.
std::optional<std::string> complaint_about(std::string_view column, const std::string& text) {
    if (text.empty()) return fmt::format("{} is empty", column);
    if (text.size() > longest_text) return fmt::format("{} is longer than {} bytes", column, longest_text);
    if (!is_valid_utf8(text)) return fmt::format("{} is not UTF-8", column);
    const auto control = std::find_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (control != text.end()) return fmt::format("{} has a control character", column);
    return std::nullopt;
}

bool is_dictionary_name(std::string_view name) {
    return name.size() <= longest_dictionary && name.front() >= 'a' && name.front() <= 'z' &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

std::optional<std::string> complaint_about(const ListedInstrument& instrument) {
    for (const auto& [column, text] : {std::pair{"site", &instrument.site},
                                       {"model", &instrument.model},
                                       {"serial", &instrument.serial}}) {
        if (auto complaint = complaint_about(column, *text)) return complaint;
    }
    if (!instrument.dictionary.empty() && !is_dictionary_name(instrument.dictionary))
        return fmt::format("'{}' is no dictionary's name", printable(instrument.dictionary));
    return std::nullopt;
}

/// Both times the same instrument, or nothing.
class Seen {
public:
    std::optional<std::string> complaint_about(const ListedInstrument& instrument) {
        const auto [first, fresh] =
            rows_.emplace(std::pair{instrument.model, instrument.serial}, instrument.row);
        if (fresh) return std::nullopt;
        return fmt::format("{} {} stands in row {} already", printable(instrument.model),
                           printable(instrument.serial), first->second);
    }

private:
    std::map<std::pair<std::string, std::string>, std::size_t> rows_;
};

bool blank(const Row& row) {
    return std::all_of(row.begin(), row.end(), [](const std::string& field) { return field.empty(); });
}

}  // namespace

Result<InstrumentList> parse_instrument_list(std::string_view csv) {
    if (csv.starts_with("\xEF\xBB\xBF")) csv.remove_prefix(3);
    const auto rows = CsvRows{separator_of(csv)}.read(csv);
    if (!rows) return failed(rows);
    if (rows->empty() || blank(rows->front())) return failed(unreadable("It has no head line."));
    const auto columns = Columns::of(rows->front());
    if (!columns) return failed(columns);

    InstrumentList list;
    Seen seen;
    for (std::size_t i = 1; i < rows->size(); ++i) {
        const Row& row = (*rows)[i];
        if (blank(row)) continue;
        if (row.size() != rows->front().size()) {
            list.mistakes.push_back(
                {i + 1, fmt::format("it has {} fields instead of {}", row.size(), rows->front().size())});
            continue;
        }
        ListedInstrument instrument{.row = i + 1,
                                    .site = row[*columns->site],
                                    .model = row[*columns->model],
                                    .serial = row[*columns->serial],
                                    .dictionary = columns->dictionary ? row[*columns->dictionary] : ""};
        auto complaint = complaint_about(instrument);
        if (!complaint) complaint = seen.complaint_about(instrument);
        if (complaint)
            list.mistakes.push_back({i + 1, std::move(*complaint)});
        else
            list.instruments.push_back(std::move(instrument));
    }
    return list;
}

Result<InstrumentList> read_instrument_list(const std::filesystem::path& file) {
    const auto text = read_file(file, most_bytes);
    if (!text) return failed(text);
    return parse_instrument_list(*text);
}

}  // namespace watchglass::cli
