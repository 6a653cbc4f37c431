// SPDX-License-Identifier: Apache-2.0
#include "libs/security/keys.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "libs/foundation/file.h"
#include "libs/security/codes.h"
#include "libs/security/native.h"

namespace watchglass::security {

namespace {

EVP_PKEY* generate_native(KeyKind kind) {
    switch (kind) {
        case KeyKind::ec_p256: return EVP_EC_gen("P-256");
        case KeyKind::ec_p384: return EVP_EC_gen("P-384");
        case KeyKind::rsa_2048: return EVP_RSA_gen(2048);
    }
    return nullptr;
}

std::shared_ptr<EVP_PKEY> shared(EVP_PKEY* key) { return {key, EVP_PKEY_free}; }

}  // namespace

Result<PrivateKey> PrivateKey::generate(KeyKind kind) {
    EVP_PKEY* key = generate_native(kind);
    if (key == nullptr) return failed(native::failure(codes::crypto_failed, "No key could be made."));
    return PrivateKey{shared(key)};
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
    const auto in = native::read_from(pem);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(in.get(), nullptr, native::no_passphrase, nullptr);
    if (key == nullptr) return failed(native::failure(codes::key_malformed));
    return PrivateKey{shared(key)};
}

Result<PrivateKey> PrivateKey::load(const std::filesystem::path& file) {
    const auto pem = read_file(file, 64u << 10);
    if (!pem) return failed(pem);
    auto key = from_pem(*pem);
    if (!key) key.error().detail = "File: " + file.string();
    return key;
}

Result<void> PrivateKey::save(const std::filesystem::path& file) const {
    const std::string pem = to_pem();
    if (pem.empty())
        return failed(native::failure(codes::crypto_failed, "The key cannot leave where it is kept."));
    return write_file_atomically(file, pem, 0600);
}

std::string PrivateKey::to_pem() const {
    const auto out = native::write_to_memory();
    if (PEM_write_bio_PKCS8PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return {};
    return native::text_of(out.get());
}

Sha256 PrivateKey::public_key_digest() const { return sha256(native::subject_public_key_info(key_.get())); }

}  // namespace watchglass::security
