// SPDX-License-Identifier: Apache-2.0
#include "libs/http/incoming.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "libs/foundation/bytes.h"
#include "libs/foundation/random.h"
#include "libs/http/codes.h"
#include "libs/http/target.h"

namespace watchglass::http {
namespace {

constexpr std::string_view certificate_header = "x-client-cert";
constexpr std::string_view verify_header = "x-client-verify";
constexpr std::string_view address_header = "x-real-ip";
constexpr int verification_unknown = 1;  // X509_V_ERR_UNSPECIFIED

bool is_peer_header(std::string_view name) {
    return name == certificate_header || name == verify_header || name == address_header;
}

tl::unexpected<Failure> malformed(std::string_view detail) {
    return failed(Failure{codes::malformed_request, Next::give_up, std::string(detail), {}});
}

std::ptrdiff_t count(const Request& request, std::string_view name) {
    return std::count_if(request.headers.begin(), request.headers.end(),
                         [&](const auto& header) { return header.first == name; });
}

/// Only a number that says "good" is good: anything unreadable counts as not verified.
int verify_result_in(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? value : verification_unknown;
}

Result<Peer> peer_of(const Request& request) {
    for (const auto name : {certificate_header, verify_header, address_header}) {
        if (count(request, name) > 1) return malformed("A header of the front door occurs twice.");
    }
    Peer peer;
    peer.address = request.header(address_header);
    const auto certificate = request.header(certificate_header);
    if (certificate.empty()) return peer;
    const auto der = from_base64(certificate);
    if (!der) return malformed("The client certificate's header is not Base64.");
    peer.certificate_der = std::string(as_text(*der));
    peer.verify_result = verify_result_in(request.header(verify_header));
    return peer;
}

}  // namespace

std::string request_id_from(std::string_view offered) {
    constexpr std::size_t longest = 64;
    const bool harmless = std::all_of(offered.begin(), offered.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
    });
    if (!offered.empty() && offered.size() <= longest && harmless) return std::string(offered);
    std::array<std::uint8_t, 8> fresh{};
    SystemRng{}.fill(fresh);
    return to_hex(fresh);
}

Result<Request> read_head(IncomingHead head, bool behind_front_door) {
    auto target = parse_target(head.target);
    if (!target) return failed(std::move(target));

    Request request;
    request.method = std::move(head.method);
    request.path = std::move(target->path);
    request.query = std::move(target->query);
    request.headers = std::move(head.headers);
    const auto hosts = count(request, "host");
    if (hosts > 1 || (hosts == 0 && head.host_required))
        return malformed("There must be exactly one Host header.");

    if (behind_front_door) {
        auto peer = peer_of(request);
        if (!peer) return failed(std::move(peer));
        request.peer = std::move(*peer);
    } else {
        std::erase_if(request.headers, [](const auto& header) { return is_peer_header(header.first); });
    }
    request.request_id = request_id_from(request.header("x-request-id"));
    return request;
}

}  // namespace watchglass::http
