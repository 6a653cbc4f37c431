// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <optional>

#include "libs/foundation/daemon.h"
#include "libs/foundation/process.h"

namespace {

constexpr watchglass::Setting<std::int64_t> size{
    .name = "sample.size", .doc = "How large it is.", .fallback = 3, .least = 1, .most = 10};

std::int64_t read_settings(watchglass::SettingsReader& reader) { return reader.get(size); }

}  // namespace

int main(int argc, char** argv) {
    watchglass::TerminationSignals signals;
    watchglass::Daemon daemon{"watchglass-sampled",
                              "Does nothing.",
                              argc,
                              argv,
                              {{"give-up", "", "End by itself."},
                               {"exit", "CODE", "End with this code."},
                               {"spawn", "COMMAND", "Start a child and print its number."}}};
    daemon.load(read_settings);
    if (const auto code = daemon.option("exit")) return std::stoi(*code);
    if (daemon.option("give-up")) signals.raise_from_within();
    std::optional<watchglass::ChildProcess> child;
    if (const auto command = daemon.option("spawn")) {
        watchglass::SpawnOptions options;
        options.argv = {"/bin/sh", "-c", "exec " + *command};
        auto spawned = watchglass::ChildProcess::spawn(options);
        if (!spawned) return watchglass::exit_with("sample.not_spawned", spawned.error());
        child.emplace(std::move(*spawned));
        std::printf("%d\n", static_cast<int>(child->pid()));
        std::fflush(stdout);
    }
    watchglass::notify_ready();
    return daemon.run_until(signals);
}
