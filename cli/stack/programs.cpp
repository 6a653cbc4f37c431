// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/programs.h"

#include <cstdlib>
#include <optional>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/stack/codes.h"

namespace watchglass::cli {

namespace {

namespace fs = std::filesystem;

struct Needed {
    const char* name;
    const char* package;
};

constexpr Needed of_the_system[] = {
    {"initdb", "postgresql"},      {"postgres", "postgresql"}, {"pg_isready", "postgresql-client"},
    {"psql", "postgresql-client"}, {"mosquitto", "mosquitto"}, {"haproxy", "haproxy"},
};
constexpr const char* ours[] = {
    "watchglass-migrate", "watchglass-signerd",  "watchglass-provisiond", "watchglass-bridged",
    "watchglass-ingestd", "watchglass-consoled", "watchglass-agent",
};

std::vector<fs::path> system_directories() {
    // Debian's programs for PostgreSQL on PATH are wrappers that choose a version; a stack knows which one it wants.
    std::vector<fs::path> directories{"/usr/lib/postgresql/15/bin"};
    if (const char* path = std::getenv("PATH")) {
        std::string_view rest{path};
        while (!rest.empty()) {
            const auto colon = rest.find(':');
            directories.emplace_back(rest.substr(0, colon));
            rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
        }
    }
    directories.emplace_back("/usr/sbin");
    return directories;
}

std::optional<fs::path> first_executable(const std::vector<fs::path>& directories, const char* name) {
    for (const auto& directory : directories) {
        auto candidate = directory / name;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return std::nullopt;
}

}  // namespace

Result<fs::path> Programs::locate_system(const std::string& program) {
    if (auto found = first_executable(system_directories(), program.c_str())) return *found;
    return failed(Failure{codes::program_missing, Next::tell_operator, program, ""});
}

Result<Programs> Programs::locate() {
    Programs programs;
    std::string missing;
    const auto directories = system_directories();
    for (const auto& needed : of_the_system) {
        if (auto found = first_executable(directories, needed.name)) {
            programs.found_[needed.name] = *found;
        } else {
            missing += fmt::format("{}{} (Debian package {})", missing.empty() ? "" : ", ", needed.name,
                                   needed.package);
        }
    }
    const auto here = fs::read_symlink("/proc/self/exe").parent_path();
    for (const auto* name : ours) {
        if (auto found = first_executable({here}, name)) {
            programs.found_[name] = *found;
        } else {
            missing += fmt::format("{}{} (expected in {})", missing.empty() ? "" : ", ", name, here.string());
        }
    }
    for (const auto& place : {here / "../lib", here / "../lib/watchglass"}) {
        if (fs::exists(place / plugin_name))
            programs.found_[plugin_name] = fs::canonical(place / plugin_name);
    }
    if (!programs.found_.contains(plugin_name)) {
        missing += fmt::format("{}{} (expected in {})", missing.empty() ? "" : ", ", plugin_name,
                               (here / "../lib").lexically_normal().string());
    }
    if (!missing.empty()) return failed(Failure{codes::program_missing, Next::tell_operator, missing, ""});
    return programs;
}

}  // namespace watchglass::cli
