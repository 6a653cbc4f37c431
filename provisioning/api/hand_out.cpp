// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/hand_out.h"

#include "provisioning/api/answers.h"
#include "provisioning/api/endpoints.h"
#include "provisioning/codes.h"

namespace watchglass::provisioning {

namespace {

constexpr int certificate_expired = 10;  // X509_V_ERR_CERT_HAS_EXPIRED

void count(Context& context, Purpose purpose, std::string_view result) {
    const bool enrolls = purpose == Purpose::enrollment;
    context.metrics
        .counter(enrolls ? "watchglass_enrollments_total" : "watchglass_renewals_total",
                 enrolls ? "Requests to enroll, by outcome." : "Requests to renew, by outcome.",
                 {{"result", std::string(result)}})
        .add();
}

// Who is slowed down: instruments that renew may share an address with one that fails over and over.
std::string asker(const http::Request& request, Purpose purpose) {
    const auto& der = request.peer.certificate_der;
    if (purpose == Purpose::enrollment || der.empty()) return request.peer.address;
    return to_hex(security::sha256(as_bytes(der)));
}

}  // namespace

http::Response hand_out(Context& context, const http::Request& request, Purpose purpose,
                        const std::function<Result<IssuedIdentity>()>& issue,
                        const std::function<Result<http::Response>(const IssuedIdentity&)>& answer) {
    const auto who = asker(request, purpose);
    const auto refused = [&](const Failure& why) {
        count(context, purpose, why.code.name);
        if (why.next == Next::give_up) context.failures.count_failure(who);
        return refuse(why, request);
    };
    if (auto admitted = context.failures.admit(who); !admitted) return refused(admitted.error());
    const auto issued = issue();
    if (!issued) return refused(issued.error());
    if (auto known = context.broker.wait_for(issued->access_change, context.broker_patience); !known) {
        return refused(known.error());
    }
    auto response = answer(*issued);
    if (!response) return refused(response.error());
    count(context, purpose, "issued");
    return std::move(*response);
}

Result<security::Sha256> shown_certificate(const http::Request& request) {
    if (request.peer.certificate_der.empty()) {
        return failed(Failure{codes::renewal_needs_certificate, Next::give_up, {}, {}});
    }
    if (request.peer.verify_result != 0 && request.peer.verify_result != certificate_expired) {
        return failed(Failure{codes::certificate_not_verified, Next::give_up, {}, {}});
    }
    return security::sha256(as_bytes(request.peer.certificate_der));
}

json::Value to_json(const IssuedIdentity& issued, const PublicFace& face) {
    auto answer = json::Value::object({{"device", issued.device.text()},
                                       {"certificate_chain", issued.chain_pem},
                                       {"trust_bundle", face.trust_bundle_pem}});
    if (issued.renew_at) answer.set("renew_at", to_rfc3339(*issued.renew_at));
    const auto endpoints = api::endpoints_of(face);
    for (const auto& [name, endpoint] : endpoints.members()) answer.set(name, endpoint);
    return answer;
}

}  // namespace watchglass::provisioning
