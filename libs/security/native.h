// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "libs/foundation/bytes.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/failure.h"
#include "libs/security/digest.h"

/// OpenSSL's objects with owners, and its errors as text. Included by this folder's .cpp files only.
namespace watchglass::security::native {

template <auto Release>
struct Releaser {
    template <class T>
    void operator()(T* object) const {
        Release(object);
    }
};
template <class T, auto Release>
using Owned = std::unique_ptr<T, Releaser<Release>>;

using BioPtr = Owned<BIO, BIO_free_all>;
using PkeyPtr = Owned<EVP_PKEY, EVP_PKEY_free>;
using RequestPtr = Owned<X509_REQ, X509_REQ_free>;
using X509Ptr = Owned<X509, X509_free>;
using CrlPtr = Owned<X509_CRL, X509_CRL_free>;
using NamePtr = Owned<X509_NAME, X509_NAME_free>;

/// Every error that OpenSSL queued on this thread, as one line; the queue is empty afterwards.
std::string take_errors();

/// A failure whose `cause` carries OpenSSL's texts.
Failure failure(const Code& code, std::string detail = {});

/// Reads from `text`, which must outlive it.
BioPtr read_from(std::string_view text);
BioPtr write_to_memory();
std::string text_of(BIO* memory);

/// For PEM readers: never ask anybody for a passphrase.
int no_passphrase(char* buffer, int size, int writing, void* context);

/// SubjectPublicKeyInfo in DER. Elliptic points are written uncompressed, so that one key has one encoding.
Bytes subject_public_key_info(EVP_PKEY* key);

WallTime to_wall_time(const ASN1_TIME* time);

/// A serial number's bytes; empty when there is none.
std::string to_hex(const ASN1_INTEGER* serial);

/// What a key signs with: SHA-384 for P-384, else SHA-256.
const EVP_MD* digest_for(EVP_PKEY* key);

/// RFC 5280, section 4.2.1.2, method 1, over SHA-256 cut to 160 bits.
Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> key_identifier(const Sha256& public_key_digest);
/// How what `issuer` signs refers to its key.
Owned<AUTHORITY_KEYID, AUTHORITY_KEYID_free> authority_key_id(const X509* issuer);

}  // namespace watchglass::security::native
