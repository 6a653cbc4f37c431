// SPDX-License-Identifier: Apache-2.0
#include "storage/migrations/builtin_dictionaries.h"

#include <algorithm>

#include "libs/foundation/file.h"
#include "schemas/dictionaries/dictionary_text.h"
#include "storage/migrations/embedded_dictionaries.h"
#include "storage/postgres/unit_of_work.h"
#include "storage/telemetry/dictionary_store.h"

namespace watchglass::storage {

std::vector<DictionarySource> built_in_dictionaries() {
    std::vector<DictionarySource> sources;
    for (const auto& file : dictionaries::files)
        sources.push_back({std::string(file.name), std::string(file.text)});
    return sources;
}

Result<std::vector<DictionarySource>> dictionaries_in(const std::filesystem::path& directory) {
    std::vector<DictionarySource> sources;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
        if (entry.path().extension() != ".textproto") continue;
        auto text = read_file(entry.path());
        if (!text) return failed(text);
        sources.push_back({entry.path().filename().string(), std::move(*text)});
    }
    if (error)
        return failed(Failure{
            watchglass::codes::io_error, Next::give_up, directory.string() + ": " + error.message(), {}});
    std::sort(sources.begin(), sources.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return sources;
}

Result<std::vector<std::string>> install_dictionaries(Connection& connection,
                                                      const std::vector<DictionarySource>& sources) {
    auto unit = UnitOfWork::begin(connection);
    if (!unit) return failed(unit);
    std::vector<std::string> installed;
    for (const DictionarySource& source : sources) {
        const auto named = [&](Failure failure) {
            failure.detail = source.name + ": " + failure.detail;
            return failed(std::move(failure));
        };
        const auto dictionary = parse_dictionary_text(source.text);
        if (!dictionary) return named(dictionary.error());
        auto done =
            install_dictionary(*unit, std::nullopt, *dictionary, dictionary_digest(*dictionary), source.text);
        if (!done) return named(done.error());
        if (!done->was_there)
            installed.push_back(dictionary->name + " " + std::to_string(dictionary->version));
    }
    if (auto outcome = unit->commit(); outcome.committed != Committed::yes) return failed(*outcome.failure);
    return installed;
}

}  // namespace watchglass::storage
