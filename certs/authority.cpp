// SPDX-License-Identifier: Apache-2.0
#include "certs/authority.h"

#include "certs/codes.h"
#include "libs/foundation/file.h"

namespace watchglass::certs {

namespace {

security::CertificateShape shape_for(const CertificateProfile& profile, const Names& names, WallTime now) {
    auto shape = shape_from(profile, now);
    shape.common_name = names.common_name;
    shape.uris = names.uris;
    shape.dns_names = names.hosts;
    return shape;
}

}  // namespace

Result<Pair> load_pair(const PairFiles& files) {
    const auto pem = read_file(files.certificate, 1u << 20);
    if (!pem) return failed(pem);
    const auto certificate = security::Certificate::from_pem(*pem);
    if (!certificate) return failed(certificate);
    const auto key = security::PrivateKey::load(files.key);
    if (!key) return failed(key);
    if (certificate->public_key_digest() != key->public_key_digest()) {
        return failed(
            Failure{codes::authority_damaged, Next::tell_operator, "Key: " + files.key.string(), {}});
    }
    return Pair{*certificate, *key};
}

Result<security::Certificate> self_sign(const CertificateProfile& profile, const Names& names,
                                        const security::PrivateKey& key, WallTime now) {
    return security::sign_certificate(shape_for(profile, names, now), security::public_key_der(key), key,
                                      nullptr);
}

Result<security::Certificate> issue(const CertificateProfile& profile, const Names& names,
                                    const security::PrivateKey& key, const Pair& issuer, WallTime now) {
    return security::sign_certificate(shape_for(profile, names, now), security::public_key_der(key),
                                      issuer.key, &issuer.certificate);
}

}  // namespace watchglass::certs
