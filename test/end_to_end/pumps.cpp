// SPDX-License-Identifier: Apache-2.0
#include "test/end_to_end/pumps.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "cli/stack/demo_recording.h"

namespace watchglass::test {

using namespace std::chrono_literals;

std::filesystem::path recording_of(const RunningStack& stack, int number) {
    constexpr WallTime january{1'577'836'800'000'000};
    constexpr Microseconds month{30LL * 86'400'000'000};
    const auto file = stack.scratch() / fmt::format("recording-{}.csv", number);
    const cli::DemoRecording recording{
        .seed = static_cast<std::uint64_t>(number), .start = january + number * month, .rows = 1500};
    REQUIRE(cli::write_recording(recording, file));
    return file;
}

ChildProcess start_agent(SpawnOptions options, const std::filesystem::path& instrument) {
    options.out = FileStream{instrument / "agent.log"};
    options.err = FileStream{instrument / "agent.log"};
    auto agent = ChildProcess::spawn(options);
    REQUIRE(agent);
    return std::move(*agent);
}

void replay(const std::filesystem::path& instrument, const std::filesystem::path& recording) {
    const auto ended = run_program(replaying_agent(instrument, recording), 120s);
    REQUIRE(ended);
    INFO(ended->err);
    REQUIRE(ended->status.success());
}

void copy_tree(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::filesystem::remove_all(to);
    const auto copied = run_program({.argv = {"cp", "-a", from.string(), to.string()}}, 60s);
    REQUIRE((copied && copied->status.success()));
}

}  // namespace watchglass::test
