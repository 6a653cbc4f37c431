// SPDX-License-Identifier: Apache-2.0
#include "provisioning/est/body.h"

#include <algorithm>
#include <string>

#include "libs/http/codes.h"
#include "provisioning/codes.h"

namespace watchglass::provisioning::est {

namespace {

constexpr std::size_t most_body_bytes = 24u << 10;  // 16 KiB of DER in Base64, with line ends

std::string lower(std::string_view text) {
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

/// "application/pkcs10; charset=x" is application/pkcs10.
std::string media_type(std::string_view content_type) {
    auto type = content_type.substr(0, content_type.find(';'));
    while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
    return lower(type);
}

tl::unexpected<Failure> no_ticket(std::string why) {
    return failed(Failure{codes::est_ticket_required, Next::give_up, std::move(why), {}});
}

}  // namespace

Result<Bytes> read_request(std::string_view content_type, std::string_view body) {
    if (media_type(content_type) != "application/pkcs10") {
        return failed(Failure{codes::wrong_content_type, Next::give_up, "Expected application/pkcs10.", {}});
    }
    if (body.size() > most_body_bytes) {
        return failed(Failure{http::codes::body_too_large,
                              Next::give_up,
                              "At most " + std::to_string(most_body_bytes) + " bytes.",
                              {}});
    }
    auto der = from_base64(body);
    if (!der) return failed(Failure{codes::est_malformed_body, Next::give_up, der.error().detail, {}});
    return der;
}

Result<security::Secret> ticket_secret(std::string_view authorization) {
    constexpr std::string_view scheme = "basic ";
    if (lower(authorization.substr(0, scheme.size())) != scheme) return no_ticket({});
    const auto credentials = from_base64(authorization.substr(scheme.size()));
    if (!credentials) return no_ticket("The credentials are not Base64.");
    const auto text = as_text(*credentials);
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return no_ticket("The credentials have no colon.");
    const auto bytes = from_hex(text.substr(colon + 1));
    security::Secret secret{};
    if (!bytes || bytes->size() != secret.size()) {
        return no_ticket("The password is not 32 hexadecimal digits.");
    }
    std::copy(bytes->begin(), bytes->end(), secret.begin());
    return secret;
}

}  // namespace watchglass::provisioning::est
