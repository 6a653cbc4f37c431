// SPDX-License-Identifier: Apache-2.0
#include "libs/security/csr.h"

#include <array>

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include "libs/security/codes.h"
#include "libs/security/native.h"

namespace watchglass::security {

namespace {

constexpr std::size_t most_request_bytes = 16u << 10;
// Verifying a signature with a larger key would let a stranger burn our time.
constexpr int most_rsa_bits = 8192;

native::RequestPtr parse(ByteSpan bytes) {
    const std::string_view text = as_text(bytes);
    if (text.find("-----BEGIN") != std::string_view::npos) {
        const auto in = native::read_from(text);
        return native::RequestPtr{PEM_read_bio_X509_REQ(in.get(), nullptr, native::no_passphrase, nullptr)};
    }
    const unsigned char* at = bytes.data();
    native::RequestPtr request{d2i_X509_REQ(nullptr, &at, static_cast<long>(bytes.size()))};
    if (at != bytes.data() + bytes.size()) request.reset();  // something follows the request
    return request;
}

// A curve has a name (RFC 5480, section 2.1.1). Spelled out by its numbers, it would give one key a second encoding, and
// "one public key, one device" could be got around by sending the other.
bool names_its_curve(EVP_PKEY* key) {
    int spelled_out = 1;
    return EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &spelled_out) == 1 &&
           spelled_out == 0;
}

bool strong_enough(EVP_PKEY* key) {
    if (EVP_PKEY_is_a(key, "RSA") == 1) {
        return EVP_PKEY_get_bits(key) >= 2048 && EVP_PKEY_get_bits(key) <= most_rsa_bits;
    }
    if (EVP_PKEY_is_a(key, "EC") != 1 || !names_its_curve(key)) return false;
    std::array<char, 64> group{};
    std::size_t size = 0;
    if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) != 1) return false;
    const std::string_view name{group.data(), size};
    return name == "prime256v1" || name == "secp384r1" || name == "P-256" || name == "P-384";
}

}  // namespace

Result<std::string> make_csr_pem(const PrivateKey& key, const std::string& common_name) {
    const native::RequestPtr request{X509_REQ_new()};
    const native::NamePtr name{X509_NAME_new()};
    const auto* text = reinterpret_cast<const unsigned char*>(common_name.data());
    const auto out = native::write_to_memory();
    const bool made = request && name && out &&
                      X509_NAME_add_entry_by_NID(name.get(), NID_commonName, MBSTRING_UTF8, text,
                                                 static_cast<int>(common_name.size()), -1, 0) == 1 &&
                      X509_REQ_set_subject_name(request.get(), name.get()) == 1 &&
                      X509_REQ_set_pubkey(request.get(), key.native()) == 1 &&
                      X509_REQ_sign(request.get(), key.native(), EVP_sha256()) > 0 &&
                      PEM_write_bio_X509_REQ(out.get(), request.get()) == 1;
    if (!made) return failed(native::failure(codes::crypto_failed, "No certificate request could be made."));
    return native::text_of(out.get());
}

Result<CertificateRequest> read_csr(ByteSpan pem_or_der) {
    if (pem_or_der.size() > most_request_bytes) {
        return failed(Failure{codes::csr_malformed, Next::give_up, "It has more than 16 KiB.", {}});
    }
    const auto request = parse(pem_or_der);
    if (!request) return failed(native::failure(codes::csr_malformed));
    EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
    if (key == nullptr)
        return failed(native::failure(codes::csr_malformed, "Its public key is not readable."));
    if (!strong_enough(key)) return failed(native::failure(codes::csr_weak_key));
    if (X509_REQ_verify(request.get(), key) != 1) return failed(native::failure(codes::csr_no_possession));

    CertificateRequest read;
    read.public_key_der = native::subject_public_key_info(key);
    if (read.public_key_der.empty()) return failed(native::failure(codes::csr_malformed));
    read.public_key_digest = sha256(read.public_key_der);
    return read;
}

Result<void> check_public_key(ByteSpan der) {
    const unsigned char* at = der.data();
    const native::PkeyPtr key{d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size()))};
    if (!key || at != der.data() + der.size()) return failed(native::failure(codes::csr_malformed));
    if (!strong_enough(key.get())) return failed(native::failure(codes::csr_weak_key));
    return {};
}

}  // namespace watchglass::security
