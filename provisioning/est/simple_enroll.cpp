// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/answers.h"
#include "provisioning/api/hand_out.h"
#include "provisioning/codes.h"
#include "provisioning/est/answers.h"
#include "provisioning/est/body.h"
#include "provisioning/est/endpoints.h"

namespace watchglass::provisioning::est {

namespace {

http::Response with_challenge(http::Response response) {
    if (response.status == 401) {
        response.headers.emplace_back("WWW-Authenticate",
                                      "Basic realm=\"Watchglass enrollment ticket\", charset=\"UTF-8\"");
    }
    return response;
}

}  // namespace

http::Response simple_enroll(Context& context, const http::Request& request) {
    const auto authorization = request.header("authorization");
    // Clients wait for the challenge before they say a password: nobody failed yet.
    if (authorization.empty()) {
        return with_challenge(refuse(Failure{codes::est_ticket_required, Next::give_up, {}, {}}, request));
    }
    const auto issue = [&]() -> Result<IssuedIdentity> {
        const auto secret = ticket_secret(authorization);
        if (!secret) return failed(secret);
        EnrollmentRequest enrollment{*secret, {}, request.peer.address, request.request_id};
        const auto csr = read_request(request.header("content-type"), request.body);
        if (!csr) {
            context.desk.note_refusal(enrollment, csr.error());
            return failed(csr);
        }
        enrollment.csr = as_text(*csr);
        return context.desk.enroll(enrollment);
    };
    return with_challenge(hand_out(context, request, Purpose::enrollment, issue, issued_answer));
}

}  // namespace watchglass::provisioning::est
