// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/endpoints.h"
#include "provisioning/openapi_embedded.h"

namespace watchglass::provisioning::api {

http::Response openapi(const http::Request&) {
    return http::text(200, "application/yaml", std::string(embedded::files[0].text));
}

}  // namespace watchglass::provisioning::api
