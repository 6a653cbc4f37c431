// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/endpoints.h"

namespace watchglass::provisioning::api {

http::Response revoke_device(Context& context, const http::Request& request) {
    return answer_step(context, request, LifeStep::revoke);
}

}  // namespace watchglass::provisioning::api
