// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "provisioning/api/answers.h"
#include "provisioning/est/answers.h"
#include "provisioning/est/endpoints.h"

namespace watchglass::provisioning::est {

namespace {

/// The roots that instruments trust, and what the signer delivers between them and a device's certificate.
Result<std::vector<security::Certificate>> authorities(const Context& context) {
    auto all = security::Certificate::chain_from_pem(context.face.trust_bundle_pem);
    if (!all) return all;
    const auto below = context.signer.authorities_pem();
    if (!below) return failed(below);
    const auto chain = security::Certificate::chain_from_pem(*below);
    if (!chain) return failed(chain);
    for (const auto& certificate : *chain) {
        const bool there = std::any_of(all->begin(), all->end(), [&](const security::Certificate& other) {
            return other.fingerprint() == certificate.fingerprint();
        });
        if (!there) all->push_back(certificate);
    }
    return all;
}

}  // namespace

http::Response ca_certificates(Context& context, const http::Request& request) {
    const auto all = authorities(context);
    if (!all) return refuse(all.error(), request);
    auto answer = certificates_answer(*all);
    if (!answer) return refuse(answer.error(), request);
    return std::move(*answer);
}

}  // namespace watchglass::provisioning::est
