// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/completion.h"

#include <fmt/format.h>

namespace watchglass::cli {
namespace {

std::string words_of(const CompletedCommand& command) {
    return fmt::format("{}{}{}", fmt::join(command.commands, " "),
                       command.commands.empty() || command.options.empty() ? "" : " ",
                       fmt::join(command.options, " "));
}

std::string bash_script(const std::string& program, const std::vector<CompletedCommand>& commands) {
    std::string paths;
    std::string cases;
    for (const CompletedCommand& command : commands) {
        if (!command.path.empty()) paths += fmt::format("{}\"{}\"", paths.empty() ? "" : "|", command.path);
        cases += fmt::format("        \"{}\") words=\"{}\" ;;\n", command.path, words_of(command));
    }
    return fmt::format(
        "_{0}() {{\n"
        "    local path=\"\" words=\"\" typed=\"${{COMP_WORDS[COMP_CWORD]}}\" i\n"
        "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
        "        case \"$path ${{COMP_WORDS[i]}}\" in\n"
        "            {1}) path=\"$path ${{COMP_WORDS[i]}}\" ;;\n"
        "        esac\n"
        "    done\n"
        "    case \"$path\" in\n"
        "{2}"
        "    esac\n"
        "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$typed\")\n"
        "    [ ${{#COMPREPLY[@]}} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- \"$typed\")\n"
        "}}\n"
        "complete -o filenames -F _{0} {0}\n",
        program, paths, cases);
}

/// zsh has bash's way built in, `mapfile` apart.
std::string zsh_script(const std::string& program, const std::vector<CompletedCommand>& commands) {
    auto script = bash_script(program, commands);
    const std::string read_lines = "mapfile -t COMPREPLY < <(";
    for (auto at = script.find(read_lines); at != std::string::npos; at = script.find(read_lines)) {
        const auto end = script.find(")\n", at);
        const auto call = script.substr(at + read_lines.size(), end - at - read_lines.size());
        script.replace(at, end + 1 - at, "COMPREPLY=(${(f)\"$(" + call + ")\"})");
    }
    return "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n" + script;
}

/// `__fish_seen_subcommand_from` for each word of the path, none of what may follow.
std::string fish_condition(const CompletedCommand& command) {
    std::string condition;
    std::string word;
    for (const char c : command.path + " ") {
        if (c != ' ') {
            word += c;
            continue;
        }
        if (!word.empty()) condition += fmt::format("__fish_seen_subcommand_from {}; and ", word);
        word.clear();
    }
    if (command.commands.empty()) return condition + "true";
    return condition + fmt::format("not __fish_seen_subcommand_from {}", fmt::join(command.commands, " "));
}

std::string fish_script(const std::string& program, const std::vector<CompletedCommand>& commands) {
    std::string script;
    for (const CompletedCommand& command : commands) {
        const auto condition = fish_condition(command);
        if (!command.commands.empty()) {
            script += fmt::format("complete -c {} -f -n '{}' -a '{}'\n", program, condition,
                                  fmt::join(command.commands, " "));
        }
        for (const std::string& option : command.options) {
            if (option.starts_with("--"))
                script += fmt::format("complete -c {} -n '{}' -l {}\n", program, condition, option.substr(2));
        }
    }
    return script;
}

}  // namespace

std::string completion_script(Shell shell, const std::string& program,
                              const std::vector<CompletedCommand>& commands) {
    switch (shell) {
        case Shell::bash: return bash_script(program, commands);
        case Shell::zsh: return zsh_script(program, commands);
        case Shell::fish: break;
    }
    return fish_script(program, commands);
}

}  // namespace watchglass::cli
