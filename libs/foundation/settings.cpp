// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <type_traits>

#include <fmt/format.h>
#include <unistd.h>

#include "libs/foundation/clock.h"
#include "libs/foundation/file.h"
#include "libs/foundation/toml_document.h"

namespace watchglass {
namespace {

using std::chrono::milliseconds;

/// `ingest.batch_max_wait` is WATCHGLASS_INGEST_BATCH_MAX_WAIT.
std::string variable_of(std::string_view name) {
    std::string variable = "WATCHGLASS_";
    for (const char c : name) {
        variable += c == '.' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    }
    return variable;
}

std::optional<std::int64_t> integer_in(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<double> number_in(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

std::optional<milliseconds> duration_in(std::string_view text) {
    const auto duration = parse_duration(text);
    if (!duration || duration->count() % 1000 != 0) return std::nullopt;
    return std::chrono::duration_cast<milliseconds>(*duration);
}

// How each kind of value is described, read from a variable, read from the file, and shown.
template <class T>
struct Kind;

template <>
struct Kind<std::int64_t> {
    static constexpr std::string_view wanted = "a whole number";
    static std::optional<std::int64_t> read(std::string_view text) { return integer_in(text); }
    static std::optional<std::int64_t> read(const TomlDocument::Entry& entry) {
        const auto* value = std::get_if<std::int64_t>(&entry.value);
        return value != nullptr ? std::optional{*value} : std::nullopt;
    }
    static std::string show(std::int64_t value) { return fmt::format("{}", value); }
};

template <>
struct Kind<double> {
    static constexpr std::string_view wanted = "a number";
    static std::optional<double> read(std::string_view text) { return number_in(text); }
    static std::optional<double> read(const TomlDocument::Entry& entry) {
        if (const auto* value = std::get_if<double>(&entry.value);
            value != nullptr && std::isfinite(*value)) {
            return *value;
        }
        const auto* whole = std::get_if<std::int64_t>(&entry.value);
        return whole != nullptr ? std::optional{static_cast<double>(*whole)} : std::nullopt;
    }
    static std::string show(double value) {
        auto text = fmt::format("{}", value);
        // TOML tells a float from an integer by its point or exponent.
        return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
    }
};

template <>
struct Kind<bool> {
    static constexpr std::string_view wanted = "true or false";
    static std::optional<bool> read(std::string_view text) {
        if (text == "true" || text == "1") return true;
        if (text == "false" || text == "0") return false;
        return std::nullopt;
    }
    static std::optional<bool> read(const TomlDocument::Entry& entry) {
        const auto* value = std::get_if<bool>(&entry.value);
        return value != nullptr ? std::optional{*value} : std::nullopt;
    }
    static std::string show(bool value) { return value ? "true" : "false"; }
};

template <>
struct Kind<std::string> {
    static constexpr std::string_view wanted = "a text in quotes";
    static std::optional<std::string> read(std::string_view text) { return std::string(text); }
    static std::optional<std::string> read(const TomlDocument::Entry& entry) {
        const auto* value = std::get_if<std::string>(&entry.value);
        return value != nullptr ? std::optional{*value} : std::nullopt;
    }
    static std::string show(const std::string& value) { return toml_quoted(value); }
};

template <>
struct Kind<milliseconds> {
    static constexpr std::string_view wanted = "a duration such as \"250ms\", \"5s\" or \"2h\"";
    static std::optional<milliseconds> read(std::string_view text) { return duration_in(text); }
    static std::optional<milliseconds> read(const TomlDocument::Entry& entry) {
        const auto* value = std::get_if<std::string>(&entry.value);
        return value != nullptr ? duration_in(*value) : std::nullopt;
    }
    static std::string show(milliseconds value) { return toml_quoted(to_duration_text(value)); }
};

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row[b.size()];
}

}  // namespace

struct SettingsReader::State {
    struct Known {
        std::string doc;
        std::string value;   ///< as TOML
        std::string origin;  ///< "default", "FILE:LINE", "$VARIABLE"
    };

    std::string file;  ///< as given; empty: none
    TomlDocument document;
    Environment environment;
    std::map<std::string, Known, std::less<>> known;
    std::vector<std::string> complaints;

    std::string at(std::uint32_t line) const { return fmt::format("{}:{}", file, line); }

    /// The value that counts, with what was wrong with it said once: environment first, then file, then
    /// default.
    template <class T, class Declared>
    T read(const Declared& setting, T fallback) {
        T value = fallback;
        std::string origin = "default";
        std::string place;  // where a complaint about the value points
        bool readable = true;

        const auto variable = variable_of(setting.name);
        if (const auto set = environment.find(variable); set != environment.end()) {
            place = origin = "$" + variable;
            const auto found = Kind<T>::read(std::string_view{set->second});
            readable = found.has_value();
            value = found.value_or(fallback);
        } else if (const auto entry = document.entries.find(setting.name); entry != document.entries.end()) {
            place = origin = at(entry->second.line);
            const auto found = Kind<T>::read(entry->second);
            readable = found.has_value();
            value = found.value_or(fallback);
        }

        const bool first_time = known.find(setting.name) == known.end();
        const auto complain = [&](std::string text) {
            if (first_time) complaints.push_back(std::move(text));
        };
        if (!readable) {
            complain(fmt::format("{}: {} must be {}.", place, setting.name, Kind<T>::wanted));
        } else if (const auto bounds = bounds_of(setting);
                   bounds && (value < bounds->first || bounds->second < value)) {
            complain(fmt::format("{}: {} must be between {} and {}.", place.empty() ? origin : place,
                                 setting.name, Kind<T>::show(bounds->first), Kind<T>::show(bounds->second)));
            value = fallback;
        }
        if (origin == "default" && is_required(setting)) {
            complain(fmt::format("{} is not set: {} Set it in {} or as ${}.", setting.name, setting.doc,
                                 file.empty() ? "the configuration file" : file, variable));
        }
        known.insert_or_assign(std::string(setting.name),
                               Known{std::string(setting.doc), Kind<T>::show(value), origin});
        return value;
    }

