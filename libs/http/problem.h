// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "libs/http/message.h"

/// The parts of problem documents that only the server and router need.
namespace watchglass::http {

inline constexpr std::string_view problem_media_type = "application/problem+json";

/// Adds "request_id" to a problem document that problem() made; other responses stay as they are.
void add_request_id(Response& response, std::string_view request_id);

}  // namespace watchglass::http
