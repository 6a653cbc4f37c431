// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/failure.h"

/// What a server says before any handler is asked, and what a client says when there is no usable answer.
namespace watchglass::http::codes {

inline constexpr Code malformed_request{"http.malformed_request", "The HTTP request could not be read.",
                                        "Send HTTP/1.1 with a Host header and a well-formed target."};
inline constexpr Code no_such_path{"http.no_such_path", "Nothing answers at this path.",
                                   "Check the path against the API's description."};
inline constexpr Code method_not_allowed{"http.method_not_allowed", "This path does not answer this method.",
                                         "Use one of the methods in the Allow header."};
inline constexpr Code body_too_large{
    "http.body_too_large", "The request's body is larger than this server accepts.", "Send less at once."};
inline constexpr Code head_too_large{"http.head_too_large",
                                     "The request's head is larger than this server accepts.",
                                     "Send fewer or shorter headers."};
inline constexpr Code handler_failed{"http.handler_failed", "The server met an error of its own.",
                                     "Try again; if it persists, report the request id."};
inline constexpr Code cannot_listen{
    "http.cannot_listen", "The server cannot listen at its address.",
    "Check that no other process uses it and that its directory can be written."};

inline constexpr Code not_reachable{
    "http.not_reachable", "The server could not be reached.",
    "Check name, port, proxy and firewall; nothing but this one port is needed."};
inline constexpr Code not_trusted{"http.not_trusted", "The server's certificate is not the expected one.",
                                  "If traffic is inspected on the way, exempt this host from inspection."};
inline constexpr Code proxy_refused{"http.proxy_refused", "The proxy refused to connect.",
                                    "Check the proxy's user, password and rules."};
inline constexpr Code identity_unusable{"http.identity_unusable",
                                        "The client certificate or its key cannot be used.",
                                        "Check that both files exist, can be read and belong together."};
inline constexpr Code identity_refused{
    "http.identity_refused", "The server did not accept our client certificate.",
    "Check that it was not revoked and has not expired; enroll again if it was."};
inline constexpr Code refused{"http.refused", "The server refused the request.",
                              "Read what the server says."};
inline constexpr Code unexpected_answer{
    "http.unexpected_answer", "The server's answer was not understood.",
    "Check that this address is the platform and that both versions match."};

}  // namespace watchglass::http::codes
