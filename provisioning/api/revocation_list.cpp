// SPDX-License-Identifier: Apache-2.0
#include "libs/security/crl.h"
#include "provisioning/api/answers.h"
#include "provisioning/api/endpoints.h"
#include "provisioning/codes.h"
#include "storage/registry/revocation_store.h"

namespace watchglass::provisioning::api {

namespace {

constexpr std::string_view der_type = "application/pkix-crl";  // RFC 2585
constexpr std::string_view pem_type = "application/x-pem-file";

bool wants_pem(const http::Request& request) {
    const std::string accept = request.header("accept");
    return accept.find(pem_type) != std::string::npos && accept.find(der_type) == std::string::npos;
}

Result<Bytes> current_list(Context& context) {
    auto connection = context.database.acquire();
    if (!connection) return failed(connection);
    auto der = storage::current_revocation_list(**connection);
    if (!der) return failed(der);
    if (!*der) return failed(Failure{codes::no_revocation_list, Next::retry_later, {}, {}});
    return std::move(**der);
}

}  // namespace

http::Response revocation_list(Context& context, const http::Request& request) {
    const auto der = current_list(context);
    if (!der) return refuse(der.error(), request);
    http::Response response;
    if (wants_pem(request)) {
        const auto crl = security::Crl::from_der(*der);
        if (!crl) return refuse(crl.error(), request);
        response = http::text(200, pem_type, crl->to_pem());
    } else {
        response = http::text(200, der_type, std::string(as_text(*der)));
    }
    response.headers.emplace_back("Vary", "Accept");
    return response;
}

}  // namespace watchglass::provisioning::api
