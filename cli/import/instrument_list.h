// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "libs/foundation/result.h"

namespace watchglass::cli {

/// One row of the list: what `watchglass device add` takes.
struct ListedInstrument {
    std::size_t row = 0;  ///< in the file, the head is row 1
    std::string site, model, serial;
    std::string dictionary;  ///< empty: none
};

/// A row that cannot be registered, and why.
struct RowMistake {
    std::size_t row = 0;
    std::string why;
};

struct InstrumentList {
    std::vector<ListedInstrument> instruments;
    std::vector<RowMistake> mistakes;  ///< in the order of rows
};

/// CSV (RFC 4180) in UTF-8 with a head line that names the columns site, model, serial and, if wanted, dictionary, in
/// any order; separated by comma or semicolon, whichever the head has. Empty rows are passed over. A column by another
/// name is refused, so that a misspelled one is not silently missing. An instrument that stands there twice is a mistake.
/// Fails with cli.list_unreadable; mistakes of single rows are in the answer, all of them.
Result<InstrumentList> parse_instrument_list(std::string_view csv);

/// The same of a file of at most 16 MiB.
Result<InstrumentList> read_instrument_list(const std::filesystem::path& file);

}  // namespace watchglass::cli
