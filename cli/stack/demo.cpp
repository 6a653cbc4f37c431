// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/demo.h"

#include <algorithm>
#include <map>
#include <optional>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

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

std::filesystem::path directory_of(const Stack& stack, const Instrument& instrument) {
    return stack.layout().agents() / instrument.name;
}

/// What an enrolled agent knows: who it is, and where it expects the platform.
Result<json::Value> identity_of(const Stack& stack, const Instrument& instrument) {
    const auto text = read_file(directory_of(stack, instrument) / "identity" / "identity.json", 64u << 10);
    if (!text) return failed(text);
    return json::parse(*text);
}

bool finds_the_platform(const json::Value& identity, const StackDescription& stack) {
    for (const auto* member : {"mqtt", "https"}) {
        const auto* address = identity.find(member);
        if (address == nullptr || address->text_or("host", "") != stack.host) return false;
        if (address->integer("port").value_or(0) != stack.port) return false;
    }
    return true;
}

Result<std::string> register_instrument(http::Client& client, const Instrument& instrument) {
    const auto device = client.call("POST", "/v1/devices",
                                    json::Value::object({{"site", "demonstration"},
                                                         {"model", instrument.model},
                                                         {"serial", instrument.serial},
                                                         {"dictionary", instrument.dictionary}}));
    if (!device) return failed(device);
    return device->text("device");
}

/// A ticket, given to the agent by a file: a secret must not stand in a command line.
Result<std::filesystem::path> ticket_for(Stack& stack, const Instrument& instrument,
                                         const std::optional<std::string>& known_device) {
    auto client = as_operator(stack);
    if (!client) return failed(client);
    const auto id =
        known_device ? Result<std::string>{*known_device} : register_instrument(*client, instrument);
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

/// With a `known_device` the same instrument once more, in place of the identity it has.
Result<void> enroll(Stack& stack, const Instrument& instrument,
                    const std::optional<std::string>& known_device) {
    const auto ticket = ticket_for(stack, instrument, known_device);
    if (!ticket) return failed(ticket);
    SpawnOptions options;
    options.argv = {stack.programs().path("watchglass-agent").string(),
                    "enroll",
                    "--ticket-file",
                    ticket->string(),
                    "--dir",
                    directory_of(stack, instrument).string()};
    if (known_device) options.argv.emplace_back("--replace");
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
    const auto identity = identity_of(stack, instrument);
    if (!identity) {
        if (auto enrolled = enroll(stack, instrument, std::nullopt); !enrolled) return enrolled;
    } else if (!finds_the_platform(*identity, stack.description())) {
        const auto device = identity->text("device");
        if (!device) return failed(device);
        if (auto enrolled = enroll(stack, instrument, *device); !enrolled) return enrolled;
    }
    ProgramSpec spec;
    spec.name = instrument.name;
    spec.command = {stack.programs().path("watchglass-agent").string(), "run", "--dir",
                    directory_of(stack, instrument).string()};
    spec.command.insert(spec.command.end(), source.begin(), source.end());
    return stack.start_beside(std::move(spec), cancelled);
}

/// Is a reading of it stored that was taken since then? What was stored in an earlier life of the stack says nothing.
bool stored_since(http::Client& client, const std::string& device, WallTime then) {
    const auto latest = client.call("GET", "/api/v1/devices/" + device + "/latest");
    const auto* readings = latest ? latest->find("items") : nullptr;
    if (readings == nullptr) return false;
    const auto is_new = [&](const json::Value& reading) {
        const auto read = parse_rfc3339(reading.text_or("confirmed", ""));
        return read && *read >= then;
    };
    return std::any_of(readings->items().begin(), readings->items().end(), is_new);
}

}  // namespace

Result<std::vector<std::string>> silent_instruments(Stack& stack, WallTime since,
                                                    std::chrono::seconds patience,
                                                    const std::atomic<bool>& cancelled) {
    auto client = as_operator(stack);
    if (!client) return failed(client);
    std::map<std::string, std::string> waiting;  // device id by serial number
    for (const auto& instrument : {this_machine, pump}) {
        const auto identity = identity_of(stack, instrument);
        if (!identity) return failed(identity);
        waiting[instrument.serial] = identity->text_or("device", "");
    }
    const SystemClock clock;
    const auto deadline = clock.steady() + patience;
    while (!cancelled) {
        std::erase_if(waiting, [&](const auto& one) { return stored_since(*client, one.second, since); });
        if (waiting.empty() || clock.steady() > deadline) break;
        std::this_thread::sleep_for(200ms);
    }
    std::vector<std::string> silent;
    for (const auto& [serial, device] : waiting) silent.push_back(serial);
    return silent;
}

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

void say_what_to_try(const Stack& stack, const std::vector<std::string>& silent) {
    const auto dir = stack.layout().directory().string();
    if (silent.empty()) {
        fmt::print("\nTwo instruments are sending: this machine ({}) and a pump test bench ({}).",
                   this_machine.serial, pump.serial);
    } else {
        fmt::print("\nTwo instruments were started, but nothing of {} is stored yet; their logs are in {}.",
                   fmt::join(silent, " and "), stack.layout().log().string());
    }
    fmt::print(
        " Try:\n"
        "  watchglass device list --dir {}\n"
        "  watchglass latest DEVICE --dir {}\n"
        "  watchglass telemetry DEVICE load_1m --since 5m --dir {}\n"
        "  watchglass tail --dir {}\n"
        "  kill -9 the process `ingestd` of stack.json, and see that nothing is missing afterwards\n",
        dir, dir, dir, dir);
}

}  // namespace watchglass::cli
