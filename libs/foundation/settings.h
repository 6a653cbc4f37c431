// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/foundation/result.h"

namespace watchglass {

/// One setting describes itself: name, prose, default and bounds in one place. Each component declares its
/// own next to its code; main gathers them into a SettingsReader.
///
///     inline constexpr Setting<std::chrono::milliseconds> batch_max_wait{
///         .name = "ingest.batch_max_wait",
///         .doc = "Longest a frame waits before its batch is committed.",
///         .fallback = 200ms, .least = 5ms, .most = 10s};
///
/// `name` is `section.key` in the TOML file and WATCHGLASS_SECTION_KEY in the environment.
/// T is std::int64_t, double, bool, std::string_view (read as std::string) or std::chrono::milliseconds
/// (written "250ms", "5s").
template <class T>
struct Setting {
    std::string_view name;
    std::string_view doc;
    T fallback{};
    T least{};  ///< numbers and durations; least == most means unbounded
    T most{};
    bool required = false;  ///< no usable default: complain when nobody set it
};

template <>
struct Setting<bool> {
    std::string_view name;
    std::string_view doc;
    bool fallback = false;
};

template <>
struct Setting<std::string_view> {
    std::string_view name;
    std::string_view doc;
    std::string_view fallback{};
    bool required = false;
};

/// Reads settings from a TOML file and the environment, and collects every complaint before anybody gives up.
///
///     SettingsReader reader{path, environment};
///     IngestSettings settings{.batch_max_wait = reader.get(batch_max_wait), ...};
///     if (auto bad = reader.complaints(); !bad.empty()) ...
///
/// One thread. A value that could not be read yields the fallback and a complaint, a sentence with file and
/// line. Keys of the file that nobody asked for are complaints too.
class SettingsReader {
public:
    using Environment = std::map<std::string, std::string>;

    /// The file may be absent only when `path` is empty.
    SettingsReader(const std::filesystem::path& path, Environment environment);
    ~SettingsReader();
    SettingsReader(SettingsReader&&) noexcept;

    std::int64_t get(const Setting<std::int64_t>&);
    double get(const Setting<double>&);
    bool get(const Setting<bool>&);
    std::string get(const Setting<std::string_view>&);
    std::chrono::milliseconds get(const Setting<std::chrono::milliseconds>&);

    /// Adds what a component found wrong with values that are each acceptable alone.
    void complain(std::string sentence);
    /// Ask after the last get(): includes unknown keys, also in WATCHGLASS_* variables of sections that somebody reads.
    [[nodiscard]] std::vector<std::string> complaints() const;

    /// For --print-config: TOML with each setting's doc and where its value came from (default, file:line,
    /// variable).
    [[nodiscard]] std::string effective() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The environment of this process that begins with WATCHGLASS_.
SettingsReader::Environment watchglass_environment();

}  // namespace watchglass
