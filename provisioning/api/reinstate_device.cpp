// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/endpoints.h"

namespace watchglass::provisioning::api {

http::Response reinstate_device(Context& context, const http::Request& request) {
    return answer_step(context, request, LifeStep::reinstate);
}

}  // namespace watchglass::provisioning::api