    template <class T>
    static std::optional<std::pair<T, T>> bounds_of(const Setting<T>& setting) {
        if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::string_view>) {
            return std::nullopt;
        } else {
            if (setting.least == setting.most) return std::nullopt;
            return std::pair{setting.least, setting.most};
        }
    }
    static std::optional<std::pair<bool, bool>> bounds_of(const Setting<bool>&) { return std::nullopt; }
    static std::optional<std::pair<std::string, std::string>> bounds_of(const Setting<std::string_view>&) {
        return std::nullopt;
    }

    template <class T>
    static bool is_required(const Setting<T>& setting) {
        if constexpr (std::is_same_v<T, bool>) {
            return false;
        } else {
            return setting.required;
        }
    }

    /// " Did you mean X?" when a known name is near.
    std::string suggestion(std::string_view name) const {
        std::string_view nearest;
        std::size_t least = std::max<std::size_t>(2, name.size() / 4) + 1;
        for (const auto& [candidate, unused] : known) {
            const auto distance = edit_distance(name, candidate);
            if (distance < least) {
                least = distance;
                nearest = candidate;
            }
        }
        return nearest.empty() ? "" : fmt::format(" Did you mean {}?", nearest);
    }
};

SettingsReader::SettingsReader(const std::filesystem::path& path, Environment environment)
    : state_(std::make_unique<State>()) {
    state_->file = path.string();
    state_->environment = std::move(environment);
    if (path.empty()) return;
    const auto text = read_file(path, 1u << 20);
    if (!text) {
        state_->complaints.push_back(text.error().detail);
        return;
    }
    auto document = parse_toml(*text);
    if (!document) {
        state_->complaints.push_back(fmt::format("{}: {}", state_->file, document.error().detail));
        return;
    }
    state_->document = std::move(*document);
}

SettingsReader::~SettingsReader() = default;
SettingsReader::SettingsReader(SettingsReader&&) noexcept = default;

std::int64_t SettingsReader::get(const Setting<std::int64_t>& setting) {
    return state_->read<std::int64_t>(setting, setting.fallback);
}
double SettingsReader::get(const Setting<double>& setting) {
    return state_->read<double>(setting, setting.fallback);
}
bool SettingsReader::get(const Setting<bool>& setting) {
    return state_->read<bool>(setting, setting.fallback);
}
std::string SettingsReader::get(const Setting<std::string_view>& setting) {
    return state_->read<std::string>(setting, std::string(setting.fallback));
}
milliseconds SettingsReader::get(const Setting<milliseconds>& setting) {
    return state_->read<milliseconds>(setting, setting.fallback);
}

void SettingsReader::complain(std::string sentence) { state_->complaints.push_back(std::move(sentence)); }

std::vector<std::string> SettingsReader::complaints() const {
    auto all = state_->complaints;
    for (const auto& [name, entry] : state_->document.entries) {
        if (state_->known.contains(name)) continue;
        all.push_back(fmt::format("{}: there is no setting {}.{}", state_->at(entry.line), name,
                                  state_->suggestion(name)));
    }
    // WATCHGLASS_DIR and its like belong to other programs; a misspelled key of a section we know does not.
    std::set<std::string> variables;
    std::set<std::string> sections;
    for (const auto& [name, unused] : state_->known) {
        variables.insert(variable_of(name));
        sections.insert(variable_of(name.substr(0, name.find('.') + 1)));
    }
    const auto is_ours = [&](const std::string& variable) {
        return std::any_of(sections.begin(), sections.end(),
                           [&](const std::string& section) { return variable.starts_with(section); });
    };
    for (const auto& [variable, unused] : state_->environment) {
        if (!variables.contains(variable) && is_ours(variable))
            all.push_back(fmt::format("${}: there is no such setting.", variable));
    }
    return all;
}

std::string SettingsReader::effective() const {
    std::string out;
    std::string section;
    for (const auto& [name, known] : state_->known) {
        const auto dot = name.rfind('.');
        const auto this_section = dot == std::string::npos ? std::string{} : name.substr(0, dot);
        if (this_section != section) {
            out += fmt::format("{}[{}]\n", out.empty() ? "" : "\n", this_section);
            section = this_section;
        }
        out += fmt::format("# {}\n{} = {}  # {}\n", known.doc,
                           dot == std::string::npos ? name : name.substr(dot + 1), known.value, known.origin);
    }
    return out;
}

SettingsReader::Environment watchglass_environment() {
    constexpr std::string_view prefix = "WATCHGLASS_";
    SettingsReader::Environment found;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        const auto equals = text.find('=');
        if (!text.starts_with(prefix) || equals == std::string_view::npos) continue;
        found.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return found;
}

}  // namespace watchglass
