// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/rand.h>

#include "libs/security/certificate.h"
#include "libs/security/codes.h"
#include "libs/security/native.h"

namespace watchglass::security {

namespace {

using native::Owned;

bool set_serial(X509* certificate) {
    std::array<std::uint8_t, 16> random{};
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) return false;
    const Owned<BIGNUM, BN_free> number{BN_bin2bn(random.data(), static_cast<int>(random.size()), nullptr)};
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_subject(X509* certificate, const std::string& common_name) {
    const native::NamePtr name{X509_NAME_new()};
    const auto* text = reinterpret_cast<const unsigned char*>(common_name.data());
    return name &&
           X509_NAME_add_entry_by_NID(name.get(), NID_commonName, MBSTRING_UTF8, text,
                                      static_cast<int>(common_name.size()), -1, 0) == 1 &&
           X509_set_subject_name(certificate, name.get()) == 1;
}

bool set_time(ASN1_TIME* field, WallTime time) {
    return ASN1_TIME_set(field, static_cast<time_t>(time.us / 1'000'000)) != nullptr;
}

bool add_basic_constraints(X509* certificate, const CertificateShape& shape) {
    const Owned<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free> constraints{BASIC_CONSTRAINTS_new()};
    if (!constraints) return false;
    constraints->ca = shape.authority ? 0xff : 0;
    if (shape.authority) {
        constraints->pathlen = ASN1_INTEGER_new();
        if (ASN1_INTEGER_set(constraints->pathlen, shape.path_length) != 1) return false;
    }
    return X509_add1_ext_i2d(certificate, NID_basic_constraints, constraints.get(), 1, 0) == 1;
}

bool add_key_usage(X509* certificate, const CertificateShape& shape) {
    const Owned<ASN1_BIT_STRING, ASN1_BIT_STRING_free> usage{ASN1_BIT_STRING_new()};
    if (!usage) return false;
    constexpr int digital_signature = 0, key_cert_sign = 5,
                  crl_sign = 6;  // bits of RFC 5280, section 4.2.1.3
    const bool set = shape.authority ? ASN1_BIT_STRING_set_bit(usage.get(), key_cert_sign, 1) == 1 &&
                                           ASN1_BIT_STRING_set_bit(usage.get(), crl_sign, 1) == 1
                                     : ASN1_BIT_STRING_set_bit(usage.get(), digital_signature, 1) == 1;
    return set && X509_add1_ext_i2d(certificate, NID_key_usage, usage.get(), 1, 0) == 1;
}

bool add_extended_key_usage(X509* certificate, const CertificateShape& shape) {
    if (!shape.client_auth && !shape.server_auth) return true;
    const Owned<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free> usages{EXTENDED_KEY_USAGE_new()};
    if (!usages) return false;
    if (shape.client_auth) sk_ASN1_OBJECT_push(usages.get(), OBJ_nid2obj(NID_client_auth));
    if (shape.server_auth) sk_ASN1_OBJECT_push(usages.get(), OBJ_nid2obj(NID_server_auth));
    return X509_add1_ext_i2d(certificate, NID_ext_key_usage, usages.get(), 0, 0) == 1;
}

// Takes ownership of `value`.
bool push_text_name(GENERAL_NAMES* names, int type, const std::string& text) {
    ASN1_IA5STRING* value = ASN1_IA5STRING_new();
    GENERAL_NAME* name = GENERAL_NAME_new();
    if (value == nullptr || name == nullptr ||
        ASN1_STRING_set(value, text.data(), static_cast<int>(text.size())) != 1) {
        return false;
    }
    GENERAL_NAME_set0_value(name, type, value);
    return sk_GENERAL_NAME_push(names, name) > 0;
}

bool push_host_name(GENERAL_NAMES* names, const std::string& host) {
    std::array<std::uint8_t, 16> address{};
    int size = 0;
    if (inet_pton(AF_INET, host.c_str(), address.data()) == 1)
        size = 4;
    else if (inet_pton(AF_INET6, host.c_str(), address.data()) == 1)
        size = 16;
    if (size == 0) return push_text_name(names, GEN_DNS, host);

    ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_new();
    GENERAL_NAME* name = GENERAL_NAME_new();
    if (value == nullptr || name == nullptr || ASN1_OCTET_STRING_set(value, address.data(), size) != 1)
        return false;
    GENERAL_NAME_set0_value(name, GEN_IPADD, value);
    return sk_GENERAL_NAME_push(names, name) > 0;
}

bool add_alternative_names(X509* certificate, const CertificateShape& shape) {
    if (shape.uris.empty() && shape.dns_names.empty()) return true;
    const Owned<GENERAL_NAMES, GENERAL_NAMES_free> names{GENERAL_NAMES_new()};
    if (!names) return false;
    for (const auto& uri : shape.uris) {
        if (!push_text_name(names.get(), GEN_URI, uri)) return false;
    }
    for (const auto& host : shape.dns_names) {
        if (!push_host_name(names.get(), host)) return false;
    }
    return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) == 1;
}

bool add_key_identifiers(X509* certificate, const Sha256& own_key, const Certificate* issuer) {
    const auto own = native::key_identifier(own_key);
    if (!own || X509_add1_ext_i2d(certificate, NID_subject_key_identifier, own.get(), 0, 0) != 1)
        return false;
    if (issuer == nullptr) return true;
    const auto authority = native::authority_key_id(issuer->native());
    if (!authority) return false;
    return X509_add1_ext_i2d(certificate, NID_authority_key_identifier, authority.get(), 0, 0) == 1;
}

}  // namespace

Result<Certificate> sign_certificate(const CertificateShape& shape, ByteSpan public_key_der,
                                     const PrivateKey& issuer_key, const Certificate* issuer) {
    const unsigned char* at = public_key_der.data();
    const native::PkeyPtr key{d2i_PUBKEY(nullptr, &at, static_cast<long>(public_key_der.size()))};
    if (!key || at != public_key_der.data() + public_key_der.size()) {
        return failed(native::failure(codes::crypto_failed, "The public key is not readable."));
    }
    const Sha256 signer = issuer != nullptr ? issuer->public_key_digest() : sha256(public_key_der);
    if (signer != issuer_key.public_key_digest()) {
        return failed(Failure{codes::crypto_failed,
                              Next::tell_operator,
                              "The issuer's certificate and its private key do not belong together.",
                              {}});
    }

    native::X509Ptr certificate{X509_new()};
    X509* made = certificate.get();
    const bool filled = made != nullptr && X509_set_version(made, X509_VERSION_3) == 1 && set_serial(made) &&
                        set_subject(made, shape.common_name) &&
                        X509_set_issuer_name(made, issuer != nullptr ? X509_get_subject_name(issuer->native())
                                                                     : X509_get_subject_name(made)) == 1 &&
                        set_time(X509_getm_notBefore(made), shape.not_before) &&
                        set_time(X509_getm_notAfter(made), shape.not_after) &&
                        X509_set_pubkey(made, key.get()) == 1;
    const bool extended = filled && add_basic_constraints(made, shape) && add_key_usage(made, shape) &&
                          add_extended_key_usage(made, shape) && add_alternative_names(made, shape) &&
                          add_key_identifiers(made, sha256(public_key_der), issuer);
    if (!extended || X509_sign(made, issuer_key.native(), native::digest_for(issuer_key.native())) <= 0) {
        return failed(native::failure(codes::crypto_failed, "The certificate could not be signed."));
    }
    return Certificate::from_native(made);
}

Bytes public_key_der(const PrivateKey& key) { return native::subject_public_key_info(key.native()); }

}  // namespace watchglass::security
