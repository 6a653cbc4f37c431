// SPDX-License-Identifier: Apache-2.0
// The tab key, in a real bash.
#include "cli/terminal/completion.h"

#include <algorithm>
#include <sstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "libs/foundation/file.h"
#include "libs/foundation/process.h"
#include "test/support/temporary_directory.h"

namespace watchglass::cli {
namespace {

const std::vector<CompletedCommand> commands{
    {"", {"device", "tail"}, {"--json"}},
    {" device", {"add", "import"}, {"--help"}},
    {" device add", {}, {"--site", "--serial"}},
    {" device import", {}, {"--dry-run"}},
    {" tail", {}, {"--count"}},
};

/// What bash would offer behind these words; the last is being typed.
std::vector<std::string> offered(const std::vector<std::string>& words) {
    const test::TemporaryDirectory directory;
    const auto file = directory.path() / "completion.bash";
    REQUIRE(write_file_atomically(file, completion_script(Shell::bash, "watchglass", commands), 0644));
    SpawnOptions options;
    options.argv = {"bash", "-c",
                    "source \"$1\"; shift; COMP_WORDS=(watchglass \"$@\"); COMP_CWORD=$#; _watchglass; "
                    "printf '%s\\n' \"${COMPREPLY[@]}\"",
                    "bash", file.string()};
    options.argv.insert(options.argv.end(), words.begin(), words.end());
    options.directory = directory.path();
    const auto finished = run_program(std::move(options), std::chrono::seconds{30});
    REQUIRE(finished);
    INFO(finished->err);
    REQUIRE(finished->status.success());
    std::istringstream in(finished->out);
    std::vector<std::string> found;
    for (std::string line; std::getline(in, line);) found.push_back(line);
    return found;
}

using Offers = std::vector<std::string>;

}  // namespace

TEST_CASE("the tab key offers the commands and options that may stand there", "[cli][completion]") {
    CHECK(offered({"d"}) == Offers{"device"});
    CHECK(offered({"device", ""}) == Offers{"add", "import", "--help"});
    CHECK(offered({"device", "i"}) == Offers{"import"});
    CHECK(offered({"device", "add", "--s"}) == Offers{"--site", "--serial"});
    // What an option was given is no command, and options of the program may stand in front.
    CHECK(offered({"--json", "tail", "--c"}) == Offers{"--count"});
    CHECK(offered({"device", "add", "--site", "tail", "--ser"}) == Offers{"--serial"});
}

TEST_CASE("where no word fits, files are offered", "[cli][completion]") {
    CHECK(offered({"device", "import", "compl"}) == Offers{"completion.bash"});
}

TEST_CASE("other shells get words of their own", "[cli][completion]") {
    const auto fish = completion_script(Shell::fish, "watchglass", commands);
    CHECK_THAT(fish,
               Catch::Contains("complete -c watchglass -f -n '__fish_seen_subcommand_from device; and not "
                               "__fish_seen_subcommand_from add import' -a 'add import'"));
    CHECK_THAT(fish, Catch::Contains("__fish_seen_subcommand_from add; and true' -l site"));
    const auto zsh = completion_script(Shell::zsh, "watchglass", commands);
    CHECK_THAT(zsh, Catch::Contains("bashcompinit") && !Catch::Contains("mapfile"));
}

}  // namespace watchglass::cli
