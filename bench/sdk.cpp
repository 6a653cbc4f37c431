// SPDX-License-Identifier: Apache-2.0
// What the SDK costs an instrument that reports 100 changes a second: resident memory over the libraries it links, and
// processor time. Memory is what nobody else could share (heap, stacks, pages of libraries that were changed when they
// were loaded) and the pages of the program itself, where the SDK is linked statically; unchanged pages of shared
// libraries are the system's. The instrument's own loop and main() are in both figures.
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "bench/fleet/enrollment.h"
#include "bench/memory.h"
#include "bench/processes.h"
#include "bench/report.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace std::chrono_literals;

namespace {

constexpr double megabyte = 1024;  // in kilobytes

std::int64_t stored(const test::RunningStack& stack) {
    return stack.sql_number("SELECT coalesce(sum(cardinality(parameters)), 0) FROM watchglass.frames");
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = bench::parse_options(argc, argv);
    const test::RunningStack stack;
    const std::filesystem::path directory = stack.scratch() / "instrument";
    bench::enroll_instruments(stack, std::array{directory});

    SpawnOptions instrument;
    instrument.argv = {
        std::string{std::getenv("WATCHGLASS_BUILD_DIR")} + "/bench-bin/watchglass_sdk_instrument",
        directory.string()};
    instrument.in = PipeStream{};
    instrument.out = PipeStream{};
    auto process = std::move(ChildProcess::spawn(instrument).value());
    const int pid = static_cast<int>(process.pid());
    // The handshake is behind it, and what it recorded before.
    if (!test::eventually(
            30s, [&] { return stored(stack) >= 200; }, 200ms))
        throw std::runtime_error("nothing of the instrument is stored");

    const double cpu_before = bench::cpu_seconds_of(pid);
    const bench::Stopwatch watch;
    std::this_thread::sleep_for(options.quick ? 10s : 60s);
    const double cpu = bench::cpu_seconds_of(pid) - cpu_before;
    const double seconds = watch.seconds();
    const auto memory = bench::resident_of(pid);

    process.close_stdin();
    const auto said = process.read_stdout();
    const auto ended = process.wait(60s);
    if (!said || !ended || !ended->success()) throw std::runtime_error("the instrument failed");
    const auto changes = std::atoll(said->c_str());

    bench::report("sdk.rss_mb", (memory.anonymous + memory.program) / megabyte, "MB", bench::Target{"<= 3"});
    bench::report("sdk.rss_mb.own", memory.anonymous / megabyte, "MB (heap, stacks, changed pages)");
    bench::report("sdk.rss_mb.program", memory.program / megabyte, "MB (the program's code and constants)");
    bench::report("sdk.rss_mb.with_libraries", memory.all / megabyte, "MB (all that is resident)");
    bench::report("sdk.core_percent", 100 * cpu / seconds, "% of a core", bench::Target{"<= 0.5"});
    const auto kept = stored(stack);
    bench::report("sdk.changes_made", static_cast<double>(changes), "");
    bench::report("sdk.changes_stored", static_cast<double>(kept), "", "sdk.changes_made");
    return kept == changes ? 0 : 1;
}
