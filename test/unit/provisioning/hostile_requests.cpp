// SPDX-License-Identifier: Apache-2.0
#include "test/unit/provisioning/hostile_requests.h"

#include <memory>
#include <stdexcept>
#include <utility>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace watchglass::test {

namespace {

using Wish = std::pair<int, std::string>;  // an extension's NID and its value as in openssl.cnf

const std::vector<Wish>& wishes() {
    static const std::vector<Wish> all{
        {NID_basic_constraints, "critical,CA:TRUE"},
        {NID_basic_constraints, "CA:TRUE,pathlen:5"},
        {NID_key_usage, "critical,keyCertSign,cRLSign"},
        {NID_key_usage, "keyEncipherment,dataEncipherment"},
        {NID_ext_key_usage, "serverAuth"},
        {NID_ext_key_usage, "serverAuth,clientAuth,codeSigning,OCSPSigning"},
        {NID_subject_alt_name, "DNS:gate.example,DNS:localhost"},
        {NID_subject_alt_name, "IP:127.0.0.1"},
        {NID_subject_alt_name, "URI:urn:watchglass:service:ingest"},
        {NID_subject_alt_name, "URI:urn:watchglass:operator:admin"},
        {NID_subject_alt_name, "email:root@example"},
        {NID_name_constraints, "permitted;DNS:example"},
        {NID_tlsfeature, "status_request"},
        {NID_netscape_comment, "hello"},
        {NID_subject_key_identifier, "00:11:22"},
    };
    return all;
}

const std::vector<std::string>& subjects() {
    static const std::vector<std::string> all{"", "service-ingest", "aaaaaaaaaaaaaaaaaaaaaaaaaa",
                                              "Watchglass Root"};
    return all;
}

Bytes make(const security::PrivateKey& key, const std::string& subject, const Wish& wish) {
    const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request{X509_REQ_new(), X509_REQ_free};
    X509_NAME* name = X509_REQ_get_subject_name(request.get());
    const auto* text = reinterpret_cast<const unsigned char*>(subject.data());
    if (!subject.empty()) {
        X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, text,
                                   static_cast<int>(subject.size()), -1, 0);
        X509_NAME_add_entry_by_NID(name, NID_organizationName, MBSTRING_UTF8, text,
                                   static_cast<int>(subject.size()), -1, 0);
    }
    X509V3_CTX context;
    X509V3_set_ctx(&context, nullptr, nullptr, request.get(), nullptr, 0);
    X509V3_set_ctx_nodb(&context);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, wish.first, wish.second.c_str());
    if (extension == nullptr) throw std::runtime_error("cannot make " + wish.second);
    STACK_OF(X509_EXTENSION)* extensions = nullptr;
    X509v3_add_ext(&extensions, extension, -1);
    X509_REQ_add_extensions(request.get(), extensions);
    X509_REQ_set_pubkey(request.get(), key.native());
    X509_REQ_sign(request.get(), key.native(), EVP_sha256());
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    X509_EXTENSION_free(extension);
    unsigned char* der = nullptr;
    const int size = i2d_X509_REQ(request.get(), &der);
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

}  // namespace

std::vector<HostileRequest> hostile_requests(const security::PrivateKey& key) {
    std::vector<HostileRequest> all;
    for (const auto& subject : subjects()) {
        for (const auto& wish : wishes()) {
            all.push_back({std::string(OBJ_nid2sn(wish.first)) + "=" + wish.second + " as '" + subject + "'",
                           make(key, subject, wish)});
        }
    }
    return all;
}

}  // namespace watchglass::test
