// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/agent/arguments.h"

#include <charconv>
#include <map>

#include <fmt/format.h>

#include "device-sdk/agent/codes.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/file.h"

namespace watchglass::agent {
namespace {

using namespace std::chrono_literals;

constexpr Setting<std::string_view> directory_setting{.name = "agent.dir",
                                                      .doc = "State directory: identity and journal.",
                                                      .fallback = "/var/lib/watchglass/agent"};
constexpr Setting<std::string_view> source_setting{
    .name = "agent.source", .doc = "Where readings come from: host, csv or lines.", .fallback = "host"};
constexpr Setting<std::string_view> dictionary_setting{
    .name = "agent.dictionary",
    .doc = "What is reported: host or pump-test-bench; empty: the source's usual one.",
    .fallback = ""};
constexpr Setting<std::string_view> file_setting{
    .name = "agent.file", .doc = "The recording of source csv.", .fallback = ""};
constexpr Setting<std::string_view> socket_setting{.name = "agent.socket",
                                                   .doc = "The Unix socket of source lines.",
                                                   .fallback = "/run/watchglass/agent.sock"};
constexpr Setting<std::chrono::milliseconds> interval_setting{
    .name = "agent.interval",
    .doc = "How often source host reads the machine.",
    .fallback = 5s,
    .least = 100ms,
    .most = 1h};
constexpr Setting<std::chrono::milliseconds> flush_setting{
    .name = "agent.flush_interval",
    .doc = "Longest a change waits for others before it becomes a frame.",
    .fallback = 1s,
    .least = 10ms,
    .most = 15min};
constexpr Setting<std::chrono::milliseconds> sync_setting{
    .name = "agent.sync_interval",
    .doc = "Longest a frame waits to be made durable; only then it is sent.",
    .fallback = 5s,
    .least = 10ms,
    .most = 15min};
constexpr Setting<std::int64_t> journal_setting{.name = "agent.journal_megabytes",
                                                .doc = "Most the journal takes on disk, in MiB.",
                                                .fallback = 256,
                                                .least = 4,
                                                .most = 1 << 20};
constexpr Setting<std::string_view> proxy_setting{
    .name = "agent.proxy",
    .doc = "The customer's HTTP proxy as host:port; empty: none. The environment's is not used.",
    .fallback = ""};
constexpr Setting<std::string_view> proxy_user_setting{
    .name = "agent.proxy_user", .doc = "User at the proxy.", .fallback = ""};
constexpr Setting<std::string_view> proxy_password_setting{
    .name = "agent.proxy_password_file", .doc = "File with the password at the proxy.", .fallback = ""};

tl::unexpected<Failure> usage(std::string why) {
    return failed(Failure{codes::usage, Next::give_up, std::move(why), {}});
}

const std::map<std::string, Command, std::less<>> commands{
    {"enroll", Command::enroll},     {"run", Command::run},     {"status", Command::status},
    {"--version", Command::version}, {"--help", Command::help}, {"-h", Command::help}};

/// Flags that stand for a setting: they take the setting's way of writing and its bounds.
const std::map<std::string, std::string, std::less<>> setting_flags{
    {"--dir", "WATCHGLASS_AGENT_DIR"},
    {"--source", "WATCHGLASS_AGENT_SOURCE"},
    {"--dictionary", "WATCHGLASS_AGENT_DICTIONARY"},
    {"--file", "WATCHGLASS_AGENT_FILE"},
    {"--socket", "WATCHGLASS_AGENT_SOCKET"},
    {"--interval", "WATCHGLASS_AGENT_INTERVAL"},
    {"--flush", "WATCHGLASS_AGENT_FLUSH_INTERVAL"},
    {"--sync", "WATCHGLASS_AGENT_SYNC_INTERVAL"},
    {"--journal-megabytes", "WATCHGLASS_AGENT_JOURNAL_MEGABYTES"},
    {"--proxy", "WATCHGLASS_AGENT_PROXY"}};

Result<double> parse_speed(const std::string& text) {
    if (text == "max") return 0.0;
    double speed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), speed);
    if (error != std::errc{} || end != text.data() + text.size() || !(speed > 0) || speed > 1e6) {
        return usage("--speed takes a number of times the recording's pace, or max.");
    }
    return speed;
}

Result<std::optional<security::HttpProxy>> parse_proxy(const std::string& text) {
    if (text.empty()) return std::optional<security::HttpProxy>{};
    const auto colon = text.rfind(':');
    security::HttpProxy proxy;
    if (colon != std::string::npos) {
        proxy.host = text.substr(0, colon);
        std::from_chars(text.data() + colon + 1, text.data() + text.size(), proxy.port);
    }
    if (proxy.host.empty() || proxy.port == 0 || text.find("//") != std::string::npos) {
        return usage("--proxy takes host:port.");
    }
    return std::optional{proxy};
}

