// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/process_metrics.h"
#include "libs/http/server.h"

namespace watchglass::http {

void add_service_routes(Router& router, const metrics::Registry& metrics,
                        std::function<Result<void>()> ready) {
    router.add("GET", "/healthz",
               [](const Request&) { return text(200, "text/plain; charset=utf-8", "ok\n"); });
    router.add("GET", "/readyz", [ready = std::move(ready)](const Request&) {
        const auto state = ready();
        return state ? text(200, "text/plain; charset=utf-8", "ready\n") : problem(503, state.error());
    });
    router.add("GET", "/metrics", [&metrics](const Request&) {
        return text(200, "text/plain; version=0.0.4; charset=utf-8",
                    metrics.exposition() + metrics::process_exposition());
    });
}

}  // namespace watchglass::http
