// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <map>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/commands/codes.h"
#include "cli/commands/commands.h"
#include "cli/commands/pages.h"
#include "cli/commands/registration.h"
#include "cli/import/instrument_list.h"
#include "cli/terminal/table.h"
#include "libs/foundation/file.h"
#include "libs/security/digest.h"

namespace watchglass::cli {
namespace {

constexpr const char* registered = "registered";
constexpr const char* was_registered = "was registered";
constexpr const char* would_register = "would be registered";

/// What became of one row.
struct Outcome {
    ListedInstrument instrument;
    std::string result;  ///< one of the above, or the refusal's code
    std::string device;  ///< its id, as far as it is known
    std::string ticket_file;
    std::string why;  ///< of a refusal
};

/// The same for the same request, so that an import that is started again finds what it did before.
std::string key_of(const json::Value& request) {
    return "import-" + to_hex(security::sha256(as_bytes(request.dump())));
}

json::Value request_of(const ListedInstrument& instrument, bool with_ticket) {
    auto wanted = json::Value::object({{"site", instrument.site},
                                       {"model", instrument.model},
                                       {"serial", instrument.serial},
                                       {"ticket", with_ticket}});
    if (!instrument.dictionary.empty()) wanted.set("dictionary", instrument.dictionary);
    return wanted;
}

// --- the file ----------------------------------------------------------------------------------------------------

std::string text_of(const std::vector<RowMistake>& mistakes) {
    std::string text;
    for (const RowMistake& mistake : mistakes)
        text += fmt::format("{}row {}: {}", text.empty() ? "" : "; ", mistake.row, mistake.why);
    return text;
}

Result<std::vector<ListedInstrument>> instruments_of(const std::string& file) {
    auto list = read_instrument_list(file);
    if (!list) return failed(list);
    if (!list->mistakes.empty())
        return failed(Failure{codes::list_has_mistakes, Next::give_up, text_of(list->mistakes), {}});
    return std::move(list->instruments);
}

Result<void> make_tickets_directory(const std::string& directory) {
    if (directory.empty()) return {};
    std::error_code error;
    std::filesystem::create_directory(directory, error);
    if (!error) std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
    if (!error && std::filesystem::is_empty(directory, error)) return {};
    return failed(Failure{codes::tickets_in_the_way, Next::give_up, directory, error ? error.message() : ""});
}

// --- the platform ------------------------------------------------------------------------------------------------

/// Instruments by model and serial number that are registered and neither revoked nor retired.
using Registered = std::map<std::pair<std::string, std::string>, std::string>;

Result<Registered> registered_at(const Context& context) {
    auto client = context.connect();
    if (!client) return failed(client);
    Registered known;
    const auto read = each_item(*client, "/v1/devices", [&](const json::Value& device) {
        const auto state = device.text_or("state", "");
        if (state != "revoked" && state != "retired")
            known[{device.text_or("model", ""), device.text_or("serial", "")}] = device.text_or("device", "");
        return true;
    });
    if (!read) return failed(read);
    return known;
}

/// `registry.already_registered` names the device in its last word: "It is device ID."
std::string device_named_in(const Failure& refusal) {
    const auto end = refusal.detail.rfind('.');
    const auto begin = refusal.detail.rfind(' ', end);
    return begin == std::string::npos ? "" : refusal.detail.substr(begin + 1, end - begin - 1);
}

Result<Outcome> import_one(http::Client& client, const ListedInstrument& instrument,
                           const std::string& tickets) {
    Outcome outcome{
        .instrument = instrument, .result = registered, .device = {}, .ticket_file = {}, .why = {}};
    const auto wanted = request_of(instrument, !tickets.empty());
    const auto answer = register_instrument(client, wanted, key_of(wanted));
    if (!answer) {
        if (exit_code_of(answer.error()) == ExitCode::not_reachable) return failed(answer);
        const bool there = answer.error().code.name == "registry.already_registered";
        outcome.result = there ? was_registered : std::string{answer.error().code.name};
        outcome.device = there ? device_named_in(answer.error()) : "";
        outcome.why = there ? "" : answer.error().message();
        return outcome;
    }
    outcome.device = answer->text_or("device", "");
    if (tickets.empty()) return outcome;
    outcome.ticket_file = (std::filesystem::path{tickets} / (outcome.device + ".ticket")).string();
    const auto written =
        write_file_atomically(outcome.ticket_file, answer->text_or("ticket", "") + "\n", 0600);
    if (!written) return failed(written);
    return outcome;
}

// --- telling -----------------------------------------------------------------------------------------------------

void show_progress(std::size_t done, std::size_t all) {
    if (::isatty(STDERR_FILENO) != 1) return;
    fmt::print(stderr, "\r{} of {} instruments{}", done, all, done == all ? "\n" : "");
    std::fflush(stderr);
}

json::Value to_json(const Outcome& outcome) {
    auto item = json::Value::object({{"row", static_cast<std::int64_t>(outcome.instrument.row)},
                                     {"site", outcome.instrument.site},
                                     {"model", outcome.instrument.model},
                                     {"serial", outcome.instrument.serial},
                                     {"result", outcome.result}});
    if (!outcome.device.empty()) item.set("device", outcome.device);
    if (!outcome.ticket_file.empty()) item.set("ticket_file", outcome.ticket_file);
    if (!outcome.why.empty()) item.set("why", outcome.why);
    return item;
}

void show(const Context& context, const std::vector<Outcome>& outcomes) {
    if (context.json) {
        auto items = json::Value::array();
        for (const Outcome& outcome : outcomes) items.push(to_json(outcome));
        fmt::print("{}\n", items.dump());
        return;
    }
    Table table({"ROW", "MODEL", "SERIAL", "SITE", "DEVICE", "RESULT"});
    table.align_right(0);
    for (const Outcome& outcome : outcomes) {
        const auto result = outcome.why.empty() ? outcome.result : outcome.result + ": " + outcome.why;
        table.add({fmt::format("{}", outcome.instrument.row), printable(outcome.instrument.model),
                   printable(outcome.instrument.serial), printable(outcome.instrument.site), outcome.device,
                   printable(result)},
                  outcome.why.empty() ? Emphasis::none : Emphasis::alarm);
    }
    fmt::print("{}", table.text(colors_wanted()));
}

ExitCode dry_run(const Context& context, const std::vector<ListedInstrument>& instruments) {
    const auto known = registered_at(context);
    std::vector<Outcome> outcomes;
    for (const ListedInstrument& instrument : instruments) {
        const auto found =
            known ? known->find({instrument.model, instrument.serial}) : Registered::const_iterator{};
        const bool there = known && found != known->end();
        outcomes.push_back({.instrument = instrument,
                            .result = there ? was_registered : would_register,
                            .device = there ? found->second : "",
                            .ticket_file = {},
                            .why = {}});
    }
    show(context, outcomes);
    if (!context.json) fmt::print("Nothing was changed.\n");
    if (!known)
        fmt::print(stderr, "The list is fine in itself; it was not compared with the platform: {}\n",
                   known.error().message());
    return ExitCode::done;
}

ExitCode import(const Context& context, const std::vector<ListedInstrument>& instruments,
                const std::string& tickets) {
    auto client = context.connect();
    if (!client) return report(context, client.error());
    if (auto ready = make_tickets_directory(tickets); !ready) return report(context, ready.error());
    std::vector<Outcome> outcomes;
    std::size_t refused = 0;
    for (const ListedInstrument& instrument : instruments) {
        auto outcome = import_one(*client, instrument, tickets);
        if (!outcome) {
            show(context, outcomes);
            return report(context, outcome.error());
        }
        refused += outcome->why.empty() ? 0 : 1;
        outcomes.push_back(std::move(*outcome));
        show_progress(outcomes.size(), instruments.size());
    }
    show(context, outcomes);
    if (refused == 0) return ExitCode::done;
    report(context, Failure{codes::some_refused,
                            Next::give_up,
                            fmt::format("{} of {} were refused.", refused, instruments.size()),
                            {}});
    return refused == instruments.size() ? ExitCode::refused : ExitCode::partly_done;
}

}  // namespace

ExitCode device_import(const Context& context, const DeviceImportOptions& options) {
    const auto instruments = instruments_of(options.file);
    if (!instruments) return report(context, instruments.error());
    return options.dry_run ? dry_run(context, *instruments) : import(context, *instruments, options.tickets);
}

}  // namespace watchglass::cli
