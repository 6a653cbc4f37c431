// SPDX-License-Identifier: Apache-2.0
#include "provisioning/issuing/pipeline.h"

#include "libs/security/secret.h"
#include "provisioning/codes.h"

namespace watchglass::provisioning {

namespace {

using certs::CertificateProfile;
using security::CertificateRequest;
using security::CertificateShape;

Result<void> device_is_admitted(const Subject& subject, const CertificateRequest&) {
    if (subject.state == "registered" || subject.state == "enrolled") return {};
    return failed(
        Failure{codes::device_not_admitted, Next::give_up, "Its state is " + subject.state + ".", {}});
}

Result<void> key_is_strong(const Subject&, const CertificateRequest& request) {
    return security::check_public_key(request.public_key_der);
}

void as_the_profile_says(CertificateShape& shape, const CertificateProfile& profile, WallTime now) {
    shape = certs::shape_from(profile, now);
}

// X.509 knows whole seconds: what is recorded must be what is signed.
void in_whole_seconds(CertificateShape& shape, const CertificateProfile&, WallTime) {
    shape.not_before.us -= shape.not_before.us % 1'000'000;
    shape.not_after.us -= shape.not_after.us % 1'000'000;
}

Result<void> fits_its_profile(const CertificateShape& shape, const CertificateProfile& profile) {
    if (certs::fits(shape, profile)) return {};
    return failed(
        Failure{codes::issuing_refused, Next::tell_operator, {}, "shape beyond profile " + profile.name});
}

Result<void> is_no_authority(const CertificateShape& shape, const CertificateProfile&) {
    if (!shape.authority && !shape.server_auth) return {};
    return failed(
        Failure{codes::issuing_refused, Next::tell_operator, {}, "an instrument as authority or server"});
}

Result<void> device_is_the_only_name(CertificateShape& shape, const Subject& subject) {
    shape.common_name = subject.device.text();
    shape.dns_names.clear();
    return {};
}

Result<void> fresh_uuid_is_the_only_uri(CertificateShape& shape, const Subject&) {
    const auto uuid = security::generate_uuid_urn();
    if (!uuid) return failed(uuid);
    shape.uris = {*uuid};
    return {};
}

}  // namespace

Result<PreparedCertificate> IssuingPipeline::prepare(const Subject& subject, ByteSpan csr,
                                                     WallTime now) const {
    const auto request = security::read_csr(csr);
    if (!request) return failed(request);
    return prepare(subject, *request, now);
}

Result<PreparedCertificate> IssuingPipeline::prepare(const Subject& subject,
                                                     const CertificateRequest& request, WallTime now) const {
    for (const auto& check : request_checks) {
        if (auto good = check(subject, request); !good) return failed(good);
    }
    PreparedCertificate prepared{{}, request, profile.name};
    for (const auto& step : shape) step(prepared.shape, profile, now);
    for (const auto& check : final_checks) {
        if (auto good = check(prepared.shape, profile); !good) return failed(good);
    }
    for (const auto& enforce : enforced) {
        if (auto done = enforce(prepared.shape, subject); !done) return failed(done);
    }
    return prepared;
}

Result<IssuingPipeline> device_pipeline() {
    auto profile = certs::builtin_profile("device");
    if (!profile) return failed(profile);
    return IssuingPipeline{.profile = std::move(*profile),
                           .request_checks = {device_is_admitted, key_is_strong},
                           .shape = {as_the_profile_says, in_whole_seconds},
                           .final_checks = {fits_its_profile, is_no_authority},
                           .enforced = {device_is_the_only_name, fresh_uuid_is_the_only_uri}};
}

}  // namespace watchglass::provisioning
