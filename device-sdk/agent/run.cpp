// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "device-sdk/agent/codes.h"
#include "device-sdk/agent/commands.h"
#include "device-sdk/agent/csv_source.h"
#include "device-sdk/agent/host_source.h"
#include "device-sdk/agent/lines_source.h"
#include "libs/foundation/log.h"
#include "libs/foundation/service.h"
#include "libs/foundation/version.h"
#include <watchglass/device.h>
#include <watchglass/dictionaries/host.h>
#include <watchglass/dictionaries/pump_test_bench.h>

namespace watchglass::agent {
namespace {

using namespace std::chrono_literals;

Result<Dictionary> dictionary_for(const Arguments& arguments) {
    std::string name = arguments.dictionary;
    if (name.empty()) name = arguments.source == "host" ? "host" : "pump-test-bench";
    if (name == "host") return to_dictionary(dictionaries::host::constants);
    if (name == "pump-test-bench") return to_dictionary(dictionaries::pump_test_bench::constants);
    return failed(
        Failure{codes::unknown_dictionary, Next::give_up, name + " is not among its dictionaries.", {}});
}

Result<std::unique_ptr<Source>> source_for(const Arguments& arguments) {
    if (arguments.source == "host") return std::make_unique<HostSource>(arguments.interval, HostReader{});
    if (arguments.source == "lines") return std::make_unique<LinesSource>(arguments.socket);
    if (arguments.source == "csv" && !arguments.file.empty()) {
        return std::make_unique<CsvSource>(CsvSettings{arguments.file, arguments.map, arguments.speed});
    }
    return failed(
        Failure{codes::usage,
                Next::give_up,
                arguments.source == "csv" ? "Source csv needs --file." : "--source is host, csv or lines.",
                {}});
}

/// Tells how it goes, every few seconds, until the run is over.
void tell_progress(const device::Device& device, const Arguments& arguments, const StopSign& over) {
    while (!over.wait(2s)) {
        const device::LinkStatus status = device.link_status();
        write_status(arguments.directory, status, arguments.source, true);
        if (!arguments.exit_when_stored) continue;
        log::info(
            "agent.progress", "Recorded and waiting to be stored.",
            {{"recorded", status.recorded}, {"backlog", status.backlog}, {"connected", status.connected}});
    }
}

Result<void> wait_until_stored(device::Device& device, const StopSign& stop) {
    while (!stop.raised()) {
        if (device.drain(500ms)) return {};
    }
    return failed(Failure{device::codes::not_drained, Next::retry_later, "The agent was told to stop.", {}});
}

Result<void> read_and_store(Source& source, device::Device& device, const Arguments& arguments,
                            const StopSign& stop) {
    if (auto read = source.run(device, stop); !read) return read;
    if (arguments.exit_when_stored) return wait_until_stored(device, stop);
    // A recording that ends leaves an instrument that is idle, not gone: what is recorded still goes out.
    while (!stop.wait(1h)) {
    }
    return {};
}

}  // namespace

ExitCode run(const Arguments& arguments) {
    TerminationSignals signals;
    log::start("watchglass-agent");
    auto dictionary = dictionary_for(arguments);
    if (!dictionary) return report(dictionary.error());
    auto source = source_for(arguments);
    if (!source) return report(source.error());

    device::Options options;
    options.directory = arguments.directory;
    options.dictionary = std::move(*dictionary);
    options.software = "watchglass-agent " + std::string{product_version};
    options.telemetry.flush_interval = arguments.flush_interval;
    options.telemetry.sync_interval = arguments.sync_interval;
    options.journal_bytes = static_cast<std::uint64_t>(arguments.journal_megabytes) << 20;
    options.proxy = arguments.proxy;
    auto device = device::Device::open(options);
    if (!device) return report(device.error());

    StopSign stop;
    StopSign over;
    Result<void> ended;
    std::thread progress([&] { tell_progress(**device, arguments, over); });
    std::thread reading([&] {
        ended = read_and_store(**source, **device, arguments, stop);
        signals.raise_from_within();
    });
    notify_ready();
    signals.wait();
    stop.raise();
    over.raise();
    reading.join();
    progress.join();

    const auto closed = (*device)->close(2s);
    write_status(arguments.directory, (*device)->link_status(), arguments.source, false);
    if (!ended) return report(ended.error());
    if (!closed) return report(closed.error());
    return ExitCode::done;
}

}  // namespace watchglass::agent
