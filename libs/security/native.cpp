// SPDX-License-Identifier: Apache-2.0
#include "libs/security/native.h"

#include <array>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

namespace watchglass::security::native {

std::string take_errors() {
    std::string all;
    while (const unsigned long error = ERR_get_error()) {
        std::array<char, 256> text{};
        ERR_error_string_n(error, text.data(), text.size());
        if (!all.empty()) all += "; ";
        all += text.data();
    }
    return all;
}

Failure failure(const Code& code, std::string detail) {
    return Failure{code, Next::give_up, std::move(detail), take_errors()};
}

BioPtr read_from(std::string_view text) {
    return BioPtr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

BioPtr write_to_memory() { return BioPtr{BIO_new(BIO_s_mem())}; }

std::string text_of(BIO* memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string{};
}

int no_passphrase(char*, int, int, void*) { return -1; }

Bytes subject_public_key_info(EVP_PKEY* key) {
    // A compressed and an uncompressed point are the same key: without one form for both, "one public key, one
    // device" could be got around by sending the other form.
    if (EVP_PKEY_is_a(key, "EC") == 1) {
        EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed");
    }
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    if (size <= 0) return {};
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

WallTime to_wall_time(const ASN1_TIME* time) {
    const Owned<ASN1_TIME, ASN1_TIME_free> epoch{ASN1_TIME_set(nullptr, 0)};
    int days = 0;
    int seconds = 0;
    if (!epoch || ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) return {};
    return WallTime{(std::int64_t{days} * 86'400 + seconds) * 1'000'000};
}

std::string to_hex(const ASN1_INTEGER* serial) {
    const Owned<BIGNUM, BN_free> number{ASN1_INTEGER_to_BN(serial, nullptr)};
    if (!number) return {};
    Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number.get())));
    BN_bn2bin(number.get(), bytes.data());
    return watchglass::to_hex(bytes);
}

const EVP_MD* digest_for(EVP_PKEY* key) {
    return EVP_PKEY_get_bits(key) == 384 ? EVP_sha384() : EVP_sha256();
}

Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> key_identifier(const Sha256& public_key_digest) {
    Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> identifier{ASN1_OCTET_STRING_new()};
    if (identifier) ASN1_OCTET_STRING_set(identifier.get(), public_key_digest.data(), 20);
    return identifier;
}

Owned<AUTHORITY_KEYID, AUTHORITY_KEYID_free> authority_key_id(const X509* issuer) {
    Owned<AUTHORITY_KEYID, AUTHORITY_KEYID_free> authority{AUTHORITY_KEYID_new()};
    if (!authority) return authority;
    const ASN1_OCTET_STRING* named = X509_get0_subject_key_id(const_cast<X509*>(issuer));
    authority->keyid =
        named != nullptr
            ? ASN1_OCTET_STRING_dup(named)
            : key_identifier(sha256(subject_public_key_info(X509_get0_pubkey(issuer)))).release();
    return authority;
}

}  // namespace watchglass::security::native
