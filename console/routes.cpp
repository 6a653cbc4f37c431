// SPDX-License-Identifier: Apache-2.0
#include "console/routes.h"

#include "console/api/device.h"
#include "console/api/device_health.h"
#include "console/api/devices.h"
#include "console/api/events.h"
#include "console/api/gaps.h"
#include "console/api/health.h"
#include "console/api/latest.h"
#include "console/api/quarantine_item.h"
#include "console/api/quarantine_list.h"
#include "console/api/shards.h"
#include "console/api/tail.h"
#include "console/api/telemetry.h"

namespace watchglass::console {

void add_routes(http::Router& router, const Context& context, TailHub& hub) {
    const auto get = [&](std::string pattern,
                         http::Response (*endpoint)(const Context&, const http::Request&)) {
        router.add("GET", std::move(pattern),
                   [&context, endpoint](const http::Request& request) { return endpoint(context, request); });
    };
    get("/api/v1/devices", list_devices);
    get("/api/v1/devices/{device}", show_device);
    get("/api/v1/devices/{device}/latest", show_latest);
    get("/api/v1/devices/{device}/telemetry", read_telemetry);
    get("/api/v1/devices/{device}/events", list_events);
    get("/api/v1/devices/{device}/gaps", list_gaps);
    get("/api/v1/devices/{device}/health", show_health);
    get("/api/v1/health", list_health);
    get("/api/v1/quarantine", list_quarantine);
    get("/api/v1/quarantine/{id}", show_quarantine);
    get("/api/v1/shards", list_shards);
    router.add("GET", "/api/v1/tail",
               [&context, &hub](const http::Request& request) { return tail(context, hub, request); });
}

}  // namespace watchglass::console
