// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/hand_out.h"
#include "provisioning/est/answers.h"
#include "provisioning/est/body.h"
#include "provisioning/est/endpoints.h"

namespace watchglass::provisioning::est {

http::Response simple_reenroll(Context& context, const http::Request& request) {
    const auto issue = [&]() -> Result<IssuedIdentity> {
        const auto shown = shown_certificate(request);
        if (!shown) return failed(shown);
        RenewalRequest renewal{*shown, {}, request.peer.address, request.request_id};
        const auto csr = read_request(request.header("content-type"), request.body);
        if (!csr) {
            context.renewals.note_refusal(renewal, csr.error());
            return failed(csr);
        }
        renewal.csr = as_text(*csr);
        return context.renewals.renew(renewal);
    };
    return hand_out(context, request, Purpose::renewal, issue, issued_answer);
}

}  // namespace watchglass::provisioning::est
