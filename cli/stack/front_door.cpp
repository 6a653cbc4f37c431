// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>
#include <sys/resource.h>

#include "certs/development_pki.h"
#include "cli/stack/embedded.h"
#include "cli/stack/services.h"
#include "cli/stack/template.h"
#include "libs/http/client.h"

namespace watchglass::cli {

namespace {

/// HAProxy needs two descriptors a connection, and some for itself, and refuses to start with fewer.
rlim_t connections_allowed() {
    constexpr rlim_t for_itself = 200;
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const rlim_t usable = limit.rlim_cur > for_itself ? limit.rlim_cur - for_itself : 0;
    return std::clamp<rlim_t>(usable / 2, 100, 20'000);
}

}  // namespace

Result<ProgramSpec> front_door_program(const StackParts& parts) {
    const auto& layout = parts.layout;
    const certs::DevelopmentPki pki{layout.pki()};
    const auto unavailable = write_config(parts, "503.http", std::string{embedded("503.http")});
    if (!unavailable) return failed(unavailable);
    const auto text =
        render(embedded("haproxy.cfg.in"),
               {{"maxconn", fmt::format("{}", connections_allowed())},
                {"stats_socket", layout.socket("front-door-stats").string()},
                {"public_bind", "fd@0"},
                {"broker_address", fmt::format("127.0.0.1:{}", parts.description.broker_device_port)},
                {"https_socket", layout.socket("https").string()},
                {"server_certificate", pki.haproxy_certificate().string()},
                {"client_roots", pki.client_authorities().string()},
                {"provisiond_socket", layout.socket("provisiond").string()},
                {"consoled_socket", layout.socket("consoled").string()},
                {"unavailable_answer", unavailable->string()}});
    if (!text) return failed(text);
    const auto config = write_config(parts, "haproxy.cfg", *text);
    if (!config) return failed(config);

    ProgramSpec spec;
    spec.name = "haproxy";
    spec.command = {parts.programs.path("haproxy").string(), "-db", "-f", config->string()};
    // The port is open already: the launcher may open one below 1024, HAProxy never has to. While it is started again,
    // connections wait.
    spec.standard_input = parts.public_socket;
    // Ready when an answer of a service comes through it, as an instrument would ask.
    security::ConnectionPolicy policy;
    policy.host = parts.description.host;
    policy.port = parts.description.port;
    policy.trust = security::TrustBundle{parts.description.trust_bundle};
    spec.probe = [policy] {
        http::Client client{policy};
        http::ClientRequest request;
        request.target = "/v1/endpoints";
        request.timeout = std::chrono::seconds{2};
        const auto answer = client.send(request);
        return answer && answer->status == 200;
    };
    return spec;
}

}  // namespace watchglass::cli
