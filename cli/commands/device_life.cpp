// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include <fmt/format.h>

#include "cli/commands/checks.h"
#include "cli/commands/codes.h"
#include "cli/commands/commands.h"
#include "cli/terminal/table.h"

namespace watchglass::cli {

namespace {

struct Step {
    const char* name;      ///< of the command and of the endpoint
    const char* for_good;  ///< what cannot be undone, as a question's second sentence; null: nothing
    const char* done;      ///< what an operator reads afterwards; null: it depends on the device
};

constexpr Step suspend{"suspend", nullptr,
                       "Suspended {0}. It may not connect until: watchglass device reinstate {0}\n"};
constexpr Step revoke{
    "revoke", "Its certificates are worthless from then on, and it never comes back under this id.",
    "Revoked {0}. Its certificates are worthless. If the instrument shall come back, register it "
    "anew: watchglass device add\n"};
constexpr Step retire{"retire", "It never comes back under this id. What it reported stays.",
                      "Retired {0}. Its certificates are worthless; what it reported stays.\n"};
constexpr Step reinstate{"reinstate", nullptr, nullptr};

/// Whether it needs nobody's word, or there is somebody who can give it.
Result<void> can_be_confirmed(const Step& step, const DeviceStepOptions& options) {
    if (step.for_good == nullptr || options.yes || somebody_there()) return {};
    return failed(Failure{codes::not_confirmed, Next::give_up, {}, {}});
}

Result<void> confirm(http::Client& client, const Step& step, const DeviceStepOptions& options) {
    if (step.for_good == nullptr || options.yes) return {};
    const auto device = client.call("GET", "/v1/devices/" + options.device);
    if (!device) return failed(device);
    fmt::print(stderr, "{} {} {} at {} ({}, {})?\n{}\nType yes: ", step.name,
               printable(device->text_or("model", "")), printable(device->text_or("serial", "")),
               printable(device->text_or("site", "")), options.device,
               printable(device->text_or("state", "")), step.for_good);
    std::string answer;
    if (std::getline(std::cin, answer) && answer == "yes") return {};
    return failed(Failure{codes::not_confirmed, Next::give_up, {}, {}});
}

Result<json::Value> take(const Context& context, const Step& step, const DeviceStepOptions& options) {
    if (auto fits = check_device_id(options.device); !fits) return failed(fits);
    if (auto can = can_be_confirmed(step, options); !can) return failed(can);
    auto client = context.connect();
    if (!client) return failed(client);
    if (auto meant = confirm(*client, step, options); !meant) return failed(meant);
    auto body = json::Value::object();
    if (!options.reason.empty()) body.set("reason", options.reason);
    return client->call("POST", fmt::format("/v1/devices/{}/{}", options.device, step.name), body);
}

void show_reinstated(const json::Value& device, const std::string& id) {
    if (device.text_or("state", "") == "enrolled") {
        fmt::print("Reinstated {}. It may connect again.\n", id);
    } else {
        fmt::print("Reinstated {}. It never enrolled; for a ticket: watchglass device ticket {}\n", id, id);
    }
}

/// What was committed is done even while a broker does not know it yet: then partly.
ExitCode tell_of_broker(const Context& context, const json::Value& device) {
    const bool confirmed = device.boolean("broker_confirmed").value_or(false);
    if (!context.json && !confirmed) {
        fmt::print(
            "The broker has not confirmed it yet: until it does, it goes by what it knew before. To ask "
            "again, "
            "repeat this command.\n");
    }
    return confirmed ? ExitCode::done : ExitCode::partly_done;
}

ExitCode run_step(const Context& context, const Step& step, const DeviceStepOptions& options) {
    const auto device = take(context, step, options);
    if (!device) return report(context, device.error());
    if (context.json) {
        fmt::print("{}\n", device->dump());
    } else if (step.done == nullptr) {
        show_reinstated(*device, options.device);
    } else {
        fmt::print(fmt::runtime(step.done), options.device);
    }
    return tell_of_broker(context, *device);
}

}  // namespace

ExitCode device_suspend(const Context& context, const DeviceStepOptions& options) {
    return run_step(context, suspend, options);
}
ExitCode device_reinstate(const Context& context, const DeviceStepOptions& options) {
    return run_step(context, reinstate, options);
}
ExitCode device_revoke(const Context& context, const DeviceStepOptions& options) {
    return run_step(context, revoke, options);
}
ExitCode device_retire(const Context& context, const DeviceStepOptions& options) {
    return run_step(context, retire, options);
}

}  // namespace watchglass::cli
