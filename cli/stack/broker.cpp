// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "certs/development_pki.h"
#include "cli/stack/embedded.h"
#include "cli/stack/services.h"
#include "cli/stack/template.h"
#include "libs/foundation/file.h"

namespace watchglass::cli {

namespace {

bool accepts_connections(std::uint16_t port) {
    const UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.sin_port = htons(port);
    return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
}

/// The broker's account may not be able to enter the directory that our programs lie in.
Result<std::filesystem::path> copy_plugin(const StackParts& parts) {
    const auto copy = parts.layout.broker() / parts.programs.broker_plugin().filename();
    const auto bytes = read_file(parts.programs.broker_plugin(), 256u << 20);
    if (!bytes) return failed(bytes);
    if (auto written = write_file_atomically(copy, *bytes, 0644); !written) return failed(written);
    return copy;
}

/// A plugin built with a sanitizer needs its run time loaded before the broker; the build leaves its name beside it.
std::map<std::string, std::string> environment_of(const std::filesystem::path& plugin) {
    auto preload = read_file(std::filesystem::path{plugin}.replace_extension(".preload"));
    if (!preload) return {};
    while (!preload->empty() && preload->back() == '\n') preload->pop_back();
    return {{"LD_PRELOAD", *preload}, {"ASAN_OPTIONS", "detect_leaks=0"}};
}

}  // namespace

Result<ProgramSpec> broker_program(const StackParts& parts) {
    const auto& layout = parts.layout;
    const certs::DevelopmentPki pki{layout.pki()};
    const auto plugin = copy_plugin(parts);
    if (!plugin) return failed(plugin);
    const auto text = render(embedded("mosquitto.conf.in"),
                             {{"plugin", plugin->string()},
                              {"plugin_socket", layout.socket("plugin").string()},
                              {"plugin_state_file", (layout.broker() / "access.state").string()},
                              {"service_ca", pki.service_ca().certificate.string()},
                              {"devices_port", fmt::format("{}", parts.description.broker_device_port)},
                              {"services_port", fmt::format("{}", parts.description.broker_service_port)},
                              {"device_authorities", pki.device_authorities().string()},
                              {"devices_certificate", pki.mosquitto_devices().certificate.string()},
                              {"devices_key", pki.mosquitto_devices().key.string()},
                              {"services_certificate", pki.mosquitto_services().certificate.string()},
                              {"services_key", pki.mosquitto_services().key.string()}});
    if (!text) return failed(text);
    const auto config = write_config(parts, "mosquitto.conf", *text);
    if (!config) return failed(config);

    ProgramSpec spec;
    spec.name = "mosquitto";
    spec.command = {parts.programs.path("mosquitto").string(), "-c", config->string()};
    spec.environment = environment_of(parts.programs.broker_plugin());
    // Its plugin must have heard from the bridge: until then it refuses everybody.
    spec.probe = [ports =
                      std::pair{parts.description.broker_device_port, parts.description.broker_service_port},
                  bridge = layout.socket("bridged")] {
        return accepts_connections(ports.first) && accepts_connections(ports.second) && service_works(bridge);
    };
    return spec;
}

}  // namespace watchglass::cli
