// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/endpoints.h"

namespace watchglass::provisioning::api {

http::Response retire_device(Context& context, const http::Request& request) {
    return answer_step(context, request, LifeStep::retire);
}

}  // namespace watchglass::provisioning::api
