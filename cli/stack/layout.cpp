// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/layout.h"

#include <cstdlib>

#include <sys/un.h>
#include <unistd.h>

#include "cli/stack/codes.h"

namespace watchglass::cli {

namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string{} : std::string{value};
}

// PostgreSQL puts the longest name of all into run/.
constexpr std::string_view longest_socket_name = ".s.PGSQL.5432.lock";

}  // namespace

std::filesystem::path default_stack_directory() {
    if (::geteuid() == 0) return "/var/lib/watchglass";
    if (const auto state = environment("XDG_STATE_HOME"); !state.empty()) {
        return std::filesystem::path{state} / "watchglass";
    }
    return std::filesystem::path{environment("HOME")} / ".local/state/watchglass";
}

std::filesystem::path resolve_stack_directory(const std::string& given) {
    const auto chosen = !given.empty() ? given : environment("WATCHGLASS_DIR");
    return std::filesystem::absolute(chosen.empty() ? default_stack_directory()
                                                    : std::filesystem::path{chosen})
        .lexically_normal();
}

Result<void> check_depth(const StackLayout& layout) {
    const auto longest = layout.run().string().size() + 1 + longest_socket_name.size();
    if (longest < sizeof(sockaddr_un::sun_path)) return {};
    return failed(Failure{codes::directory_too_deep, Next::give_up, layout.directory().string(), ""});
}

}  // namespace watchglass::cli
