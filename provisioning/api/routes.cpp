// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/endpoints.h"

namespace watchglass::provisioning::api {

void add_routes(http::Router& router, Context& context) {
    const auto add = [&](const char* method, const char* pattern,
                         http::Response (*endpoint)(Context&, const http::Request&)) {
        router.add(method, pattern,
                   [&context, endpoint](const http::Request& r) { return endpoint(context, r); });
    };
    add("POST", "/v1/devices", register_device);
    add("GET", "/v1/devices", list_devices);
    add("GET", "/v1/devices/{device}", show_device);
    add("POST", "/v1/devices/{device}/tickets", make_ticket);
    add("POST", "/v1/devices/{device}/suspend", suspend_device);
    add("POST", "/v1/devices/{device}/reinstate", reinstate_device);
    add("POST", "/v1/devices/{device}/revoke", revoke_device);
    add("POST", "/v1/devices/{device}/retire", retire_device);
    add("GET", "/v1/devices/{device}/history", device_history);
    add("GET", "/v1/crl", revocation_list);
    add("POST", "/v1/enroll", enroll);
    add("POST", "/v1/renew", renew);
    add("GET", "/v1/trust-bundle", trust_bundle);
    add("GET", "/v1/endpoints", show_endpoints);
    add("POST", "/v1/dictionaries", publish_dictionary);
    add("GET", "/v1/dictionaries", list_dictionaries);
    add("POST", "/v1/quarantine/{id}/replay", replay_quarantined);
    router.add("GET", "/v1/openapi.yaml", openapi);
}

}  // namespace watchglass::provisioning::api
