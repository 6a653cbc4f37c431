// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "provisioning/api/context.h"

namespace watchglass::provisioning {

enum class Purpose { enrollment, renewal };

/// What every door to a certificate has in common, whatever its messages look like: whoever failed too often waits
/// (an address that enrolls, a certificate that renews), outcomes are counted, and the answer goes out when the broker
/// knows the certificate, so that the first connect succeeds. Refusals are problem documents.
http::Response hand_out(Context& context, const http::Request& request, Purpose purpose,
                        const std::function<Result<IssuedIdentity>()>& issue,
                        const std::function<Result<http::Response>(const IssuedIdentity&)>& answer);

/// The certificate with which a device asks to renew, by its fingerprint: renew.certificate_required,
/// renew.certificate_not_verified. An expired one will do; whether it may is the desk's to decide.
Result<security::Sha256> shown_certificate(const http::Request& request);

/// {device, certificate_chain, trust_bundle, renew_at, mqtt, https}
json::Value to_json(const IssuedIdentity& issued, const PublicFace& face);

}  // namespace watchglass::provisioning
