// SPDX-License-Identifier: Apache-2.0
#include "libs/security/native.h"

#include <array>

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

}  // namespace watchglass::security::native
