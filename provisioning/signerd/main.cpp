// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/daemon.h"
#include "provisioning/signerd/service.h"

using namespace watchglass;
using namespace watchglass::provisioning;

int main(int argc, char** argv) {
    TerminationSignals signals;
    Daemon daemon{"watchglass-signerd", "Holds the issuing key and signs instruments' certificates.", argc,
                  argv};
    const auto settings = daemon.load(read_signer_settings);

    const SystemClock clock;
    metrics::Registry metrics;
    auto service = SignerService::open(settings, clock, metrics);
    if (!service) return exit_with("signerd.cannot_start", service.error());
    if (auto started = (*service)->start(); !started)
        return exit_with("signerd.cannot_start", started.error());
    notify_ready();
    return daemon.run_until(signals);
}
