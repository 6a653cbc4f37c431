// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "libs/foundation/daemon.h"
#include "libs/foundation/exit_code.h"
#include "provisioning/provisiond/service.h"

using namespace watchglass;
using namespace watchglass::provisioning;

namespace {

int add_operator_and_leave(const Daemon& daemon, const ProvisioningSettings& settings) {
    const NewOperator who{.name = *daemon.option("add-operator"),
                          .role = daemon.option("role").value_or("reader"),
                          .certificate = daemon.option("certificate").value_or(""),
                          .tenant = daemon.option("tenant").value_or("")};
    if (auto added = add_operator(settings.dsn, who); !added)
        return exit_with("operator.not_added", added.error());
    std::printf("Registered operator %s as %s.\n", who.name.c_str(), who.role.c_str());
    return static_cast<int>(ExitCode::done);
}

}  // namespace

int main(int argc, char** argv) {
    TerminationSignals signals;
    Daemon daemon{"watchglass-provisiond",
                  "Registers instruments, gives them their identity, and serves the platform's REST API.",
                  argc,
                  argv,
                  {{"add-operator", "NAME", "Register an operator's certificate and leave."},
                   {"role", "ROLE", "With --add-operator: admin, service or reader (the default)."},
                   {"certificate", "FILE", "With --add-operator: their certificate in PEM."},
                   {"tenant", "NAME", "With --add-operator: the only tenant they may work for."}}};
    const auto settings = daemon.load(read_provisioning_settings);
    if (daemon.option("add-operator")) return add_operator_and_leave(daemon, settings);

    const SystemClock clock;
    SystemRng rng;
    metrics::Registry metrics;
    auto service = ProvisioningService::open(settings, clock, rng, metrics);
    if (!service) return exit_with("provisiond.cannot_start", service.error());
    if (auto started = (*service)->start(); !started)
        return exit_with("provisiond.cannot_start", started.error());
    notify_ready();
    return daemon.run_until(signals);
}
