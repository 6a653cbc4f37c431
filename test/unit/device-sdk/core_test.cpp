// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/client/core.h"

#include <catch2/catch.hpp>

#include "schemas/codec/body.h"
#include "test/unit/device-sdk/manual_platform.h"
#include <watchglass/dictionaries/pump_test_bench.h>

using namespace watchglass;
using namespace watchglass::device;
using watchglass::device::test::FakeDisk;
using watchglass::device::test::ManualPlatform;

namespace pump = watchglass::dictionaries::pump_test_bench;

namespace {

/// A device without a thread on a disk that outlives it.
struct Bench {
    Bench() { options.dictionary = to_dictionary(pump::constants); }

    Core& boot(FakeDisk image) {
        core.reset();
        auto disk = std::make_unique<FakeDisk>(std::move(image));
        auto events = Journal::open({.lane = Lane::events, .segment_bytes = 64u << 10}, *disk,
                                    platform.entropy(), platform.clock());
        auto telemetry = Journal::open({.lane = Lane::telemetry, .segment_bytes = 64u << 10}, *disk,
                                       platform.entropy(), platform.clock());
        REQUIRE((events && telemetry));
        here = disk.get();
        core.emplace(Core::Parts{options, platform, DeviceId::random(platform.entropy()), BootId{1}},
                     std::move(disk), std::move(*events), std::move(*telemetry), [] {});
        return *core;
    }
    /// Names of the events that are on the disk.
    std::vector<std::string> events() {
        FakeDisk copy = here->image();
        auto journal = Journal::open({.lane = Lane::events, .segment_bytes = 64u << 10}, copy,
                                     platform.entropy(), platform.clock());
        std::vector<std::string> names;
        for (const StreamState& stream : (*journal)->streams()) {
            for (StreamSeq seq{1}; seq <= stream.synced_through; seq = after(seq)) {
                const auto entry = (*journal)->read(stream.id, seq);
                const auto* bytes = entry ? std::get_if<Bytes>(&entry->content) : nullptr;
                if (bytes == nullptr) continue;
                const Body body = codec::decode_body(*bytes, options.dictionary).value();
                for (const Event& event : body.events) names.push_back(event.name);
            }
        }
        return names;
    }

    ManualPlatform platform;
    Options options;
    FakeDisk* here = nullptr;
    std::optional<Core> core;
};

}  // namespace

TEST_CASE("a damaged journal raises an alarm, once", "[device-sdk][core]") {
    Bench bench;
    Core& first = bench.boot({});
    for (int i = 0; i < 3; ++i) {
        REQUIRE(first.recorder().set(ParameterNumber{5}, Value{20.0 + i}, std::nullopt));
        first.turn(true);
    }
    FakeDisk image = bench.here->image();
    CHECK(bench.events().empty());

    for (const std::string& name : image.names()) {
        if (!name.starts_with("telemetry")) continue;
        Bytes& bytes = image.bytes(name);
        for (std::size_t at = 300; at < 400; ++at) bytes[at] ^= 0x55;
    }
    Core& second = bench.boot(std::move(image));
    REQUIRE(second.journal(Lane::telemetry).report().damaged_segments == 1);
    for (int i = 0; i < 3; ++i) second.turn(true);
    CHECK(bench.events() == std::vector<std::string>{"wg.journal_damaged"});
}

TEST_CASE("alarms do not wait for a fork that cannot be copied", "[device-sdk][core]") {
    Bench bench;
    FakeDisk disk;
    {
        auto journal = *Journal::open({.lane = Lane::telemetry, .segment_bytes = 64u << 10}, disk,
                                      bench.platform.entropy(), bench.platform.clock());
        for (std::uint8_t i = 1; i <= 5; ++i) REQUIRE(journal->append(Bytes(50, i), 1));
        REQUIRE(journal->sync());
        const StreamId stream = journal->live();
        const Chain chain = journal->chain_after(stream, StreamSeq{2}).value();
        REQUIRE(journal->fork(stream, StreamSeq{2}, chain, StreamSeq{3}));
        REQUIRE(journal->append(Bytes(50, 9), 1));
        REQUIRE(journal->sync());
    }
    Core& core = bench.boot(disk.image());
    REQUIRE(core.journal(Lane::telemetry).moving());
    bench.here->failing_reads = 1'000'000;
    core.turn(false);
    CHECK(core.journal(Lane::telemetry).moving());
    REQUIRE(core.recorder().raise(pump::alarms::dry_run.name, Severity::alarm, "Dry."));
    core.turn(false);
    CHECK(bench.events() == std::vector<std::string>{std::string{pump::alarms::dry_run.name}});

    bench.here->failing_reads = 0;
    bench.platform.time.advance(std::chrono::seconds{3});
    core.turn(false);
    CHECK_FALSE(core.journal(Lane::telemetry).moving());
}
