// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace watchglass::cli {

/// One command, or the program itself, as a shell needs to know it.
struct CompletedCommand {
    std::string path;  ///< words behind the program's name, each after a space: "" or " device add"
    std::vector<std::string> commands;  ///< that may follow
    std::vector<std::string> options;   ///< with their dashes
};

enum class Shell { bash, zsh, fish };

/// What the shell has to read so that the tab key completes commands, options and, where nothing else fits, files.
/// The first of `commands` is the program itself.
std::string completion_script(Shell shell, const std::string& program,
                              const std::vector<CompletedCommand>& commands);

}  // namespace watchglass::cli
