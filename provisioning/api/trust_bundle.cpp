// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/endpoints.h"

namespace watchglass::provisioning::api {

http::Response trust_bundle(Context& context, const http::Request&) {
    return http::text(200, "application/pem-certificate-chain", context.face.trust_bundle_pem);
}

}  // namespace watchglass::provisioning::api
