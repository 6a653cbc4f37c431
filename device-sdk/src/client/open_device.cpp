// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/client/open_device.h"

#include <algorithm>

#include <fmt/format.h>

namespace watchglass::device {
namespace {

/// A tenth for events and gaps; small journals get small segments, so that dropping one is a small loss.
JournalSettings lane_settings(Lane lane, std::uint64_t bytes) {
    const std::uint64_t reserved = bytes / 10;
    JournalSettings settings;
    settings.lane = lane;
    settings.bytes_most = lane == Lane::events ? reserved : bytes - reserved;
    settings.segment_bytes =
        static_cast<std::uint32_t>(std::clamp<std::uint64_t>(settings.bytes_most / 64, 64u << 10, 1u << 20));
    return settings;
}

void tell(Platform& platform, Lane lane, const OpenReport& report) {
    if (report.unclean) {
        platform.log(
            log::Level::warning, "device.unclean_boot",
            fmt::format("The last run ended without closing; a gap is declared in {}.", to_text(lane)));
    }
    if (report.damaged_segments > 0) {
        platform.log(
            log::Level::error, "device.journal_damaged",
            fmt::format("{} segments of {} are damaged; what is lost is declared, a new epoch begins.",
                        report.damaged_segments, to_text(lane)));
    }
}

}  // namespace

Result<std::unique_ptr<Worker>> make_worker(const Options& options, Platform& platform,
                                            SessionMaker make_session) {
    const IdentityDirectory directory{options.directory};
    auto identity = directory.load();
    if (!identity) return failed(identity);

    // The journal belongs to the identity: after a transfer nobody sends the last owner's readings.
    auto disk = platform.open_disk(options.directory / "journal" / identity->device.text());
    if (!disk) return failed(disk);
    auto events = Journal::open(lane_settings(Lane::events, options.journal_bytes), **disk,
                                platform.entropy(), platform.clock());
    if (!events) return failed(events);
    auto telemetry = Journal::open(lane_settings(Lane::telemetry, options.journal_bytes), **disk,
                                   platform.entropy(), platform.clock());
    if (!telemetry) return failed(telemetry);
    tell(platform, Lane::events, (*events)->report());
    tell(platform, Lane::telemetry, (*telemetry)->report());

    Worker::Parts parts{options,
                        platform,
                        std::move(*identity),
                        directory,
                        BootId{platform.entropy().next_u64()},
                        std::move(make_session)};
    auto worker = std::make_unique<Worker>(std::move(parts), std::move(*disk), std::move(*events),
                                           std::move(*telemetry));
    if (auto started = worker->start(); !started) return failed(started);
    return worker;
}

}  // namespace watchglass::device
