// SPDX-License-Identifier: Apache-2.0
// From a bare instrument to its first stored reading, step by step, with the engineer standing beside it.
#include <chrono>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "cli/commands/checks.h"
#include "cli/commands/codes.h"
#include "cli/commands/commands.h"
#include "cli/commands/registration.h"
#include "cli/commands/ticket_output.h"
#include "cli/terminal/health.h"
#include "cli/terminal/reading.h"
#include "cli/terminal/table.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/file.h"

namespace watchglass::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto look_pause = 1s;

/// What is waited for, one after the other.
enum class Step { enrolled, connected, reading };

struct StepWords {
    const char* name;     ///< for scripts
    const char* waiting;  ///< to the engineer
    const char* done;
    const char* advice;  ///< when it does not come
};

StepWords words_of(Step step) {
    switch (step) {
        case Step::enrolled:
            return {
                "enrolled", "Waiting until the instrument has used its ticket",
                "The instrument has its certificate.",
                "On the instrument, does `watchglass-agent enroll` end well? It says what is in the way: a "
                "proxy, a firewall, a clock. The ticket stays good until it is used or expires."};
        case Step::connected:
            return {"connected", "Waiting for its connection", "It has connected:",
                    "It has its certificate. Does the agent run (`watchglass-agent run`, `watchglass-agent "
                    "status`), and may it reach the platform's host and port?"};
        case Step::reading: break;
    }
    return {"reading", "Waiting for its first reading", "Its first reading is stored.",
            "It is connected. Does its dictionary name what it sends (`watchglass quarantine list`), and has "
            "anything changed since it started?"};
}

/// Tells the engineer, or a script line by line.
class Teller {
public:
    explicit Teller(bool json) : json_(json), live_(!json && on_terminal()) {}

    void waiting(const StepWords& words, std::chrono::microseconds since) const {
        if (live_)
            fmt::print("\r{} ... {} s ", words.waiting,
                       std::chrono::duration_cast<std::chrono::seconds>(since).count());
        std::fflush(stdout);
    }
    void done(const StepWords& words, std::chrono::microseconds took, const std::string& detail,
              const json::Value& facts) const {
        const double seconds = static_cast<double>(took.count()) / 1e6;
        if (json_) {
            auto line = json::Value::object({{"step", words.name}, {"seconds", seconds}});
            for (const auto& [name, value] : facts.members()) line.set(name, value);
            fmt::print("{}\n", line.dump());
        } else {
            fmt::print("{}[ok] {} {}({:.0f} s)\n", live_ ? "\r\x1b[K" : "", words.done,
                       detail.empty() ? "" : detail + " ", seconds);
        }
        std::fflush(stdout);
    }
    void missing() const {
        if (live_) fmt::print("\n");
    }

private:
    bool json_;
    bool live_;
};

struct Found {
    std::string detail;
    json::Value facts = json::Value::object();
};

class Commission {
public:
    Commission(const Context& context, http::Client& client, std::string device,
               std::chrono::microseconds patience)
        : context_(context), client_(client), device_(std::move(device)), patience_(patience) {}

    Result<void> run() {
        for (const Step step : {Step::enrolled, Step::connected, Step::reading}) {
            if (auto done = wait_for(step); !done) return done;
        }
        return {};
    }

private:
    Result<void> wait_for(Step step) {
        const StepWords words = words_of(step);
        const SteadyTime since = clock_.steady();
        while (true) {
            const auto found = look(step);
            // The platform may be away for a moment; a refusal stays one.
            if (!found && exit_code_of(found.error()) != ExitCode::not_reachable) return failed(found);
            const auto waited = clock_.steady() - since;
            if (found && *found) {
                teller_.done(words, waited, (*found)->detail, (*found)->facts);
                return {};
            }
            if (waited >= patience_) return give_up(words, found ? "" : found.error().message());
            teller_.waiting(words, waited);
            std::this_thread::sleep_for(std::min<std::chrono::microseconds>(look_pause, patience_ - waited));
        }
    }

    Result<void> give_up(const StepWords& words, const std::string& cause) const {
        teller_.missing();
        const Code code{codes::not_commissioned.name, codes::not_commissioned.sentence, words.advice};
        return failed(
            Failure{code, Next::retry_later,
                    fmt::format("{} is not {} yet. Go on waiting: watchglass commission --device {}", device_,
                                words.name == std::string_view{"reading"} ? "heard" : words.name, device_),
                    cause});
    }

