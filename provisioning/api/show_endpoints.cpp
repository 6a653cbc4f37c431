// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/endpoints.h"

namespace watchglass::provisioning::api {

json::Value endpoints_of(const PublicFace& face) {
    return json::Value::object(
        {{"mqtt", json::Value::object({{"host", face.host}, {"port", face.port}, {"alpn", "mqtt"}})},
         {"https", json::Value::object({{"host", face.host}, {"port", face.port}})}});
}

http::Response show_endpoints(Context& context, const http::Request&) {
    return http::ok(endpoints_of(context.face));
}

}  // namespace watchglass::provisioning::api
