// SPDX-License-Identifier: Apache-2.0
// What scripts get told of a journal of a released format; test/golden/README.md says how to refresh it.
#include <filesystem>

#include "libs/foundation/file.h"
#include "test/integration/cli/run_watchglass.h"

namespace watchglass::test {

TEST_CASE("inspect says of a journal of format 1 what it has always said", "[cli][journal][golden]") {
    const auto golden =
        std::filesystem::path{std::getenv("WATCHGLASS_SOURCE_DIR")} / "test/golden/journal/format-1";
    const auto answer = json_of_watchglass({"journal", "inspect", "--records", golden.string()});
    REQUIRE(answer.find("journals")->items().size() == 1);
    auto now = answer.find("journals")->items().front();
    now.set("directory", "format-1");
    auto findings = json::Value::array();
    for (json::Value finding : now.find("findings")->items()) {
        finding.set("text", "any");  // scripts go by kind and place; words may change
        findings.push(std::move(finding));
    }
    now.set("findings", std::move(findings));

    const auto kept = golden / "inspect.json";
    if (std::getenv("WATCHGLASS_REFRESH_GOLDEN") != nullptr)
        REQUIRE(write_file_atomically(kept, now.dump(1) + "\n"));
    const auto then = json::parse(read_file(kept).value());
    REQUIRE(then);
    CHECK(now.dump(1) == then->dump(1));
}

}  // namespace watchglass::test
