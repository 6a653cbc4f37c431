// SPDX-License-Identifier: Apache-2.0
#include <map>

#include <catch2/catch.hpp>
#include <signal.h>

#include "test/support/running_stack.h"
#include "test/support/wait.h"

using namespace watchglass;
using test::RunningStack;

namespace {

/// How many shards each owner has; "" has those that nobody serves.
std::map<std::string, int> owners(const RunningStack& stack) {
    std::map<std::string, int> shards;
    const auto all = stack.cli_json({"shards"});
    for (const auto& shard : all.items()) {
        const auto* owner = shard.find("owner");
        ++shards[owner->is_null() ? "" : owner->text_or("name", "?")];
    }
    return shards;
}

const std::map<std::string, int> fair{{"service-ingest-1", 16}, {"service-ingest-2", 16}};

}  // namespace

TEST_CASE("a stack with two ingest processes shows who serves what, and heals when one dies",
          "[end_to_end][shards]") {
    const RunningStack stack{{"--port", "0", "--ingest", "2"}};
    CHECK(test::eventually([&] { return owners(stack) == fair; }));
    const auto table = stack.cli({"shards"});
    CHECK(table.status.success());
    CHECK(table.out.find("service-ingest-2") != std::string::npos);
    CHECK(table.out.find("nobody") == std::string::npos);

    const int before = stack.pid_of("ingestd-2");
    stack.kill("ingestd-2", SIGKILL);
    CHECK(test::eventually([&] { return stack.pid_of("ingestd-2") != before && owners(stack) == fair; }));
}
