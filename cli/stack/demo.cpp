// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/demo.h"

#include <fmt/format.h>

#include "cli/stack/codes.h"
#include "cli/stack/demo_recording.h"
#include "libs/foundation/file.h"
#include "libs/foundation/process.h"
#include "libs/http/client.h"

namespace watchglass::cli {

using namespace std::chrono_literals;

namespace {

struct Instrument {
    const char* name;  ///< of its directory in agents/ and of its log
    const char* model;
    const char* serial;
    const char* dictionary;
};

constexpr Instrument this_machine{"demo-host", "Linux controller", "DEMO-HOST", "host"};
constexpr Instrument pump{"demo-pump", "Pump test bench", "DEMO-PUMP", "pump-test-bench"};
constexpr int a_day_of_rows = 86'400;

Result<http::Client> as_operator(const Stack& stack) {
    const auto& d = stack.description();
    security::ConnectionPolicy policy;
    policy.host = d.host;
    policy.port = d.port;
    policy.trust = security::TrustBundle{d.trust_bundle};
    policy.identity = security::ClientIdentity{d.operator_certificate, d.operator_key};
    return http::Client{policy};
}

/// Registers the instrument and gives its ticket to the agent by a file: a secret must not stand in a command line.
Result<std::filesystem::path> register_instrument(Stack& stack, const Instrument& instrument) {
    auto client = as_operator(stack);
    if (!client) return failed(client);
    const auto device = client->call("POST", "/v1/devices",
                                     json::Value::object({{"site", "demonstration"},
                                                          {"model", instrument.model},
                                                          {"serial", instrument.serial},
                                                          {"dictionary", instrument.dictionary}}));
    if (!device) return failed(device);
    const auto id = device->text("device");
    if (!id) return failed(id);
    const auto answer = client->call("POST", "/v1/devices/" + *id + "/tickets", json::Value::object());
    if (!answer) return failed(answer);
    const auto ticket = answer->text("ticket");
    if (!ticket) return failed(ticket);
    const auto file = stack.layout().agents() / fmt::format("{}.ticket", instrument.name);
    if (auto written = write_file_atomically(file, *ticket + "\n", 0600); !written) return failed(written);
    if (auto given = hand_over(stack.account(), file); !given) return failed(given);
    return file;
}

Result<void> enroll(Stack& stack, const Instrument& instrument, const std::filesystem::path& directory) {
    const auto ticket = register_instrument(stack, instrument);
    if (!ticket) return failed(ticket);
    SpawnOptions options;
    options.argv = {stack.programs().path("watchglass-agent").string(),
                    "enroll",
                    "--ticket-file",
                    ticket->string(),
                    "--dir",
                    directory.string()};
    options.directory = "/";
    if (stack.account().must_drop) {
        options.uid = stack.account().uid;
        options.gid = stack.account().gid;
    }
    const auto finished = run_program(std::move(options), 60s);
    if (!finished) return failed(finished);
    if (!finished->status.success()) {
        return failed(Failure{codes::program_failed, Next::tell_operator,
                              "watchglass-agent enroll: " + finished->err, ""});
    }
    std::filesystem::remove(*ticket);
    return {};
}

Result<void> start_agent(Stack& stack, const Instrument& instrument, const std::vector<std::string>& source,
                         const std::atomic<bool>& cancelled) {
    const auto directory = stack.layout().agents() / instrument.name;
    if (!std::filesystem::exists(directory / "identity" / "identity.json")) {
        if (auto enrolled = enroll(stack, instrument, directory); !enrolled) return enrolled;
    }
    ProgramSpec spec;
    spec.name = instrument.name;
    spec.command = {stack.programs().path("watchglass-agent").string(), "run", "--dir", directory.string()};
    spec.command.insert(spec.command.end(), source.begin(), source.end());
    return stack.start_beside(std::move(spec), cancelled);
}

}  // namespace

Result<void> start_demo(Stack& stack, const std::atomic<bool>& cancelled) {
    if (auto started = start_agent(stack, this_machine, {"--source", "host"}, cancelled); !started)
        return started;

    // It begins now and goes on for a day at its own pace, so that its readings are as live as the machine's.
    const auto recording = stack.layout().agents() / "demo-pump.csv";
    const auto now = SystemClock{}.wall();
    const DemoRecording made{.seed = static_cast<std::uint64_t>(now.us), .start = now, .rows = a_day_of_rows};
    if (auto written = write_recording(made, recording); !written) return written;
    if (auto given = hand_over(stack.account(), recording); !given) return given;
    return start_agent(
        stack, pump,
        {"--source", "csv", "--file", recording.string(), "--dictionary", pump.dictionary, "--speed", "1"},
        cancelled);
}

void say_what_to_try(const Stack& stack) {
    const auto dir = stack.layout().directory().string();
    fmt::print(
        "\nTwo instruments are sending: this machine ({}) and a pump test bench ({}). Try:\n"
        "  watchglass device list --dir {}\n"
        "  watchglass latest DEVICE --dir {}\n"
        "  watchglass telemetry DEVICE load_1m --since 5m --dir {}\n"
        "  watchglass tail --dir {}\n"
        "  kill -9 the process `ingestd` of stack.json, and see that nothing is missing afterwards\n",
        this_machine.serial, pump.serial, dir, dir, dir, dir);
}

}  // namespace watchglass::cli
