// SPDX-License-Identifier: Apache-2.0
#include "provisioning/issuing/signer.h"

#include <chrono>

#include "libs/http/client.h"
#include "libs/http/message.h"
#include "provisioning/codes.h"

namespace watchglass::provisioning {

namespace {

class SignerClient final : public Signer {
public:
    explicit SignerClient(std::filesystem::path socket) : socket_(std::move(socket)) {}

    Result<SignedChain> sign(const SigningRequest& request) override {
        const auto answer = ask(posting("/sign", to_json(request)));
        if (!answer) return failed(answer);
        const auto document = json::parse(*answer);
        if (!document) return failed(document);
        const auto chain = document->text("chain");
        if (!chain) return failed(chain);
        const auto certificate = security::Certificate::from_pem(*chain);
        if (!certificate) return failed(certificate);
        return SignedChain{*certificate, *chain};
    }

    Result<security::Crl> sign_crl(const CrlRequest& request) override {
        const auto answer = ask(posting("/crl", to_json(request)));
        if (!answer) return failed(answer);
        const auto document = json::parse(*answer);
        if (!document) return failed(document);
        const auto der = from_base64(document->text_or("crl", ""));
        if (!der) return failed(der);
        return security::Crl::from_der(*der);
    }

    Result<std::string> authorities_pem() override { return ask({.target = "/authorities"}); }

private:
    static http::ClientRequest posting(const char* target, const json::Value& body) {
        return {.method = "POST",
                .target = target,
                .headers = {{"content-type", "application/json"}},
                .body = body.dump()};
    }

    // A client each: signing is rare, and one client serves one thread at a time.
    [[nodiscard]] Result<std::string> ask(http::ClientRequest request) const {
        request.timeout = std::chrono::seconds(5);
        http::Client client{socket_};
        auto answer = client.send(request);
        if (!answer) {
            return failed(Failure{
                codes::signer_away, Next::retry_later, {}, answer.error().message() + answer.error().cause});
        }
        if (answer->status != 200) {
            return failed(
                Failure{codes::issuing_refused, Next::tell_operator, {}, "signerd: " + answer->body});
        }
        return std::move(answer->body);
    }

    std::filesystem::path socket_;
};

json::Value::Array texts(const std::vector<std::string>& items) {
    return json::Value::Array(items.begin(), items.end());
}

}  // namespace

std::unique_ptr<Signer> signer_at(std::filesystem::path unix_socket) {
    return std::make_unique<SignerClient>(std::move(unix_socket));
}

json::Value to_json(const SigningRequest& request) {
    return json::Value::object({{"profile", request.profile},
                                {"common_name", request.shape.common_name},
                                {"uris", texts(request.shape.uris)},
                                {"not_before", to_rfc3339(request.shape.not_before)},
                                {"not_after", to_rfc3339(request.shape.not_after)},
                                {"public_key", to_base64(request.public_key_der)}});
}

Result<SigningRequest> signing_request_from(const json::Value& document) {
    SigningRequest request;
    const auto profile = document.text("profile");
    if (!profile) return failed(profile);
    const auto name = document.text("common_name");
    if (!name) return failed(name);
    const auto* uris = document.find("uris");
    if (uris == nullptr || !uris->is_array()) {
        return failed(Failure{json::codes::unexpected, Next::give_up, "'uris' is no list.", {}});
    }
    for (const auto& item : uris->items()) {
        const auto uri = item.as_text();
        if (!uri) return failed(uri);
        request.shape.uris.push_back(*uri);
    }
    const auto begin = parse_rfc3339(document.text_or("not_before", ""));
    if (!begin) return failed(begin);
    const auto end = parse_rfc3339(document.text_or("not_after", ""));
    if (!end) return failed(end);
    const auto key = from_base64(document.text_or("public_key", ""));
    if (!key) return failed(key);
    request.profile = *profile;
    request.shape.common_name = *name;
    request.shape.not_before = *begin;
    request.shape.not_after = *end;
    request.public_key_der = *key;
    return request;
}

json::Value to_json(const CrlRequest& request) {
    auto revoked = json::Value::array();
    for (const auto& one : request.revoked) {
        revoked.push(
            json::Value::object({{"serial", one.serial_hex}, {"revoked_at", to_rfc3339(one.revoked_at)}}));
    }
    return json::Value::object({{"number", request.number}, {"revoked", revoked}});
}

Result<CrlRequest> crl_request_from(const json::Value& document) {
    const auto number = document.integer("number");
    if (!number) return failed(number);
    const auto* revoked = document.find("revoked");
    if (revoked == nullptr || !revoked->is_array())
        return failed(Failure{json::codes::unexpected, Next::give_up, "'revoked' is no list.", {}});
    CrlRequest request{.number = *number, .revoked = {}};
    for (const auto& item : revoked->items()) {
        const auto serial = item.text("serial");
        if (!serial) return failed(serial);
        const auto at = parse_rfc3339(item.text_or("revoked_at", ""));
        if (!at) return failed(at);
        request.revoked.push_back({.serial_hex = *serial, .revoked_at = *at});
    }
    return request;
}

}  // namespace watchglass::provisioning
