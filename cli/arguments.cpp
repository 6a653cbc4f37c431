// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.h"

#include <algorithm>
#include <functional>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands/codes.h"
#include "cli/commands/commands.h"
#include "cli/terminal/completion.h"
#include "libs/foundation/version.h"

namespace watchglass::cli {

namespace {

/// The words of the command line, before anything runs. `chosen` is the call they stand for.
struct Words {
    Context context;
    std::string device;
    std::int64_t quarantined = 0;
    std::string file;
    std::string ticket_file;
    DeviceAddOptions add;
    DeviceImportOptions import;
    CommissionOptions commission;
    DeviceStepOptions step;
    DeviceHistoryOptions device_history;
    TelemetryOptions telemetry;
    TailOptions tail;
    EventsOptions events;
    GapsOptions gaps;
    HealthOptions health;
    JournalOptions journal;
    UpOptions up;
    Shell shell = Shell::bash;
    std::function<ExitCode()> chosen;
};

using Call = std::function<ExitCode()>;

constexpr const char* since_text = "RFC 3339 time, or how long ago: 90s, 15m, 6h, 30d";

CLI::App* command(CLI::App& parent, Words& words, const char* name, const char* description, Call call) {
    auto* app = parent.add_subcommand(name, description);
    app->callback([&words, call = std::move(call)] { words.chosen = call; });
    return app;
}

void add_global_options(CLI::App& app, Words& words) {
    auto& context = words.context;
    app.add_option("--dir", context.directory, "State directory of a stack on this machine")
        ->envname("WATCHGLASS_DIR");
    app.add_option("--server", context.server, "Platform to talk to, HOST or HOST:PORT")
        ->envname("WATCHGLASS_SERVER");
    app.add_option("--trust", context.trust, "The platform's root certificate (PEM)")
        ->envname("WATCHGLASS_TRUST");
    app.add_option("--certificate", context.certificate, "Your operator certificate (PEM)")
        ->envname("WATCHGLASS_CERTIFICATE");
    app.add_option("--key", context.key, "Its private key (PEM, readable by you alone)")
        ->envname("WATCHGLASS_KEY");
    app.add_flag("--json", context.json,
                 "Answer in JSON on standard output, errors in JSON on standard error");
}

void add_device_commands(CLI::App& app, Words& words) {
    auto& device = *app.add_subcommand("device", "Register instruments, look them up, end what they may do");
    device.require_subcommand(1);
    auto* add = command(device, words, "add", "Register an instrument and get its enrollment ticket",
                        [&] { return device_add(words.context, words.add); });
    add->add_option("--site", words.add.site, "Where it stands")->required();
    add->add_option("--model", words.add.model, "Its model")->required();
    add->add_option("--serial", words.add.serial, "The serial number on its plate")->required();
    add->add_option("--dictionary", words.add.dictionary, "What it may report: the name of a dictionary");
    add->add_option("--ticket-file", words.add.ticket_file,
                    "Write the ticket here (0600) instead of showing it");
    auto* import = command(device, words, "import", "Register the instruments of a CSV file",
                           [&] { return device_import(words.context, words.import); });
    import->add_option("file", words.import.file, "Columns site, model, serial and, if wanted, dictionary")
        ->required()
        ->check(CLI::ExistingFile);
    import->add_flag("--dry-run", words.import.dry_run,
                     "Say what would be done, and what is wrong; change nothing. Works without a platform");
    import->add_option("--tickets", words.import.tickets,
                       "A new directory for the enrollment tickets, a file (0600) each");
    command(device, words, "list", "All instruments you may see", [&] { return device_list(words.context); });
    auto* show = command(device, words, "show", "One instrument",
                         [&] { return device_show(words.context, words.device); });
    show->add_option("device", words.device, "Device id")->required();
    auto* ticket = command(device, words, "ticket", "A new enrollment ticket",
                           [&] { return device_ticket(words.context, words.device, words.ticket_file); });
    ticket->add_option("device", words.device, "Device id")->required();
    ticket->add_option("--ticket-file", words.ticket_file,
                       "Write the ticket here (0600) instead of showing it");
}

void add_commission_command(CLI::App& app, Words& words) {
    auto& wanted = words.commission;
    auto* commission_one =
        command(app, words, "commission", "From a bare instrument to its first stored reading, step by step",
                [&] { return commission(words.context, words.commission); });
    commission_one->add_option("--site", wanted.site, "Where it stands");
    commission_one->add_option("--model", wanted.model, "Its model");
    commission_one->add_option("--serial", wanted.serial, "The serial number on its plate");
    commission_one->add_option("--dictionary", wanted.dictionary,
                               "What it may report: the name of a dictionary");
    commission_one->add_option("--ticket-file", wanted.ticket_file,
                               "Write the ticket here (0600) instead of showing it");
    commission_one->add_option("--device", wanted.device,
                               "Instead of these: go on with one that is registered");
    commission_one->add_option("--patience", wanted.patience, "How long to wait for each step")
        ->capture_default_str();
}

using DeviceStep = ExitCode (*)(const Context&, const DeviceStepOptions&);

CLI::App* add_device_step(CLI::App& device, Words& words, const char* name, const char* description,
                          DeviceStep step) {
    auto* app =
        command(device, words, name, description, [&words, step] { return step(words.context, words.step); });
    app->add_option("device", words.step.device, "Device id")->required();
    app->add_option("--reason", words.step.reason, "Why, for the device's history");
    return app;
}

void add_life_commands(CLI::App& app, Words& words) {
    auto& device = *app.get_subcommand("device");
    add_device_step(device, words, "suspend", "Keep an instrument from connecting until it is reinstated",
                    device_suspend);
    add_device_step(device, words, "reinstate", "Let a suspended instrument connect again", device_reinstate);
    const char* const yes = "Do not ask whether it is meant; needed where nobody can be asked";
    add_device_step(device, words, "revoke", "Make an instrument's certificates worthless, for good",
                    device_revoke)
        ->add_flag("--yes", words.step.yes, yes);
    add_device_step(device, words, "retire", "End an instrument's registration, for good", device_retire)
        ->add_flag("--yes", words.step.yes, yes);
    auto* history = command(device, words, "history", "What was done to it, by whom and why, newest first",
                            [&] { return device_history(words.context, words.device_history); });
    history->add_option("device", words.device_history.device, "Device id")->required();
    history->add_option("--limit", words.device_history.limit, "At most this many entries")
        ->check(CLI::NonNegativeNumber);
}

void add_reading_commands(CLI::App& app, Words& words) {
    auto* newest = command(app, words, "latest", "The current values of an instrument",
                           [&] { return latest(words.context, words.device); });
    newest->add_option("device", words.device, "Device id")->required();

    auto* history = command(app, words, "telemetry", "The history of one parameter",
                            [&] { return telemetry(words.context, words.telemetry); });
    history->add_option("device", words.telemetry.device, "Device id")->required();
    history->add_option("parameter", words.telemetry.parameter, "Parameter name, as in `watchglass latest`")
        ->required();
    history->add_option("--since", words.telemetry.since, since_text)->capture_default_str();
    history->add_option("--until", words.telemetry.until, "Same; default: now");
    history->add_option("--limit", words.telemetry.limit, "At most this many readings")
        ->check(CLI::NonNegativeNumber);
    history->add_flag("--csv", words.telemetry.csv, "Answer in CSV (RFC 4180)");

    auto* live = command(app, words, "tail", "Readings as they are stored, until Ctrl-C",
                         [&] { return tail(words.context, words.tail); });
    live->add_option("device", words.tail.device, "Only this device");
    live->add_option("--parameter", words.tail.parameter, "Only this parameter");
    live->add_option("--count", words.tail.count, "End after this many readings")
        ->check(CLI::NonNegativeNumber);
    live->add_option("--patience", words.tail.patience, "Give up when the platform is away for so long")
        ->capture_default_str();
}

void add_health_commands(CLI::App& app, Words& words) {
    auto* well = command(app, words, "health", "How instruments are: connection, readings, alarms, losses",
                         [&] { return health(words.context, words.health); });
    well->add_option("device", words.health.device, "Device id; without it: all of them");
    well->add_flag("--trouble", words.health.trouble, "Of all, only those in trouble");

    auto* what = command(app, words, "events", "Alarms and changes of state, newest first",
                         [&] { return events(words.context, words.events); });
    what->add_option("device", words.events.device, "Device id")->required();
    what->add_option("--since", words.events.since, since_text)->capture_default_str();
    what->add_option("--until", words.events.until, "Same; default: now");
    what->add_option("--severity", words.events.severity, "At least this: info, warning, alarm")
        ->check(CLI::IsMember({"info", "warning", "alarm"}));
    what->add_option("--limit", words.events.limit, "At most this many")->check(CLI::NonNegativeNumber);

    auto* lost = command(app, words, "gaps", "What was lost, and what may be stored twice, newest first",
                         [&] { return gaps(words.context, words.gaps); });
    lost->add_option("device", words.gaps.device, "Device id")->required();
    lost->add_option("--since", words.gaps.since, since_text)->capture_default_str();
    lost->add_option("--until", words.gaps.until, "Same; default: now");
    lost->add_option("--limit", words.gaps.limit, "At most this many")->check(CLI::NonNegativeNumber);
}

void add_quarantine_commands(CLI::App& app, Words& words) {
    auto& quarantine =
        *app.add_subcommand("quarantine", "What instruments sent that could not be stored, and why");
    quarantine.require_subcommand(1);
    command(quarantine, words, "list", "The newest first", [&] { return quarantine_list(words.context); });
    auto* show = command(quarantine, words, "show", "One entry with its bytes",
                         [&] { return quarantine_show(words.context, words.quarantined); });
    show->add_option("id", words.quarantined, "Number from the list")->required();
    auto* replay =
        command(quarantine, words, "replay", "Store it after all, once its dictionary is installed",
                [&] { return quarantine_replay(words.context, words.quarantined); });
    replay->add_option("id", words.quarantined, "Number from the list")->required();
}

void add_dictionary_commands(CLI::App& app, Words& words) {
    auto& dictionary = *app.add_subcommand("dictionary", "What instruments of a model may report");
    dictionary.require_subcommand(1);
    command(dictionary, words, "list", "All installed ones", [&] { return dictionary_list(words.context); });
    auto* add = command(dictionary, words, "add", "Install one; a published version never changes",
                        [&] { return dictionary_add(words.context, words.file); });
    add->add_option("file", words.file, "A .textproto file")->required()->check(CLI::ExistingFile);
}

void add_shard_commands(CLI::App& app, Words& words) {
    command(app, words, "shards", "Which ingest process serves which part of the instruments",
            [&] { return shards(words.context); });
}

void add_journal_commands(CLI::App& app, Words& words) {
    auto& journal = *app.add_subcommand(
        "journal", "Look into an instrument's journal: files on this machine, only read, no platform needed");
    journal.require_subcommand(1);
    const char* const paths =
        "Segment files (*.wgj), a journal's directory, or an agent's state directory above it";
    auto* inspect = command(journal, words, "inspect", "What is in it: streams, places, gaps, what is stored",
                            [&] { return journal_inspect(words.context, words.journal); });
    inspect->add_option("paths", words.journal.paths, paths)->required();
    inspect->add_flag("--records", words.journal.records, "List every record with its offset");
    auto* verify =
        command(journal, words, "verify",
                "Whether it is whole. Exit code: 0 fine, 6 a torn tail (normal after a power cut), 1 "
                "damaged, 5 no journal there",
                [&] { return journal_verify(words.context, words.journal); });
    verify->add_option("paths", words.journal.paths, paths)->required();
}

void add_stack_commands(CLI::App& app, Words& words) {
    auto* start = command(app, words, "up", "Run the whole platform on this machine until Ctrl-C",
                          [&] { return up(words.context, words.up); });
    start->add_option("--port", words.up.port,
                      "The one public port (default 443, else 8443; 0: any free one)");
    start->add_option("--ingest", words.up.ingest, "So many ingest processes that share the instruments")
        ->check(CLI::Range(1, 32))
        ->capture_default_str();
    start->add_flag("--demo", words.up.demo, "Also register and start instruments that send real readings");
}

void describe(const CLI::App& app, const std::string& path, std::vector<CompletedCommand>& commands) {
    CompletedCommand known{.path = path, .commands = {}, .options = {}};
    for (const auto* option : app.get_options()) {
        for (const auto& name : option->get_lnames()) known.options.push_back("--" + name);
    }
    const auto below = app.get_subcommands([](const CLI::App*) { return true; });
    for (const auto* command : below) known.commands.push_back(command->get_name());
    commands.push_back(std::move(known));
    for (const auto* command : below) describe(*command, path + " " + command->get_name(), commands);
}

void add_completion_command(CLI::App& app, Words& words) {
    const std::map<std::string, Shell> shells{
        {"bash", Shell::bash}, {"zsh", Shell::zsh}, {"fish", Shell::fish}};
    auto* completion =
        command(app, words, "completion",
                "A script for the tab key; bash: source <(watchglass completion bash), or write it to "
                "/etc/bash_completion.d/watchglass",
                [&] {
                    std::vector<CompletedCommand> commands;
                    describe(app, "", commands);
                    fmt::print("{}", completion_script(words.shell, app.get_name(), commands));
                    return ExitCode::done;
                });
    completion->add_option("shell", words.shell, "bash, zsh or fish")
        ->required()
        ->transform(CLI::CheckedTransformer(shells, CLI::ignore_case).description(""));
}

}  // namespace

ExitCode run(int argc, char** argv) {
    CLI::App app{"Watchglass: connects instruments to the people who keep them running.", "watchglass"};
    Words words;
    app.set_version_flag("--version", version_line("watchglass"));
    app.require_subcommand(1);
    app.fallthrough();  // global options may stand behind the command, too
    add_global_options(app, words);
    add_stack_commands(app, words);
    add_device_commands(app, words);
    add_commission_command(app, words);
    add_life_commands(app, words);
    add_reading_commands(app, words);
    add_health_commands(app, words);
    add_quarantine_commands(app, words);
    add_shard_commands(app, words);
    add_dictionary_commands(app, words);
    add_journal_commands(app, words);
    add_completion_command(app, words);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        if (problem.get_exit_code() == 0)
            return static_cast<ExitCode>(app.exit(problem));  // --help, --version
        // It may stand behind the word that was not understood.
        words.context.json = std::find(argv, argv + argc, std::string_view{"--json"}) != argv + argc;
        return report(words.context, Failure{codes::wrong_usage, Next::give_up, problem.what(), ""});
    }
    return words.chosen();
}

}  // namespace watchglass::cli
