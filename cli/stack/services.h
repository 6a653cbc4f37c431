// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/stack/account.h"
#include "cli/stack/description.h"
#include "cli/stack/layout.h"
#include "cli/stack/programs.h"
#include "cli/stack/supervisor.h"

namespace watchglass::cli {

/// What the configuration of each part is made from.
struct StackParts {
    const StackLayout& layout;
    const Programs& programs;
    const Account& account;
    const StackDescription& description;
    int public_socket = -1;  ///< listens on the public port
};

// Each writes its program's configuration into config/ and says how to run it.
Result<ProgramSpec> signerd_program(const StackParts& parts);
Result<ProgramSpec> provisiond_program(const StackParts& parts);
Result<ProgramSpec> bridged_program(const StackParts& parts);
Result<ProgramSpec> ingestd_program(const StackParts& parts, int number);  ///< counted from 1
Result<ProgramSpec> consoled_program(const StackParts& parts);
Result<ProgramSpec> broker_program(const StackParts& parts);      ///< broker.cpp
Result<ProgramSpec> front_door_program(const StackParts& parts);  ///< front_door.cpp

/// `ingestd`, `ingestd-2`, ...: of its configuration, socket, log and process.
std::string ingestd_name(int number);

/// Does the service on this socket say that it is ready (GET /readyz)?
bool service_works(const std::filesystem::path& socket);

/// Enters the first operator's certificate into the registry; nothing when it is there already.
Result<void> register_operator(const StackParts& parts);

/// Writes a configuration file that the stack's account may read.
Result<std::filesystem::path> write_config(const StackParts& parts, const std::string& name,
                                           const std::string& text);

}  // namespace watchglass::cli
