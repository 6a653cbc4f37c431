// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/answers.h"
#include "provisioning/api/endpoints.h"
#include "provisioning/api/hand_out.h"

namespace watchglass::provisioning::api {

namespace {

Result<std::string> parse_csr(const http::Request& request) {
    const auto body = json_body(request);
    if (!body) return failed(body);
    return csr_field(*body);
}

}  // namespace

http::Response renew(Context& context, const http::Request& request) {
    const auto issue = [&]() -> Result<IssuedIdentity> {
        const auto shown = shown_certificate(request);
        if (!shown) return failed(shown);
        RenewalRequest renewal{*shown, {}, request.peer.address, request.request_id};
        auto csr = parse_csr(request);
        if (!csr) {
            context.renewals.note_refusal(renewal, csr.error());
            return failed(csr);
        }
        renewal.csr = std::move(*csr);
        return context.renewals.renew(renewal);
    };
    return hand_out(context, request, Purpose::renewal, issue,
                    [&](const IssuedIdentity& issued) { return http::ok(to_json(issued, context.face)); });
}

}  // namespace watchglass::provisioning::api
