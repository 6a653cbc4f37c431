// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "cli/commands/checks.h"
#include "cli/commands/codes.h"
#include "cli/commands/commands.h"
#include "cli/terminal/reading.h"
#include "cli/terminal/table.h"
#include "libs/foundation/backoff.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/random.h"

namespace watchglass::cli {

namespace {

std::string target_of(const TailOptions& options) {
    std::string target = "/api/v1/tail";
    char joint = '?';
    const auto add = [&](const char* name, const std::string& value) {
        if (value.empty()) return;
        target += fmt::format("{}{}={}", joint, name, http::percent_encode(value));
        joint = '&';
    };
    add("device", options.device);
    add("parameter", options.parameter);
    return target;
}

std::string line_of(const json::Value& change) {
    return fmt::format("{}  {}  {:<28} {}", change.text_or("t", ""), change.text_or("device", ""),
                       printable(change.text_or("parameter", "")), value_with_unit(change));
}

/// Follows until enough was seen; after each loss of the platform once more, until its patience is over.
class Follower {
public:
    Follower(const Context& context, const TailOptions& options, std::chrono::microseconds patience)
        : context_(context), options_(options), patience_(patience) {}

    /// Well when enough was seen.
    Result<void> run() {
        while (true) {
            const auto ended = follow();
            if (enough()) return {};
            if (!ended && exit_code_of(ended.error()) != ExitCode::not_reachable) return ended;
            if (!ever_opened_) return failed(ended ? gone("It closed the tail.") : ended.error());
            const auto why = ended ? std::string{"It closed the tail."} : ended.error().message();
            if (auto waited = wait_after_loss(why); !waited) return waited;
        }
    }
    [[nodiscard]] bool enough() const { return options_.count > 0 && seen_ >= options_.count; }

private:
    Result<void> follow() {
        auto client = context_.connect();  // the stack may have come back on another port
        if (!client) return failed(client);
        return client->listen(target_of(options_), [&](std::string_view event, std::string_view data) {
            if (event == "open") on_open();
            if (event == "change") show(data);
            return !enough();
        });
    }

    void on_open() {
        if (lost_at_)
            say("the platform is back; what was stored while it was away is not shown here, but "
                "in `watchglass telemetry`.");
        ever_opened_ = true;
        lost_at_.reset();
        backoff_.reset();
    }

    void show(std::string_view data) {
        const auto change = json::parse(data);
        if (!change) return;
        fmt::print("{}\n", context_.json ? change->dump() : line_of(*change));
        std::fflush(stdout);
        ++seen_;
    }

    Result<void> wait_after_loss(const std::string& why) {
        const auto now = clock_.steady();
        if (!lost_at_) {
            lost_at_ = now;
            say(fmt::format(
                "lost the platform: {} Trying again; readings stored until it is back may be missing here.",
                printable(why)));
        }
        if (now - *lost_at_ >= patience_) return failed(gone(why));
        std::this_thread::sleep_for(backoff_.next());
        return {};
    }

    static Failure gone(const std::string& why) {
        return Failure{codes::platform_gone, Next::retry_later, why, ""};
    }
    static void say(const std::string& what) { fmt::print(stderr, "watchglass: {}\n", what); }

    const Context& context_;
    const TailOptions& options_;
    const std::chrono::microseconds patience_;
    const SystemClock clock_{};
    SystemRng rng_{};
    Backoff backoff_{std::chrono::milliseconds{250}, std::chrono::seconds{5}, rng_};
    std::optional<SteadyTime> lost_at_{};
    bool ever_opened_ = false;
    std::int64_t seen_ = 0;
};

Result<void> check(const TailOptions& options) {
    if (!options.device.empty()) {
        if (auto fits = check_device_id(options.device); !fits) return fits;
    }
    if (parse_duration(options.patience)) return {};
    return failed(Failure{codes::malformed_time, Next::give_up, "--patience " + options.patience, ""});
}

}  // namespace

ExitCode tail(const Context& context, const TailOptions& options) {
    if (auto fits = check(options); !fits) return report(context, fits.error());
    if (!context.json && on_terminal()) fmt::print(stderr, "Readings as they are stored; Ctrl-C ends.\n");
    Follower follower{context, options, *parse_duration(options.patience)};
    if (const auto ended = follower.run(); !ended) return report(context, ended.error());
    return ExitCode::done;
}

}  // namespace watchglass::cli
