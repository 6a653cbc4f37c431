// SPDX-License-Identifier: Apache-2.0
#include "libs/security/pkcs7.h"

#include <openssl/pkcs7.h>

#include "libs/security/codes.h"
#include "libs/security/native.h"

namespace watchglass::security {

Result<Bytes> certs_only(const std::vector<Certificate>& certificates) {
    const native::Owned<PKCS7, PKCS7_free> message{PKCS7_new()};
    bool made = message && PKCS7_set_type(message.get(), NID_pkcs7_signed) == 1;
    if (made) message->d.sign->contents->type = OBJ_nid2obj(NID_pkcs7_data);
    for (const auto& certificate : certificates) {
        made = made && PKCS7_add_certificate(message.get(), certificate.native()) == 1;
    }
    unsigned char* der = nullptr;
    const int size = made ? i2d_PKCS7(message.get(), &der) : -1;
    if (size <= 0)
        return failed(native::failure(codes::crypto_failed, "The certificates could not be packed."));
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

}  // namespace watchglass::security
