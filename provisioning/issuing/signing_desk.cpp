// SPDX-License-Identifier: Apache-2.0
#include "provisioning/issuing/signing_desk.h"

#include "libs/foundation/file.h"
#include "libs/foundation/log.h"
#include "libs/security/csr.h"
#include "provisioning/codes.h"
#include "schemas/values/identifiers.h"

namespace watchglass::provisioning {

namespace {

tl::unexpected<Failure> refused(std::string why) {
    return failed(Failure{codes::issuing_refused, Next::give_up, std::move(why), {}});
}

bool is_uuid_urn(const std::string& uri) {
    constexpr std::string_view prefix = "urn:uuid:";
    return uri.starts_with(prefix) && uri.size() == prefix.size() + 36 &&
           uri.find_first_not_of("0123456789abcdef-", prefix.size()) == std::string::npos;
}

}  // namespace

Result<SigningDesk> SigningDesk::open(const certs::PairFiles& issuer, const Clock& clock) {
    auto pair = certs::load_pair(issuer);
    if (!pair) return failed(pair);
    const auto text = read_file(issuer.certificate, 1u << 20);
    if (!text) return failed(text);
    const auto chain = security::Certificate::chain_from_pem(*text);
    if (!chain) return failed(chain);
    auto profile = certs::builtin_profile("device");
    if (!profile) return failed(profile);
    const auto authority = certs::builtin_profile("issuing-ca");
    if (!authority) return failed(authority);
    std::string authorities;
    for (const auto& certificate : *chain) authorities += certificate.to_pem();
    return SigningDesk{std::move(*pair), std::move(authorities), std::move(*profile), authority->crl_lifetime,
                       clock};
}

Result<void> SigningDesk::check(const SigningRequest& request) const {
    if (request.profile != profile_.name) return refused("Only the profile 'device' is signed here.");
    if (!DeviceId::parse(request.shape.common_name)) return refused("The common name is no device id.");
    if (request.shape.uris.size() != 1 || !is_uuid_urn(request.shape.uris.front())) {
        return refused("There must be one URI, a UUID.");
    }
    const WallTime now = clock_->wall();
    if (request.shape.not_before > now || request.shape.not_after <= now)
        return refused("It would not be valid now.");
    if (request.shape.not_after > now + profile_.lifetime) return refused("It would live too long.");
    if (request.shape.not_after > issuer_.certificate.not_after())
        return refused("It would outlive its issuer.");
    return security::check_public_key(request.public_key_der);
}

Result<SignedChain> SigningDesk::sign(const SigningRequest& request) {
    if (auto good = check(request); !good) return failed(good);
    // Everything but names and times is the profile's, whatever was asked for.
    auto shape = certs::shape_from(profile_, clock_->wall());
    shape.common_name = request.shape.common_name;
    shape.uris = request.shape.uris;
    shape.not_before = request.shape.not_before;
    shape.not_after = request.shape.not_after;
    if (!certs::fits(shape, profile_)) return refused("Its times do not fit the profile.");
    const auto certificate =
        security::sign_certificate(shape, request.public_key_der, issuer_.key, &issuer_.certificate);
    if (!certificate) return failed(certificate);
    log::info("signer.signed", "Signed an instrument's certificate.",
              {{"device", shape.common_name}, {"serial", certificate->serial_hex()}});
    return SignedChain{*certificate, certificate->to_pem() + authorities_pem_};
}

Result<security::Crl> SigningDesk::sign_crl(const CrlRequest& request) {
    if (request.number < 1) return refused("A revocation list's number begins with 1.");
    const WallTime now = clock_->wall();
    const security::CrlShape shape{.number = request.number,
                                   .this_update = now,
                                   .next_update = now + crl_lifetime_,
                                   .revoked = request.revoked};
    auto crl = security::sign_crl(shape, issuer_.key, issuer_.certificate);
    if (!crl) return crl;
    log::info("signer.crl_signed", "Signed a revocation list.",
              {{"number", request.number}, {"revoked", request.revoked.size()}});
    return crl;
}

http::Response SigningDesk::answer(const http::Request& request) {
    const auto document = json::parse(request.body);
    if (!document) return http::problem(400, document.error());
    const auto asked = signing_request_from(*document);
    if (!asked) return http::problem(400, asked.error());
    const auto made = sign(*asked);
    if (!made) {
        log::failure(log::Level::warning, "signer.refused", made.error(),
                     {{"request_id", request.request_id}});
        return http::problem(422, made.error());
    }
    return http::ok(json::Value::object({{"chain", made->chain_pem}}));
}

http::Response SigningDesk::answer_crl(const http::Request& request) {
    const auto document = json::parse(request.body);
    if (!document) return http::problem(400, document.error());
    const auto asked = crl_request_from(*document);
    if (!asked) return http::problem(400, asked.error());
    const auto made = sign_crl(*asked);
    if (!made) {
        log::failure(log::Level::warning, "signer.refused", made.error(),
                     {{"request_id", request.request_id}});
        return http::problem(422, made.error());
    }
    return http::ok(json::Value::object({{"crl", to_base64(made->to_der())}}));
}

}  // namespace watchglass::provisioning
