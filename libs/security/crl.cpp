// SPDX-License-Identifier: Apache-2.0
#include "libs/security/crl.h"

#include <openssl/bn.h>
#include <openssl/pem.h>

#include "libs/security/codes.h"
#include "libs/security/native.h"

namespace watchglass::security {

namespace {

using native::Owned;
using IntegerPtr = Owned<ASN1_INTEGER, ASN1_INTEGER_free>;
using TimePtr = Owned<ASN1_TIME, ASN1_TIME_free>;

constexpr std::size_t most_serial_bytes = 20;  // RFC 5280, section 4.1.2.2

TimePtr time_of(WallTime time) {
    return TimePtr{ASN1_TIME_set(nullptr, static_cast<time_t>(time.us / 1'000'000))};
}

bool set_times(X509_CRL* crl, const CrlShape& shape) {
    const auto now = time_of(shape.this_update);
    const auto next = time_of(shape.next_update);
    return now && next && X509_CRL_set1_lastUpdate(crl, now.get()) == 1 &&
           X509_CRL_set1_nextUpdate(crl, next.get()) == 1;
}

bool add_revoked(X509_CRL* crl, const RevokedSerial& revoked) {
    const auto serial = from_hex(revoked.serial_hex);
    if (!serial || serial->empty() || serial->size() > most_serial_bytes) return false;
    const Owned<BIGNUM, BN_free> number{BN_bin2bn(serial->data(), static_cast<int>(serial->size()), nullptr)};
    const IntegerPtr integer{number ? BN_to_ASN1_INTEGER(number.get(), nullptr) : nullptr};
    const auto at = time_of(revoked.revoked_at);
    Owned<X509_REVOKED, X509_REVOKED_free> entry{X509_REVOKED_new()};
    const bool filled = integer && at && entry &&
                        X509_REVOKED_set_serialNumber(entry.get(), integer.get()) == 1 &&
                        X509_REVOKED_set_revocationDate(entry.get(), at.get()) == 1;
    if (!filled || X509_CRL_add0_revoked(crl, entry.get()) != 1) return false;
    static_cast<void>(entry.release());  // the list's now
    return true;
}

bool add_all_revoked(X509_CRL* crl, const std::vector<RevokedSerial>& all) {
    for (const auto& revoked : all) {
        if (!add_revoked(crl, revoked)) return false;
    }
    return X509_CRL_sort(crl) == 1;
}

bool add_extensions(X509_CRL* crl, std::int64_t number, const Certificate& issuer) {
    const IntegerPtr integer{ASN1_INTEGER_new()};
    const auto authority = native::authority_key_id(issuer.native());
    return integer && ASN1_INTEGER_set_int64(integer.get(), number) == 1 && authority &&
           X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier, authority.get(), 0, 0) == 1 &&
           X509_CRL_add1_ext_i2d(crl, NID_crl_number, integer.get(), 0, 0) == 1;
}

}  // namespace

Result<Crl> Crl::from_der(ByteSpan der) {
    const unsigned char* at = der.data();
    native::CrlPtr crl{d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size()))};
    if (!crl || at != der.data() + der.size()) return failed(native::failure(codes::crl_malformed));
    return Crl{std::shared_ptr<X509_CRL>(crl.release(), X509_CRL_free)};
}

Bytes Crl::to_der() const {
    unsigned char* der = nullptr;
    const int size = i2d_X509_CRL(crl_.get(), &der);
    if (size <= 0) return {};
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

std::string Crl::to_pem() const {
    const auto out = native::write_to_memory();
    PEM_write_bio_X509_CRL(out.get(), crl_.get());
    return native::text_of(out.get());
}

std::int64_t Crl::number() const {
    const IntegerPtr integer{
        static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl_.get(), NID_crl_number, nullptr, nullptr))};
    std::int64_t number = 0;
    if (!integer || ASN1_INTEGER_get_int64(&number, integer.get()) != 1) {
        native::take_errors();
        return 0;
    }
    return number;
}

WallTime Crl::this_update() const { return native::to_wall_time(X509_CRL_get0_lastUpdate(crl_.get())); }
WallTime Crl::next_update() const { return native::to_wall_time(X509_CRL_get0_nextUpdate(crl_.get())); }

std::vector<RevokedSerial> Crl::revoked() const {
    const STACK_OF(X509_REVOKED)* entries = X509_CRL_get_REVOKED(crl_.get());
    std::vector<RevokedSerial> all;
    for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
        const X509_REVOKED* entry = sk_X509_REVOKED_value(entries, i);
        all.push_back({.serial_hex = native::to_hex(X509_REVOKED_get0_serialNumber(entry)),
                       .revoked_at = native::to_wall_time(X509_REVOKED_get0_revocationDate(entry))});
    }
    return all;
}

bool Crl::issued_by(const Certificate& issuer) const {
    const native::PkeyPtr key{X509_get_pubkey(issuer.native())};
    const bool issued =
        key && X509_NAME_cmp(X509_CRL_get_issuer(crl_.get()), X509_get_subject_name(issuer.native())) == 0 &&
        X509_CRL_verify(crl_.get(), key.get()) == 1;
    native::take_errors();
    return issued;
}

Result<Crl> sign_crl(const CrlShape& shape, const PrivateKey& issuer_key, const Certificate& issuer) {
    native::CrlPtr crl{X509_CRL_new()};
    X509_CRL* made = crl.get();
    const bool filled = made != nullptr && X509_CRL_set_version(made, X509_CRL_VERSION_2) == 1 &&
                        X509_CRL_set_issuer_name(made, X509_get_subject_name(issuer.native())) == 1 &&
                        set_times(made, shape) && add_all_revoked(made, shape.revoked) &&
                        add_extensions(made, shape.number, issuer);
    EVP_PKEY* key = issuer_key.native();
    if (!filled || X509_CRL_sign(made, key, native::digest_for(key)) <= 0) {
        return failed(native::failure(codes::crypto_failed, "The revocation list could not be signed."));
    }
    return Crl{std::shared_ptr<X509_CRL>(crl.release(), X509_CRL_free)};
}

}  // namespace watchglass::security