/// One flag that is no setting. False: not one of ours.
Result<bool> take_flag(const std::string& flag, const std::optional<std::string>& value, bool& used_value,
                       Arguments& out) {
    used_value = false;
    if (flag == "--replace") return out.replace = true;
    if (flag == "--exit-when-stored") return out.exit_when_stored = true;
    if (flag == "--json") return out.json = true;
    if (flag == "--print-config") return out.print_config = true;
    if (flag != "--ticket-file" && flag != "--map" && flag != "--speed") return false;
    if (!value) return usage(flag + " needs a value.");
    used_value = true;
    if (flag == "--ticket-file") out.ticket_file = *value;
    if (flag == "--map") {
        const auto equals = value->rfind('=');
        if (equals == std::string::npos) return usage("--map takes COLUMN=PARAMETER.");
        out.map[value->substr(0, equals)] = value->substr(equals + 1);
    }
    if (flag == "--speed") {
        const auto speed = parse_speed(*value);
        if (!speed) return failed(speed);
        out.speed = *speed;
    }
    return true;
}

Result<void> take_settings(const std::filesystem::path& config,
                           const SettingsReader::Environment& environment, Arguments& out) {
    SettingsReader reader{config, environment};
    out.directory = reader.get(directory_setting);
    out.source = reader.get(source_setting);
    out.dictionary = reader.get(dictionary_setting);
    out.file = reader.get(file_setting);
    out.socket = reader.get(socket_setting);
    out.interval = reader.get(interval_setting);
    out.flush_interval = reader.get(flush_setting);
    out.sync_interval = reader.get(sync_setting);
    out.journal_megabytes = reader.get(journal_setting);
    auto proxy = parse_proxy(reader.get(proxy_setting));
    const std::string user = reader.get(proxy_user_setting);
    const std::string password_file = reader.get(proxy_password_setting);
    const auto complaints = reader.complaints();
    out.effective = reader.effective();
    if (!complaints.empty()) return usage(fmt::format("{}", fmt::join(complaints, " ")));
    if (!proxy) return failed(proxy);
    out.proxy = std::move(*proxy);
    if (out.proxy) out.proxy->user = user;
    if (out.proxy && !password_file.empty()) {
        auto password = read_file(password_file, 4096);
        if (!password) return failed(password);
        while (!password->empty() && password->back() == '\n') password->pop_back();
        out.proxy->password = *password;
    }
    return {};
}

}  // namespace

Result<Arguments> parse_arguments(const std::vector<std::string>& words,
                                  const SettingsReader::Environment& environment) {
    Arguments out;
    if (words.empty()) return out;
    const auto command = commands.find(words.front());
    if (command == commands.end()) return usage(fmt::format("There is no command {}.", words.front()));
    out.command = command->second;
    if (out.command == Command::help || out.command == Command::version) return out;

    // The rest of WATCHGLASS_* belongs to other programs of ours.
    SettingsReader::Environment settings = environment;
    std::erase_if(settings,
                  [](const auto& variable) { return !variable.first.starts_with("WATCHGLASS_AGENT_"); });
    std::filesystem::path config;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string& word = words[i];
        const std::optional<std::string> value =
            i + 1 < words.size() ? std::optional{words[i + 1]} : std::nullopt;
        if (word == "-" || !word.starts_with("-")) {
            if (out.command != Command::enroll || !out.ticket.empty())
                return usage(fmt::format("{} was not expected.", word));
            out.ticket = word;
        } else if (word == "--config" || setting_flags.contains(word)) {
            if (!value) return usage(word + " needs a value.");
            if (word == "--config")
                config = *value;
            else
                settings[setting_flags.at(word)] = *value;
            ++i;
        } else {
            bool used_value = false;
            const auto known = take_flag(word, value, used_value, out);
            if (!known) return failed(known);
            if (!*known) return usage(fmt::format("There is no flag {}.", word));
            if (used_value) ++i;
        }
    }
    if (auto taken = take_settings(config, settings, out); !taken) return failed(taken);
    if (out.command == Command::enroll && !out.ticket.empty() && !out.ticket_file.empty()) {
        return usage("enroll takes a ticket or --ticket-file FILE, not both.");
    }
    if (out.ticket == "-") out.ticket.clear();
    return out;
}

std::string usage_text() {
    return "Usage:\n"
           "  watchglass-agent enroll [- | --ticket-file FILE | TICKET]   [--dir DIR] [--proxy HOST:PORT] "
           "[--replace]\n"
           "      Without TICKET, or with -, the ticket is read from standard input: best, for it is a "
           "secret and\n"
           "      every user of the machine may read command lines.\n"
           "  watchglass-agent run [--dir DIR] --source host        [--interval 5s]\n"
           "  watchglass-agent run [--dir DIR] --source csv --file FILE [--speed 1|N|max] [--map "
           "COLUMN=PARAMETER]...\n"
           "  watchglass-agent run [--dir DIR] --source lines       [--socket PATH]\n"
           "      [--dictionary NAME] [--exit-when-stored] [--flush 1s] [--sync 5s] [--journal-megabytes "
           "256]\n"
           "      [--proxy HOST:PORT]\n"
           "  watchglass-agent status [--dir DIR] [--json]\n"
           "  watchglass-agent --version\n"
           "Every command takes --config FILE (TOML, section [agent]) and --print-config; WATCHGLASS_AGENT_* "
           "overrides it.\n"
           "Durations are written 250ms, 5s, 15m. Exit codes: 0 done, 1 failed, 2 usage, 3 not reachable, 4 "
           "refused,\n"
           "5 not found, 6 partly done. --exit-when-stored: 0 says that the journal holds nothing that is "
           "not stored.\n";
}

}  // namespace watchglass::agent
