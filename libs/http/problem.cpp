// SPDX-License-Identifier: Apache-2.0
#include "libs/http/problem.h"

#include <array>

#include <fmt/format.h>

#include "libs/http/codes.h"
#include "libs/json/json.h"

namespace watchglass::http {
namespace {

struct Known {
    std::string_view code;
    int status;
};

// Codes that any endpoint may meet. An endpoint's own codes come with the status that it gives.
constexpr std::array known_statuses{
    Known{watchglass::codes::invalid_argument.name, 400},
    Known{watchglass::codes::not_found.name, 404},
    Known{watchglass::codes::unavailable.name, 503},
    Known{watchglass::codes::timed_out.name, 504},
    Known{watchglass::codes::io_error.name, 500},
    Known{watchglass::codes::internal_error.name, 500},
    Known{json::codes::malformed.name, 400},
    Known{json::codes::unexpected.name, 400},
    Known{codes::malformed_request.name, 400},
    Known{codes::no_such_path.name, 404},
    Known{codes::method_not_allowed.name, 405},
    Known{codes::body_too_large.name, 413},
    Known{codes::head_too_large.name, 431},
    Known{codes::handler_failed.name, 500},
};

int status_of(const Failure& failure) {
    for (const auto& known : known_statuses) {
        if (known.code == failure.code.name) return known.status;
    }
    switch (failure.next) {
        case Next::give_up: return 400;
        case Next::retry_later: return 503;
        case Next::tell_operator: return 500;
    }
    return 500;
}

}  // namespace

Response problem(int status, const Failure& failure) {
    auto document = json::Value::object({
        {"type", fmt::format("urn:watchglass:problem:{}", failure.code.name)},
        {"title", failure.code.sentence},
        {"status", status},
    });
    if (!failure.detail.empty()) document.set("detail", failure.detail);
    document.set("code", failure.code.name);
    document.set("next_step", failure.code.next_step);
    return text(status, problem_media_type, document.dump());
}

Response problem(const Failure& failure) { return problem(status_of(failure), failure); }

void add_request_id(Response& response, std::string_view request_id) {
    for (const auto& [name, value] : response.headers) {
        if (name != "Content-Type" || value != problem_media_type || !response.body.ends_with('}')) continue;
        // The document is an object that problem() made: one more member goes before its closing brace.
        response.body.pop_back();
        response.body += fmt::format(",\"request_id\":{}}}", json::Value{request_id}.dump());
        return;
    }
}

}  // namespace watchglass::http
