// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/endpoints.h"

namespace watchglass::provisioning::api {

http::Response suspend_device(Context& context, const http::Request& request) {
    return answer_step(context, request, LifeStep::suspend);
}

}  // namespace watchglass::provisioning::api
