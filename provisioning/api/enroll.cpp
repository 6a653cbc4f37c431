// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/answers.h"
#include "provisioning/api/endpoints.h"
#include "provisioning/codes.h"

namespace watchglass::provisioning::api {

namespace {

constexpr std::size_t most_csr_bytes = 24u << 10;  // 16 KiB of DER in PEM

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
    const auto csr = body->text("csr");
    if (!csr) return failed(Failure{codes::bad_field, Next::give_up, "'csr' is missing or is not text.", {}});
    if (csr->size() > most_csr_bytes)
        return failed(Failure{codes::bad_field, Next::give_up, "'csr' is too long.", {}});
    std::copy(secret->begin(), secret->end(), enrollment.secret.begin());
    enrollment.csr = *csr;
    enrollment.address = request.peer.address;
    enrollment.request_id = request.request_id;
    return enrollment;
}

json::Value to_json(const Enrollment& enrollment, const PublicFace& face) {
    auto answer = json::Value::object({{"device", enrollment.device.text()},
                                       {"certificate_chain", enrollment.chain_pem},
                                       {"trust_bundle", face.trust_bundle_pem}});
    const auto endpoints = endpoints_of(face);
    for (const auto& [name, endpoint] : endpoints.members()) answer.set(name, endpoint);
    return answer;
}

void count(Context& context, std::string_view result) {
    context.metrics
        .counter("watchglass_enrollments_total", "Requests to enroll, by outcome.",
                 {{"result", std::string(result)}})
        .add();
}

http::Response refuse_enrollment(Context& context, const http::Request& request, const Failure& why) {
    count(context, why.code.name);
    if (why.next == Next::give_up) context.failures.count_failure(request.peer.address);
    return refuse(why, request);
}

}  // namespace

http::Response enroll(Context& context, const http::Request& request) {
    if (auto admitted = context.failures.admit(request.peer.address); !admitted) {
        count(context, admitted.error().code.name);
        return refuse(admitted.error(), request);
    }
    const auto asked = parse_enrollment(request);
    if (!asked) return refuse_enrollment(context, request, asked.error());
    const auto enrolled = context.desk.enroll(*asked);
    if (!enrolled) return refuse_enrollment(context, request, enrolled.error());
    // The first connect must succeed, so the broker has to know the certificate before the instrument has it.
    if (auto known = context.broker.wait_for(enrolled->access_change, context.broker_patience); !known) {
        return refuse_enrollment(context, request, known.error());
    }
    count(context, "issued");
    return http::ok(to_json(*enrolled, context.face));
}

}  // namespace watchglass::provisioning::api
