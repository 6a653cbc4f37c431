// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/answers.h"
#include "provisioning/api/endpoints.h"
#include "provisioning/api/hand_out.h"
#include "provisioning/codes.h"

namespace watchglass::provisioning::api {

namespace {

Result<EnrollmentRequest> parse_enrollment(const http::Request& request) {
    const auto body = json_body(request);
    if (!body) return failed(body);
    const auto secret_text = text_field(*body, "secret", 64);
    if (!secret_text) return failed(secret_text);
    const auto secret = from_hex(*secret_text);
    EnrollmentRequest enrollment;
    if (!secret || secret->size() != enrollment.secret.size()) {
        return failed(
            Failure{codes::bad_field, Next::give_up, "'secret' must be 32 hexadecimal digits.", {}});
    }
    auto csr = csr_field(*body);
    if (!csr) return failed(csr);
    std::copy(secret->begin(), secret->end(), enrollment.secret.begin());
    enrollment.csr = std::move(*csr);
    enrollment.address = request.peer.address;
    enrollment.request_id = request.request_id;
    return enrollment;
}

}  // namespace

http::Response enroll(Context& context, const http::Request& request) {
    const auto issue = [&]() -> Result<IssuedIdentity> {
        const auto asked = parse_enrollment(request);
        if (!asked) return failed(asked);
        return context.desk.enroll(*asked);
    };
    return hand_out(context, request, Purpose::enrollment, issue,
                    [&](const IssuedIdentity& issued) { return http::ok(to_json(issued, context.face)); });
}

}  // namespace watchglass::provisioning::api
