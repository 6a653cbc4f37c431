// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/answers.h"
#include "provisioning/codes.h"
#include "provisioning/est/endpoints.h"

namespace watchglass::provisioning::est {

namespace {

// A label would choose one of several authorities (RFC 7030, section 3.2.2).
http::Response unknown_label(Context&, const http::Request& request) {
    return refuse(Failure{codes::est_unknown_label, Next::give_up, {}, request.path}, request);
}

}  // namespace

void add_routes(http::Router& router, Context& context) {
    const auto add = [&](const char* method, const char* operation,
                         http::Response (*endpoint)(Context&, const http::Request&)) {
        router.add(method, std::string("/.well-known/est/") + operation,
                   [&context, endpoint](const http::Request& r) { return endpoint(context, r); });
    };
    add("GET", "cacerts", ca_certificates);
    add("POST", "simpleenroll", simple_enroll);
    add("POST", "simplereenroll", simple_reenroll);
    add("GET", "csrattrs", csr_attributes);
    add("GET", "{label}/{operation}", unknown_label);
    add("POST", "{label}/{operation}", unknown_label);
}

}  // namespace watchglass::provisioning::est
