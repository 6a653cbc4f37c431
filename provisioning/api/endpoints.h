// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/http/message.h"
#include "libs/http/server.h"
#include "provisioning/api/context.h"
#include "provisioning/life/device_life.h"
#include "storage/registry/device_store.h"

/// One function per endpoint, each in the file of its name.
namespace watchglass::provisioning::api {

http::Response register_device(Context& context, const http::Request& request);  ///< POST /v1/devices
http::Response list_devices(Context& context, const http::Request& request);     ///< GET /v1/devices
http::Response show_device(Context& context, const http::Request& request);      ///< GET /v1/devices/{device}
http::Response make_ticket(Context& context,
                           const http::Request& request);  ///< POST /v1/devices/{device}/tickets
http::Response suspend_device(Context& context,
                              const http::Request& request);  ///< POST /v1/devices/{device}/suspend
http::Response reinstate_device(Context& context,
                                const http::Request& request);  ///< POST /v1/devices/{device}/reinstate
http::Response revoke_device(Context& context,
                             const http::Request& request);  ///< POST /v1/devices/{device}/revoke
http::Response retire_device(Context& context,
                             const http::Request& request);  ///< POST /v1/devices/{device}/retire
http::Response device_history(Context& context,
                              const http::Request& request);  ///< GET /v1/devices/{device}/history
http::Response revocation_list(Context& context, const http::Request& request);     ///< GET /v1/crl
http::Response enroll(Context& context, const http::Request& request);              ///< POST /v1/enroll
http::Response renew(Context& context, const http::Request& request);               ///< POST /v1/renew
http::Response trust_bundle(Context& context, const http::Request& request);        ///< GET /v1/trust-bundle
http::Response show_endpoints(Context& context, const http::Request& request);      ///< GET /v1/endpoints
http::Response publish_dictionary(Context& context, const http::Request& request);  ///< POST /v1/dictionaries
http::Response list_dictionaries(Context& context, const http::Request& request);   ///< GET /v1/dictionaries
http::Response replay_quarantined(Context& context,
                                  const http::Request& request);  ///< POST /v1/quarantine/{id}/replay
http::Response openapi(const http::Request& request);             ///< GET /v1/openapi.yaml

/// All of them. The context outlives the router.
void add_routes(http::Router& router, Context& context);

// Parts that more than one endpoint says.
json::Value endpoints_of(const PublicFace& face);  ///< {mqtt: {host, port, alpn}, https: {host, port}}

/// What GET /v1/devices/{device} answers, certificates included.
Result<json::Value> shown_device(storage::UnitOfWork& unit, const storage::RegisteredDevice& device);

/// A step in a device's life: in one transaction, then as long as may be until the brokers know.
http::Response answer_step(Context& context, const http::Request& request, LifeStep step);

struct MadeTicket {
    std::string text;
    WallTime expires_at;
};
/// In the caller's unit of work, with its audit entry.
Result<MadeTicket> add_ticket(Context& context, storage::UnitOfWork& unit, const Caller& caller,
                              const storage::RegisteredDevice& device);

}  // namespace watchglass::provisioning::api
