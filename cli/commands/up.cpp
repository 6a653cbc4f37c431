// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <thread>

#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/stack/demo.h"
#include "cli/stack/stack.h"
#include "libs/foundation/log.h"
#include "libs/foundation/service.h"

namespace watchglass::cli {

namespace {

void say(const std::string& line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
}

/// What to do next, for somebody who sees this for the first time.
void say_where_to_look(const Stack& stack) {
    const auto& d = stack.description();
    const auto dir = stack.layout().directory().string();
    say(fmt::format("\nWatchglass is ready on https://{}:{} (MQTT for instruments on the same port).", d.host,
                    d.port));
    if (const auto before = stack.port_last_time(); before && *before != d.port) {
        say(fmt::format(
            "  The port was {} at the last start: instruments enrolled then still look for it there.",
            *before));
    }
    say(fmt::format("  state directory   {}  (stack.json names every address and path)", dir));
    say(fmt::format("  read API          curl --cacert {} --cert {} --key {} https://{}:{}/api/v1/devices",
                    d.trust_bundle.string(), d.operator_certificate.string(), d.operator_key.string(), d.host,
                    d.port));
    say(fmt::format("  live readings     watchglass tail --dir {}", dir));
    say(fmt::format("  instruments       watchglass device list --dir {}", dir));
    say(fmt::format("  SQL               {}psql '{}'",
                    stack.account().must_drop ? "runuser -u " + stack.account().name + " -- " : "",
                    d.reader_dsn));
    if (stack.account().must_drop) {
        say(fmt::format(
            "\nEverything here runs as the one account {}: for development and demonstration on one "
            "machine.\nA real site gives each program an account of its own.",
            stack.account().name));
    }
}

/// The whole life of a stack on one lasting thread: the supervisor asks for that.
ExitCode run_stack(const Context& context, const UpOptions& options, const std::atomic<bool>& cancelled) {
    auto stack =
        Stack::prepare(StackLayout{resolve_stack_directory(context.directory)}, options.port, options.ingest);
    if (!stack) return report(context, stack.error());
    const auto progress = [](std::string_view part) { say(fmt::format("starting {}", part)); };
    if (auto started = (*stack)->start(cancelled, progress); !started) {
        return cancelled ? ExitCode::done : report(context, started.error());
    }
    std::vector<std::string> silent;
    if (options.demo) {
        const auto begun = SystemClock{}.wall();
        progress("instruments of the demonstration");
        if (auto started = start_demo(**stack, cancelled); !started) {
            return cancelled ? ExitCode::done : report(context, started.error());
        }
        auto heard = silent_instruments(**stack, begun, std::chrono::seconds{30}, cancelled);
        if (!heard) return report(context, heard.error());
        silent = std::move(*heard);
    }
    say_where_to_look(**stack);
    if (options.demo) say_what_to_try(**stack, silent);
    say("\nCtrl-C stops everything.");
    notify_ready();
    (*stack)->watch(cancelled);
    say("stopping");
    (*stack)->stop();
    return ExitCode::done;
}

}  // namespace

ExitCode up(const Context& context, const UpOptions& options) {
    TerminationSignals signals;
    log::start("watchglass");
    std::atomic<bool> cancelled{false};
    auto result = ExitCode::failed;
    std::thread life([&] {
        result = run_stack(context, options, cancelled);
        signals.raise_from_within();
    });
    signals.wait();
    cancelled = true;
    life.join();
    return result;
}

}  // namespace watchglass::cli
