// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "schemas/values/dictionary.h"

namespace watchglass::agent {

/// Column name -> parameter name, as --map gives it.
using ColumnMap = std::map<std::string, std::string, std::less<>>;

struct CsvRow {
    WallTime at;
    std::vector<std::pair<ParameterNumber, double>> values;  ///< empty fields are left out
};

/// Reads recordings as laboratories export them: a head line, a time column first, numbers after it.
///
/// The separator is the one of `;`, `,` and tab that the head line has most of. A column belongs to a parameter by
/// --map, or because its name is the parameter's (letters and digits compared, case ignored: "Volume Flow RateRMS" is
/// volume_flow_rate_rms). Times are RFC 3339, or `YYYY-MM-DD hh:mm:ss[.ffffff]` without a zone, read as UTC.
/// Pure: lines come from the caller. One thread.
class CsvReader {
public:
    static Result<CsvReader> from_head(std::string_view head, const Dictionary& dictionary,
                                       const ColumnMap& map);

    /// agent.csv_bad_line with the reason; NaN and infinity are reasons.
    [[nodiscard]] Result<CsvRow> read(std::string_view line) const;

    [[nodiscard]] const std::vector<std::string>& skipped_columns() const { return skipped_; }
    [[nodiscard]] std::size_t used_columns() const;

private:
    char separator_ = ',';
    std::vector<std::optional<ParameterNumber>> columns_;  ///< of the fields after the time
    std::vector<std::string> skipped_;
};

/// `2020-03-09 10:14:33` (UTC) or RFC 3339.
Result<WallTime> parse_csv_time(std::string_view text);

}  // namespace watchglass::agent
