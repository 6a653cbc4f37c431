// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/client/worker.h"

#include <thread>

#include <catch2/catch.hpp>

#include "device-sdk/src/client/open_device.h"
#include "test/support/temporary_directory.h"
#include "test/support/wait.h"
#include "test/unit/device-sdk/manual_platform.h"
#include "test/unit/device-sdk/scripted_platform.h"

using namespace watchglass;
using namespace watchglass::device;
using namespace std::chrono_literals;
using watchglass::device::test::FakeDisk;
using watchglass::device::test::ManualPlatform;
using watchglass::device::test::ScriptedPlatform;
using watchglass::test::eventually;
using watchglass::test::TemporaryDirectory;

namespace {

struct Bench {
    Bench() {
        device::test::write_identity(directory.path());
        options.directory = directory.path();
        options.dictionary.name = "bench";
        ParameterDefinition temperature;
        temperature.number = ParameterNumber{1};
        temperature.name = "temperature";
        options.dictionary.parameters = {temperature};
    }
    std::unique_ptr<Worker> open() {
        auto worker = make_worker(options, platform, script.maker());
        REQUIRE(worker);
        return std::move(*worker);
    }
    /// Turns of the worker while nothing happens for a while. A busy machine only makes it fewer.
    int idle_turns() {
        const int before = platform.looks;
        std::this_thread::sleep_for(400ms);
        return platform.looks - before;
    }

    TemporaryDirectory directory;
    ScriptedPlatform script;
    Options options;
    ManualPlatform platform;
};

}  // namespace

TEST_CASE("a disk that refuses is tried every two seconds and does not keep the processor busy",
          "[device-sdk][worker]") {
    Bench bench;
    bench.platform.make_disk = [] {
        auto disk = std::make_unique<FakeDisk>();
        disk->failing_syncs = 1'000'000;
        return disk;
    };
    auto worker = bench.open();
    REQUIRE(worker->recorder().set(ParameterNumber{1}, 1.0, std::nullopt));
    REQUIRE(eventually(30s, [&] {
        bench.platform.time.advance(1s);
        worker->recorder().flush();
        return bench.platform.refused_syncs > 0;
    }));
    bench.platform.time.advance(1s);
    CHECK(bench.idle_turns() < 50);
}

TEST_CASE("a link that takes nothing for long does not keep the processor busy", "[device-sdk][worker]") {
    Bench bench;
    bench.script.set_full(true);
    auto worker = bench.open();
    REQUIRE(eventually(30s, [&] { return worker->status().connected; }));
    bench.platform.time.advance(5min);
    worker->wake();
    CHECK(bench.idle_turns() < 50);
}
