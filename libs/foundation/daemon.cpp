// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/daemon.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "libs/foundation/exit_code.h"
#include "libs/foundation/log.h"
#include "libs/foundation/utf8.h"
#include "libs/foundation/version.h"

namespace watchglass {
namespace {

constexpr Setting<std::string_view> log_level{
    .name = "log.level",
    .doc = "Least level that is written: debug, info, warning or error.",
    .fallback = "info"};
constexpr Setting<std::string_view> log_format{
    .name = "log.format",
    .doc = "json, human, or automatic: human on a terminal, JSON lines elsewhere.",
    .fallback = "automatic"};

constexpr ProgramOption common_options[] = {
    {"config", "FILE", "Read the settings from this TOML file."},
    {"print-config", "", "Show every setting, its value and where it came from; then end."},
    {"version", "", "Show the version; then end."},
    {"help", "", "Show this text; then end."},
};

std::string help_text(std::string_view program, std::string_view purpose,
                      const std::vector<ProgramOption>& options) {
    std::string text = fmt::format("{} [options]\n{}\n\n", program, purpose);
    const auto append = [&](const ProgramOption& option) {
        const auto form = fmt::format("--{}{}{}", option.name, option.value.empty() ? "" : " ", option.value);
        text += fmt::format("  {:<28} {}\n", form, option.doc);
    };
    for (const auto& option : common_options) append(option);
    for (const auto& option : options) append(option);
    text += "\nEvery setting can also be given as WATCHGLASS_<SECTION>_<KEY> in the environment.\n";
    return text;
}

[[noreturn]] void leave(std::FILE* to, std::string_view text, ExitCode code) {
    std::fwrite(text.data(), 1, text.size(), to);
    std::fflush(to);
    std::exit(static_cast<int>(code));
}

[[noreturn]] void usage_mistake(std::string_view program, std::string_view complaint) {
    leave(stderr, fmt::format("{}: {} Try --help.\n", program, printable(complaint)), ExitCode::usage);
}

std::filesystem::path default_config(std::string_view program) {
    constexpr std::string_view prefix = "watchglass-";
    if (program.starts_with(prefix)) program.remove_prefix(prefix.size());
    const std::filesystem::path path = fmt::format("/etc/watchglass/{}.toml", program);
    std::error_code ignored;
    return std::filesystem::exists(path, ignored) ? path : std::filesystem::path{};
}

using Given = std::map<std::string, std::string, std::less<>>;

/// `--name value`, `--name=value` and `--flag`, and nothing else.
Given read_command_line(std::string_view program, int argc, char** argv,
                        const std::vector<ProgramOption>& options) {
    const auto known = [&](std::string_view name) -> const ProgramOption* {
        for (const auto& option : common_options) {
            if (option.name == name) return &option;
        }
        for (const auto& option : options) {
            if (option.name == name) return &option;
        }
        return nullptr;
    };

    Given given;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (!word.starts_with("--")) usage_mistake(program, fmt::format("'{}' is not an option.", word));
        const auto equals = word.find('=');
        const auto name = word.substr(2, equals == std::string_view::npos ? equals : equals - 2);
        const auto* option = known(name);
        if (option == nullptr) usage_mistake(program, fmt::format("There is no option --{}.", name));
        const bool wants_value = !option->value.empty();
        std::string value;
        if (equals != std::string_view::npos) {
            if (!wants_value) usage_mistake(program, fmt::format("--{} takes no value.", name));
            value = word.substr(equals + 1);
        } else if (wants_value) {
            if (i + 1 == argc)
                usage_mistake(program, fmt::format("--{} needs a value: {}.", name, option->value));
            value = argv[++i];
        }
        if (!given.emplace(name, value).second)
            usage_mistake(program, fmt::format("--{} is given twice.", name));
    }
    return given;
}

std::filesystem::path chosen_config(std::string_view program, const Given& given) {
    const auto chosen = given.find("config");
    return chosen != given.end() ? std::filesystem::path{chosen->second} : default_config(program);
}

std::optional<log::Level> level_named(std::string_view name) {
    if (name == "debug") return log::Level::debug;
    if (name == "info") return log::Level::info;
    if (name == "warning") return log::Level::warning;
    if (name == "error") return log::Level::error;
    return std::nullopt;
}

std::optional<log::Format> format_named(std::string_view name) {
    if (name == "automatic") return log::Format::automatic;
    if (name == "json") return log::Format::json;
    if (name == "human") return log::Format::human;
    return std::nullopt;
}

}  // namespace

Daemon::Daemon(std::string_view program, std::string_view purpose, int argc, char** argv,
               const std::vector<ProgramOption>& options)
    : program_(program),
      given_(read_command_line(program, argc, argv, options)),
      config_(chosen_config(program, given_)),
      reader_(config_, watchglass_environment()) {
    if (given_.contains("help")) leave(stdout, help_text(program, purpose, options), ExitCode::done);
    if (given_.contains("version")) leave(stdout, version_line(program) + '\n', ExitCode::done);
}

std::optional<std::string> Daemon::option(std::string_view name) const {
    const auto found = given_.find(name);
    return found != given_.end() ? std::optional{found->second} : std::nullopt;
}

void Daemon::finish_loading() {
    const auto level_name = reader_.get(log_level);
    const auto format_name = reader_.get(log_format);
    const auto level = level_named(level_name);
    const auto format = format_named(format_name);
    if (!level)
        reader_.complain(
            fmt::format("log.level must be debug, info, warning or error, not '{}'.", level_name));
    if (!format)
        reader_.complain(fmt::format("log.format must be json, human or automatic, not '{}'.", format_name));

    std::string complaints;
    for (const auto& complaint : reader_.complaints())
        complaints += fmt::format("{}: {}\n", program_, printable(complaint));
    if (given_.contains("print-config")) {
        std::fputs(complaints.c_str(), stderr);
        leave(stdout, reader_.effective(), complaints.empty() ? ExitCode::done : ExitCode::usage);
    }
    if (!complaints.empty()) leave(stderr, complaints, ExitCode::usage);
    log::start(program_, *level, *format);
}

int Daemon::run_until(TerminationSignals& signals) {
    log::info("daemon.serving", "The program serves.", {{"version", product_version}});
    const int signal = signals.wait();
    if (signal == 0) {
        log::error("daemon.giving_up", "A part of the program cannot go on; the program ends.");
        return static_cast<int>(ExitCode::failed);
    }
    log::info("daemon.stopping", "The program was asked to end.", {{"signal", signal}});
    return static_cast<int>(ExitCode::done);
}

int exit_with(std::string_view event, const Failure& failure) {
    log::failure(log::Level::error, event, failure, {{"next_step", failure.code.next_step}});
    return static_cast<int>(ExitCode::failed);
}

}  // namespace watchglass
