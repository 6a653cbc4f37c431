// SPDX-License-Identifier: Apache-2.0
#include "libs/security/digest.h"

#include <new>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace watchglass::security {

namespace {

// Fetched once: an implicit fetch for each digest costs more than hashing a frame. Never freed: OpenSSL's own
// shutdown may run before static destructors.
const EVP_MD* sha256_algorithm() {
    static const EVP_MD* algorithm = [] {
        const EVP_MD* fetched = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
        return fetched != nullptr ? fetched : EVP_sha256();
    }();
    return algorithm;
}

}  // namespace

Sha256 sha256(ByteSpan bytes) {
    Sha256 digest{};
    unsigned int size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, sha256_algorithm(), nullptr) != 1) {
        throw std::bad_alloc();  // the only way this can fail
    }
    return digest;
}

struct Sha256Stream::State {
    State() : context(EVP_MD_CTX_new()) { start(); }
    ~State() { EVP_MD_CTX_free(context); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void start() {
        if (context == nullptr || EVP_DigestInit_ex(context, sha256_algorithm(), nullptr) != 1)
            throw std::bad_alloc();
    }

    EVP_MD_CTX* context;
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::update(ByteSpan bytes) { EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()); }

Sha256 Sha256Stream::finish() {
    Sha256 digest{};
    unsigned int size = 0;
    EVP_DigestFinal_ex(state_->context, digest.data(), &size);
    state_->start();
    return digest;
}

bool equal_in_constant_time(ByteSpan a, ByteSpan b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace watchglass::security
