// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "libs/foundation/exit_code.h"
#include "libs/foundation/result.h"
#include "libs/http/client.h"

namespace watchglass::cli {

/// What every command shares: where the platform is, who is asking, and how to answer.
struct Context {
    std::string directory;    ///< --dir: a stack on this machine
    std::string server;       ///< --server HOST[:PORT]: a platform elsewhere
    std::string trust;        ///< --trust FILE: its root certificate
    std::string certificate;  ///< --certificate FILE: the operator's
    std::string key;          ///< --key FILE
    bool json = false;        ///< --json: one document (or one line an item, for streams) on standard output

    /// A client for the platform: the one named by --server, else the stack of --dir or WATCHGLASS_DIR.
    [[nodiscard]] Result<http::Client> connect() const;
};

/// Says on standard error what happened, why, and what to do next; with --json as a document. Returns the exit code
/// that fits the failure.
ExitCode report(const Context& context, const Failure& failure);

/// The exit code of a failure, by its code.
ExitCode exit_code_of(const Failure& failure);

}  // namespace watchglass::cli
