// SPDX-License-Identifier: Apache-2.0
#include "libs/security/tls_context.h"

#include <algorithm>
#include <memory>
#include <mutex>

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "libs/security/codes.h"
#include "libs/security/digest.h"
#include "libs/security/native.h"

namespace watchglass::security {

namespace {

using native::Owned;

void free_pin(void*, void* pin, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Sha256*>(pin); }

// The slot of a context where its pin is kept, so that the pin lives as long as the context.
int pin_slot() {
    static const int slot = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_pin);
    return slot;
}

bool is_pinned_root(X509* certificate, const Sha256& pin) {
    if (X509_self_signed(certificate, 1) != 1) return false;
    const native::PkeyPtr key{X509_get_pubkey(certificate)};
    return key && sha256(native::subject_public_key_info(key.get())) == pin;
}

X509* find_pinned_root(STACK_OF(X509) * presented, const Sha256& pin) {
    const int count = presented != nullptr ? sk_X509_num(presented) : 0;
    for (int i = 0; i < count; ++i) {
        if (X509* candidate = sk_X509_value(presented, i); is_pinned_root(candidate, pin)) return candidate;
    }
    return nullptr;
}

int verify_against_pin(X509_STORE_CTX* verification, void* context) {
    const auto* pin =
        static_cast<const Sha256*>(SSL_CTX_get_ex_data(static_cast<SSL_CTX*>(context), pin_slot()));
    X509* root = find_pinned_root(X509_STORE_CTX_get0_untrusted(verification), *pin);
    native::take_errors();
    if (root == nullptr) {
        X509_STORE_CTX_set_error(verification, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
        return 0;
    }
    const Owned<STACK_OF(X509), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }> anchors{
        sk_X509_new_null()};
    if (!anchors || sk_X509_push(anchors.get(), root) <= 0) {
        X509_STORE_CTX_set_error(verification, X509_V_ERR_OUT_OF_MEM);
        return 0;
    }
    X509_STORE_CTX_set0_trusted_stack(verification, anchors.get());
    const int verdict = X509_verify_cert(verification);
    X509_STORE_CTX_set0_trusted_stack(verification, nullptr);  // ours ends here
    return verdict;
}

Result<void> trust_bundle(SSL_CTX* context, const TrustBundle& bundle) {
    Owned<X509_STORE, X509_STORE_free> store{X509_STORE_new()};
    if (!store || X509_STORE_load_file(store.get(), bundle.file.c_str()) != 1) {
        return failed(native::failure(codes::trust_unusable, "File: " + bundle.file.string()));
    }
    SSL_CTX_set_cert_store(context, store.release());
    return {};
}

Result<void> trust_pin(SSL_CTX* context, const RootPin& pin) {
    auto kept = std::make_unique<Sha256>();
    if (pin.sha256.size() != kept->size()) {
        return failed(Failure{codes::trust_unusable, Next::give_up, "The pin is not a SHA-256.", {}});
    }
    std::copy(pin.sha256.begin(), pin.sha256.end(), kept->begin());
    Owned<X509_STORE, X509_STORE_free> nothing_else{X509_STORE_new()};
    if (!nothing_else || SSL_CTX_set_ex_data(context, pin_slot(), kept.get()) != 1) {
        return failed(native::failure(codes::trust_unusable));
    }
    static_cast<void>(kept.release());  // the context frees it
    SSL_CTX_set_cert_store(context, nothing_else.release());
    SSL_CTX_set_cert_verify_callback(context, verify_against_pin, context);
    return {};
}

time_t seconds(WallTime time) { return static_cast<time_t>(time.us / 1'000'000); }

}  // namespace

Result<void> apply_client_trust(ssl_ctx_st* context, const ConnectionPolicy& policy) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    if (SSL_CTX_set_cipher_list(context, tls12_ciphers) != 1)
        return failed(native::failure(codes::crypto_failed, "The list of ciphers."));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    const auto* bundle = std::get_if<TrustBundle>(&policy.trust);
    auto trusted = bundle != nullptr ? trust_bundle(context, *bundle)
                                     : trust_pin(context, std::get<RootPin>(policy.trust));
    if (!trusted) return trusted;
    if (policy.verification_time) {
        X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(context), seconds(*policy.verification_time));
    }
    return {};
}

namespace {

// An entry named like OpenSSL's own replaces it: TLS clients look their defaults up by this name. Made once and
// changed in place, because OpenSSL never frees an entry's name. The table owns it.
Result<X509_VERIFY_PARAM*> process_defaults() {
    static X509_VERIFY_PARAM* entry = nullptr;
    if (entry != nullptr) return entry;
    Owned<X509_VERIFY_PARAM, X509_VERIFY_PARAM_free> made{X509_VERIFY_PARAM_new()};
    if (!made || X509_VERIFY_PARAM_set1_name(made.get(), "ssl_server") != 1 ||
        X509_VERIFY_PARAM_set_purpose(made.get(), X509_PURPOSE_SSL_SERVER) != 1 ||
        X509_VERIFY_PARAM_set_trust(made.get(), X509_TRUST_SSL_SERVER) != 1 ||
        X509_VERIFY_PARAM_add0_table(made.get()) != 1) {
        return failed(native::failure(codes::crypto_failed));
    }
    entry = made.release();
    return entry;
}

}  // namespace

Result<void> set_process_verification_time(std::optional<WallTime> time) {
    static std::mutex one_at_a_time;
    const std::lock_guard lock{one_at_a_time};
    const auto defaults = process_defaults();
    if (!defaults) return failed(defaults);
    if (time) {
        X509_VERIFY_PARAM_set_time(*defaults, seconds(*time));
    } else {
        X509_VERIFY_PARAM_clear_flags(*defaults, X509_V_FLAG_USE_CHECK_TIME);
    }
    return {};
}

}  // namespace watchglass::security
