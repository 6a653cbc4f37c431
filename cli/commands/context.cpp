// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/context.h"

#include <charconv>
#include <cstdio>

#include <fmt/format.h>

#include "cli/commands/codes.h"
#include "cli/stack/codes.h"
#include "cli/stack/description.h"
#include "cli/terminal/table.h"

namespace watchglass::cli {

namespace {

Failure usage(std::string what) {
    return Failure{watchglass::codes::invalid_argument, Next::give_up, std::move(what), ""};
}

/// Escaped line by line: the end of a log keeps its form.
std::string printable_lines(std::string_view text) {
    std::string out;
    while (true) {
        const auto end = text.find('\n');
        out += printable(text.substr(0, end));
        if (end == std::string_view::npos) return out;
        out += "\n        ";
        text.remove_prefix(end + 1);
    }
}

/// "host" or "host:port".
Result<std::pair<std::string, std::uint16_t>> split_address(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return std::pair{text, std::uint16_t{443}};
    std::uint16_t port = 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + colon + 1, end, port);
    if (read.ec != std::errc{} || read.ptr != end || port == 0) {
        return failed(usage(fmt::format("--server {}: expected HOST or HOST:PORT", text)));
    }
    return std::pair{text.substr(0, colon), port};
}

}  // namespace

Result<http::Client> Context::connect() const {
    security::ConnectionPolicy policy;
    if (!server.empty()) {
        const auto address = split_address(server);
        if (!address) return failed(address);
        if (trust.empty() || certificate.empty() || key.empty()) {
            return failed(usage("--server also needs --trust, --certificate and --key"));
        }
        policy.host = address->first;
        policy.port = address->second;
        policy.trust = security::TrustBundle{trust};
        policy.identity = security::ClientIdentity{certificate, key};
        return http::Client{policy};
    }
    const auto stack = read_description(StackLayout{resolve_stack_directory(directory)});
    if (!stack) return failed(stack);
    policy.host = stack->host;
    policy.port = stack->port;
    policy.trust = security::TrustBundle{stack->trust_bundle};
    policy.identity =
        security::ClientIdentity{certificate.empty() ? stack->operator_certificate.string() : certificate,
                                 key.empty() ? stack->operator_key.string() : key};
    return http::Client{policy};
}

ExitCode exit_code_of(const Failure& failure) {
    const auto name = failure.code.name;
    const auto ends_with = [&](std::string_view end) { return name.ends_with(end); };
    if (failure.code == codes::no_ticket || failure.code == codes::not_commissioned)
        return ExitCode::partly_done;
    if (failure.code == watchglass::codes::invalid_argument || failure.code == codes::wrong_usage ||
        failure.code == codes::malformed_time || failure.code == codes::list_unreadable ||
        failure.code == codes::list_has_mistakes || failure.code == codes::tickets_in_the_way ||
        failure.code == codes::not_confirmed || failure.code == codes::not_a_journal ||
        name == "device.malformed_id" || name == "console.bad_query") {
        return ExitCode::usage;
    }
    if (failure.code == http::codes::not_reachable || failure.code == http::codes::proxy_refused ||
        failure.code == watchglass::codes::timed_out || failure.code == watchglass::codes::unavailable ||
        failure.code == codes::not_running || failure.code == codes::platform_gone ||
        ends_with(".unreachable") || ends_with(".unavailable") || ends_with("broker_behind") ||
        (failure.code == http::codes::refused && failure.next == Next::retry_later)) {
        return ExitCode::not_reachable;
    }
    if (failure.code == codes::no_journal || ends_with("not_found") ||
        name.find(".no_such_") != std::string_view::npos || ends_with(".unknown_device"))
        return ExitCode::not_found;
    if (failure.code == codes::journal_not_permitted || failure.code == http::codes::not_trusted ||
        name.starts_with("auth.") || name == "registry.device_closed" || name == "console.no_certificate" ||
        name == "console.certificate_not_valid" || name == "console.not_an_operator") {
        return ExitCode::refused;
    }
    return ExitCode::failed;
}

ExitCode report(const Context& context, const Failure& failure) {
    if (context.json) {
        const auto document = json::Value::object({{"error", json::Value::object({
                                                                 {"code", failure.code.name},
                                                                 {"sentence", failure.code.sentence},
                                                                 {"detail", failure.detail},
                                                                 {"next_step", failure.code.next_step},
                                                             })}});
        fmt::print(stderr, "{}\n", document.dump());
    } else {
        fmt::print(stderr, "watchglass: {}\n", printable(failure.code.sentence));
        if (!failure.detail.empty()) fmt::print(stderr, "  why:  {}\n", printable_lines(failure.detail));
        if (!failure.cause.empty()) fmt::print(stderr, "        {}\n", printable_lines(failure.cause));
        if (!failure.code.next_step.empty())
            fmt::print(stderr, "  next: {}\n", printable(failure.code.next_step));
        fmt::print(stderr, "  code: {}\n", printable(failure.code.name));
    }
    return exit_code_of(failure);
}

}  // namespace watchglass::cli
