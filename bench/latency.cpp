// SPDX-License-Identifier: Apache-2.0
// How long an instrument waits from publishing a frame until it hears that it is stored, through TLS, the one port, the
// broker and ingest into PostgreSQL: on an idle platform, and on one that other instruments saturate. Those keep a few
// frames each on the way, as an instrument's window does; so the second figure is what a newcomer waits behind a full
// pipeline, not how long a backlog takes. Frames go every 50 ms whether or not the one before was answered, so that a
// stall is counted by everyone who would have met it.
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "bench/fleet/enrollment.h"
#include "bench/fleet/fleet.h"
#include "bench/load/load.h"
#include "bench/load/traffic.h"
#include "bench/report.h"

using namespace watchglass;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t frames_under_way = 4;  ///< of each instrument that makes load

class Probe {
public:
    explicit Probe(const std::filesystem::path& directory) {
        SpawnOptions options;
        options.argv = {
            std::string{std::getenv("WATCHGLASS_BUILD_DIR")} + "/bench-bin/watchglass_latency_probe",
            directory.string()};
        options.in = PipeStream{};
        options.out = PipeStream{};
        process_.emplace(std::move(ChildProcess::spawn(options).value()));
    }
    /// Ends it; what each frame waited, in milliseconds.
    std::vector<double> end() {
        process_->close_stdin();
        const auto said = process_->read_stdout();
        const auto ended = process_->wait(60s);
        if (!said || !ended || !ended->success()) throw std::runtime_error("the probe failed");
        std::vector<double> ms;
        std::istringstream in(*said);
        for (double one = 0; in >> one;) ms.push_back(one);
        if (ms.size() < 2) throw std::runtime_error("the probe had no time");
        ms.erase(ms.begin());  // the first frame of a stream also finds every cache cold
        return ms;
    }

private:
    std::optional<ChildProcess> process_;
};

}  // namespace

int main(int argc, char** argv) {
    const auto options = bench::parse_options(argc, argv);
    const test::RunningStack stack;
    const std::filesystem::path calm = stack.scratch() / "probe-idle";
    const std::filesystem::path crowded = stack.scratch() / "probe-saturated";
    bench::enroll_instruments(stack, std::array{calm, crowded});

    Probe idle{calm};
    std::this_thread::sleep_for(options.quick ? 5s : 30s);
    const auto idle_ms = idle.end();
    bench::report("latency_ms.idle_p50", bench::quantile_ms(idle_ms, 0.5), "ms", bench::Target{"<= 2"});
    bench::report("latency_ms.idle_p99", bench::quantile_ms(idle_ms, 0.99), "ms", bench::Target{"<= 20"});
    bench::report("latency.idle_frames", static_cast<double>(idle_ms.size()), "");

    bench::Load load{stack, {.instruments = 32, .changes_a_frame = 100, .seed = 7}};
    load.make(options.quick ? 300 : 3'000);
    Probe saturated{crowded};
    const bench::Stopwatch watch;
    const auto traffic = bench::tcp_bytes();
    load.store(frames_under_way);
    const double seconds = watch.seconds();
    const auto bytes = static_cast<double>(bench::tcp_bytes() - traffic);
    const auto saturated_ms = saturated.end();
    bench::report("latency_ms.saturated_p50", bench::quantile_ms(saturated_ms, 0.5), "ms");
    bench::report("latency_ms.saturated_p99", bench::quantile_ms(saturated_ms, 0.99), "ms",
                  bench::Target{"<= 150"});
    bench::report("latency.saturated_frames", static_cast<double>(saturated_ms.size()), "");
    bench::report("bytes_per_sample.wire", bytes / static_cast<double>(load.samples()),
                  "bytes (TLS, MQTT and Stored, both ways, at 100 changes a frame)", bench::Target{"<= 5"});
    bench::report("latency.load_samples_per_s", static_cast<double>(load.samples()) / seconds, "samples/s");
    const auto differences = load.differences();
    if (!differences.empty()) fmt::print(stderr, "{}\n", differences);
    return differences.empty() ? 0 : 1;
}
