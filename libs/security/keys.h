// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "libs/foundation/result.h"
#include "libs/security/digest.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace watchglass::security {

enum class KeyKind { ec_p256, ec_p384, rsa_2048 };

/// A private key in memory. Shared, immutable, thread-safe to use.
class PrivateKey {
public:
    static Result<PrivateKey> generate(KeyKind kind);
    static Result<PrivateKey> from_pem(std::string_view pem);
    static Result<PrivateKey> load(const std::filesystem::path& file);
    /// PKCS#8 PEM, mode 0600, atomically.
    [[nodiscard]] Result<void> save(const std::filesystem::path& file) const;
    [[nodiscard]] std::string to_pem() const;
    /// SHA-256 of the SubjectPublicKeyInfo in DER.
    [[nodiscard]] Sha256 public_key_digest() const;
    [[nodiscard]] evp_pkey_st* native() const { return key_.get(); }

private:
    explicit PrivateKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
    std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace watchglass::security
