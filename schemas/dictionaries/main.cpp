// SPDX-License-Identifier: Apache-2.0
// watchglass-dictionary: checks dictionaries and compiles them for firmware, at build time.
#include <filesystem>
#include <iostream>
#include <string_view>
#include <vector>

#include "libs/foundation/exit_code.h"
#include "libs/foundation/file.h"
#include "libs/foundation/version.h"
#include "schemas/dictionaries/constants_header.h"
#include "schemas/dictionaries/dictionary_text.h"

namespace {

using namespace watchglass;

constexpr std::string_view usage =
    "watchglass-dictionary lint FILE...             says what is wrong with each file\n"
    "watchglass-dictionary compile FILE -o HEADER   writes a dictionary as C++ constants\n"
    "watchglass-dictionary digest FILE...           name, version and digest of each file\n"
    "watchglass-dictionary --version\n";

/// The dictionary in a file; says on stderr, in the compilers' form, what is wrong with it.
Result<Dictionary> load(const std::filesystem::path& file) {
    const auto text = read_file(file);
    if (!text) {
        std::cerr << file.string() << ": " << text.error().message() << '\n';
        return failed(text);
    }
    for (const DictionaryComplaint& complaint : lint_dictionary_text(*text)) {
        std::cerr << file.string() << ':' << complaint.line << ": " << complaint.what << '\n';
    }
    return parse_dictionary_text(*text);
}

ExitCode lint(const std::vector<std::string_view>& files) {
    bool all_good = true;
    for (const auto file : files) all_good = load(file).has_value() && all_good;
    return all_good ? ExitCode::done : ExitCode::failed;
}

ExitCode digest(const std::vector<std::string_view>& files) {
    for (const auto file : files) {
        const auto dictionary = load(file);
        if (!dictionary) return ExitCode::failed;
        std::cout << dictionary->name << ' ' << dictionary->version << ' ' << dictionary_digest(*dictionary)
                  << '\n';
    }
    return ExitCode::done;
}

ExitCode compile(const std::filesystem::path& file, const std::filesystem::path& header) {
    const auto dictionary = load(file);
    if (!dictionary) return ExitCode::failed;
    const auto text = dictionaries::constants_header(*dictionary, file.filename().string());
    const auto written = write_file_atomically(header, text);
    if (!written) std::cerr << written.error().message() << '\n';
    return written ? ExitCode::done : ExitCode::failed;
}

ExitCode run(std::vector<std::string_view> words) {
    if (words.size() == 1 && words[0] == "--version") {
        std::cout << version_line("watchglass-dictionary") << '\n';
        return ExitCode::done;
    }
    if (words.size() == 1 && (words[0] == "--help" || words[0] == "-h")) {
        std::cout << usage;
        return ExitCode::done;
    }
    if (words.size() == 4 && words[0] == "compile" && words[2] == "-o") return compile(words[1], words[3]);
    if (words.size() >= 2 && (words[0] == "lint" || words[0] == "digest")) {
        const auto verb = words[0];
        words.erase(words.begin());
        return verb == "lint" ? lint(words) : digest(words);
    }
    std::cerr << usage;
    return ExitCode::usage;
}

}  // namespace

int main(int argc, char** argv) { return static_cast<int>(run({argv + 1, argv + argc})); }