    Result<std::optional<Found>> look(Step step) {
        switch (step) {
            case Step::enrolled: return look_for_certificate();
            case Step::connected: return look_for_connection();
            case Step::reading: break;
        }
        return look_for_reading();
    }

    Result<std::optional<Found>> look_for_certificate() {
        const auto device = client_.call("GET", "/v1/devices/" + device_);
        if (!device) return failed(device);
        const auto state = device->text_or("state", "");
        if (state == "registered") return std::nullopt;
        if (state != "enrolled")
            return failed(
                Failure{codes::not_in_service, Next::give_up, fmt::format("{} is {}.", device_, state), {}});
        return Found{};
    }

    Result<std::optional<Found>> look_for_connection() {
        const auto device = client_.call("GET", "/api/v1/devices/" + device_);
        if (!device) return failed(device);
        const auto* presence = device->find("presence");
        if (presence == nullptr || !presence->is_object()) return std::nullopt;  // never was
        return Found{.detail = connection_text(*device)};
    }

    Result<std::optional<Found>> look_for_reading() {
        const auto latest = client_.call("GET", "/api/v1/devices/" + device_ + "/latest");
        if (!latest) return failed(latest);
        const auto* items = latest->find("items");
        if (items == nullptr || items->items().empty()) return std::nullopt;
        const auto& reading = items->items().front();
        Found found{.detail = fmt::format("{} = {}", printable(reading.text_or("parameter", "")),
                                          value_with_unit(reading))};
        found.facts.set("parameter", reading.text_or("parameter", ""));
        if (const auto* value = reading.find("value")) found.facts.set("value", *value);
        return found;
    }

    const Context& context_;
    http::Client& client_;
    const std::string device_;
    const std::chrono::microseconds patience_;
    const SystemClock clock_{};
    const Teller teller_{context_.json};
};

Result<void> check(const CommissionOptions& options) {
    if (!parse_duration(options.patience))
        return failed(Failure{codes::malformed_time, Next::give_up, "--patience " + options.patience, ""});
    if (!options.device.empty()) return check_device_id(options.device);
    if (options.site.empty() || options.model.empty() || options.serial.empty()) {
        return failed(Failure{codes::wrong_usage, Next::give_up,
                              "Name a new instrument by --site, --model and --serial, or a registered one by "
                              "--device.",
                              ""});
    }
    return options.ticket_file.empty() ? Result<void>{} : check_writable(options.ticket_file);
}

/// Registers it and hands its ticket over; its device id.
Result<std::string> begin(const Context& context, http::Client& client, const CommissionOptions& options) {
    auto wanted = json::Value::object(
        {{"site", options.site}, {"model", options.model}, {"serial", options.serial}, {"ticket", true}});
    if (!options.dictionary.empty()) wanted.set("dictionary", options.dictionary);
    const auto made = register_instrument(client, wanted, fresh_idempotency_key());
    if (!made) return failed(made);
    const auto device = made->text("device");
    if (!device) return failed(device);
    if (!context.json)
        fmt::print("[ok] {} {} is registered as {}\n\n", printable(options.model), printable(options.serial),
                   *device);
    auto told = json::Value::object({{"step", "registered"}, {"device", *device}});
    const auto given = give_ticket(context, std::move(told),
                                   {made->text_or("ticket", ""), made->text_or("ticket_expires_at", "")},
                                   options.ticket_file);
    if (!given) return failed(given);
    if (!context.json) fmt::print("\n");
    std::fflush(stdout);
    return *device;
}

}  // namespace

ExitCode commission(const Context& context, const CommissionOptions& options) {
    if (auto fits = check(options); !fits) return report(context, fits.error());
    auto client = context.connect();
    if (!client) return report(context, client.error());
    const auto device =
        options.device.empty() ? begin(context, *client, options) : Result<std::string>{options.device};
    if (!device) return report(context, device.error());
    const auto done = Commission{context, *client, *device, *parse_duration(options.patience)}.run();
    if (!done) return report(context, done.error());
    if (!context.json)
        fmt::print("\nCommissioned. See it live: watchglass tail {0}\nHow it is:   watchglass health {0}\n",
                   *device);
    return ExitCode::done;
}

}  // namespace watchglass::cli
