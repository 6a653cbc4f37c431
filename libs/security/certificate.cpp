// SPDX-License-Identifier: Apache-2.0
#include "libs/security/certificate.h"

#include <openssl/pem.h>

#include "libs/security/codes.h"
#include "libs/security/native.h"

namespace watchglass::security {

namespace {

std::shared_ptr<X509> shared(X509* certificate) { return {certificate, X509_free}; }

std::string text_of(const ASN1_STRING* string) {
    unsigned char* utf8 = nullptr;
    const int size = ASN1_STRING_to_UTF8(&utf8, string);
    if (size < 0) {
        native::take_errors();
        return {};
    }
    std::string text(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(size));
    OPENSSL_free(utf8);
    return text;
}

}  // namespace

Result<Certificate> Certificate::from_pem(std::string_view pem) {
    const auto in = native::read_from(pem);
    X509* certificate = PEM_read_bio_X509(in.get(), nullptr, native::no_passphrase, nullptr);
    if (certificate == nullptr) return failed(native::failure(codes::certificate_malformed));
    return Certificate{shared(certificate)};
}

Result<Certificate> Certificate::from_der(ByteSpan der) {
    const unsigned char* at = der.data();
    native::X509Ptr certificate{d2i_X509(nullptr, &at, static_cast<long>(der.size()))};
    if (!certificate || at != der.data() + der.size())
        return failed(native::failure(codes::certificate_malformed));
    return Certificate{shared(certificate.release())};
}

Certificate Certificate::from_native(x509_st* certificate) {
    X509_up_ref(certificate);
    return Certificate{shared(certificate)};
}

Certificate Certificate::adopt(x509_st* certificate) { return Certificate{shared(certificate)}; }

Result<std::vector<Certificate>> Certificate::chain_from_pem(std::string_view pem) {
    const auto in = native::read_from(pem);
    std::vector<Certificate> chain;
    while (X509* certificate = PEM_read_bio_X509(in.get(), nullptr, native::no_passphrase, nullptr)) {
        chain.push_back(Certificate{shared(certificate)});
    }
    const std::string end_of_file = native::take_errors();
    // The reader's normal end is "no start line"; anything else is a damaged certificate in the middle.
    if (chain.empty() || end_of_file.find("no start line") == std::string::npos) {
        return failed(Failure{codes::certificate_malformed, Next::give_up, {}, end_of_file});
    }
    return chain;
}

std::string Certificate::to_pem() const {
    const auto out = native::write_to_memory();
    PEM_write_bio_X509(out.get(), certificate_.get());
    return native::text_of(out.get());
}

Bytes Certificate::to_der() const {
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate_.get(), &der);
    if (size <= 0) return {};
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

Sha256 Certificate::fingerprint() const { return sha256(to_der()); }

Sha256 Certificate::public_key_digest() const {
    const native::PkeyPtr key{X509_get_pubkey(certificate_.get())};
    return key ? sha256(native::subject_public_key_info(key.get())) : Sha256{};
}

std::string Certificate::common_name() const {
    const X509_NAME* name = X509_get_subject_name(certificate_.get());
    const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (at < 0) return {};
    return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

std::vector<std::string> Certificate::uris() const {
    const native::Owned<GENERAL_NAMES, GENERAL_NAMES_free> names{static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate_.get(), NID_subject_alt_name, nullptr, nullptr))};
    std::vector<std::string> found;
    const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
    for (int i = 0; i < count; ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type == GEN_URI) found.push_back(text_of(name->d.uniformResourceIdentifier));
    }
    native::take_errors();
    return found;
}

bool Certificate::names_host(const std::string& host) const {
    const bool is_address = X509_check_ip_asc(certificate_.get(), host.c_str(), 0) == 1;
    return is_address || X509_check_host(certificate_.get(), host.data(), host.size(), 0, nullptr) == 1;
}

std::string Certificate::serial_hex() const {
    return native::to_hex(X509_get0_serialNumber(certificate_.get()));
}

WallTime Certificate::not_before() const {
    return native::to_wall_time(X509_get0_notBefore(certificate_.get()));
}
WallTime Certificate::not_after() const {
    return native::to_wall_time(X509_get0_notAfter(certificate_.get()));
}

bool Certificate::issued_by(const Certificate& issuer) const {
    const native::PkeyPtr key{X509_get_pubkey(issuer.native())};
    const bool issued = key &&
                        X509_NAME_cmp(X509_get_issuer_name(certificate_.get()),
                                      X509_get_subject_name(issuer.native())) == 0 &&
                        X509_verify(certificate_.get(), key.get()) == 1;
    native::take_errors();
    return issued;
}

}  // namespace watchglass::security
