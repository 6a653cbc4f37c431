// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "cli/stack/layout.h"
#include "libs/foundation/result.h"
#include "libs/json/json.h"

namespace watchglass::cli {

/// What stack.json says of a running stack: every address and path that another program may want.
struct StackDescription {
    int launcher_pid = 0;
    std::string host = "localhost";
    std::uint16_t port = 0;
    std::filesystem::path trust_bundle;          ///< the root that instruments and people trust
    std::filesystem::path operator_certificate;  ///< the first operator
    std::filesystem::path operator_key;
    std::filesystem::path postgres_socket_directory;
    std::string reader_dsn;  ///< libpq connection string for SQL
    std::uint16_t broker_device_port = 0;
    std::uint16_t broker_service_port = 0;
    std::map<std::string, std::string> sockets;  ///< Unix sockets of the services by name
    std::map<std::string, int> processes;        ///< process ids by program
};

json::Value to_json(const StackDescription& description, const StackLayout& layout);
Result<StackDescription> read_description(const StackLayout& layout);  ///< stack.not_running
Result<void> write_description(const StackDescription& description, const StackLayout& layout);

}  // namespace watchglass::cli
