// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/description.h"

#include <fmt/format.h>

#include "cli/stack/codes.h"
#include "libs/foundation/file.h"

namespace watchglass::cli {

namespace {

Failure not_running(const StackLayout& layout, std::string why) {
    return Failure{codes::not_running, Next::give_up, fmt::format("{}: {}", layout.directory().string(), why),
                   ""};
}

json::Value texts(const std::map<std::string, std::string>& values) {
    auto object = json::Value::object();
    for (const auto& [name, value] : values) object.set(name, value);
    return object;
}

}  // namespace

json::Value to_json(const StackDescription& d, const StackLayout& layout) {
    auto processes = json::Value::object();
    for (const auto& [name, pid] : d.processes) processes.set(name, pid);
    return json::Value::object({
        {"format", 1},
        {"directory", layout.directory().string()},
        {"launcher_pid", d.launcher_pid},
        {"public", json::Value::object({{"host", d.host}, {"port", d.port}})},
        {"trust_bundle", d.trust_bundle.string()},
        {"operator", json::Value::object({{"certificate", d.operator_certificate.string()},
                                          {"key", d.operator_key.string()}})},
        {"postgres", json::Value::object({{"socket_directory", d.postgres_socket_directory.string()},
                                          {"reader_dsn", d.reader_dsn}})},
        {"broker", json::Value::object(
                       {{"device_port", d.broker_device_port}, {"service_port", d.broker_service_port}})},
        {"sockets", texts(d.sockets)},
        {"processes", std::move(processes)},
        {"logs", layout.log().string()},
    });
}

Result<StackDescription> read_description(const StackLayout& layout) {
    const auto text = read_file(layout.description());
    if (!text) return failed(not_running(layout, "there is no stack.json"));
    const auto json = json::parse(*text);
    if (!json) return failed(not_running(layout, json.error().message()));
    const auto* address = json->find("public");
    const auto* person = json->find("operator");
    const auto* postgres = json->find("postgres");
    const auto* broker = json->find("broker");
    if (address == nullptr || person == nullptr || postgres == nullptr || broker == nullptr) {
        return failed(not_running(layout, "stack.json is of another version"));
    }
    StackDescription d;
    d.launcher_pid = static_cast<int>(json->integer("launcher_pid").value_or(0));
    d.host = address->text_or("host", "localhost");
    d.port = static_cast<std::uint16_t>(address->integer("port").value_or(0));
    d.trust_bundle = json->text_or("trust_bundle", "");
    d.operator_certificate = person->text_or("certificate", "");
    d.operator_key = person->text_or("key", "");
    d.postgres_socket_directory = postgres->text_or("socket_directory", "");
    d.reader_dsn = postgres->text_or("reader_dsn", "");
    d.broker_device_port = static_cast<std::uint16_t>(broker->integer("device_port").value_or(0));
    d.broker_service_port = static_cast<std::uint16_t>(broker->integer("service_port").value_or(0));
    if (const auto* sockets = json->find("sockets")) {
        for (const auto& [name, value] : sockets->members()) d.sockets[name] = value.as_text().value_or("");
    }
    if (const auto* processes = json->find("processes")) {
        for (const auto& [name, value] : processes->members()) {
            d.processes[name] = static_cast<int>(value.as_integer().value_or(0));
        }
    }
    return d;
}

Result<void> write_description(const StackDescription& description, const StackLayout& layout) {
    return write_file_atomically(layout.description(), to_json(description, layout).dump(2) + "\n", 0644);
}

}  // namespace watchglass::cli
