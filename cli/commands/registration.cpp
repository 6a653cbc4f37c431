// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/registration.h"

#include <thread>

#include <fmt/format.h>

#include "cli/commands/context.h"
#include "libs/foundation/random.h"
#include "libs/http/server_problem.h"

namespace watchglass::cli {
namespace {

constexpr int tries = 3;

Result<http::ClientResponse> post(http::Client& client, const http::ClientRequest& request) {
    for (int i = 1;; ++i) {
        auto answer = client.send(request);
        if (answer || i == tries || exit_code_of(answer.error()) != ExitCode::not_reachable) return answer;
        std::this_thread::sleep_for(std::chrono::milliseconds{500});
    }
}

}  // namespace

Result<json::Value> register_instrument(http::Client& client, const json::Value& wanted,
                                        const std::string& idempotency_key) {
    http::ClientRequest request;
    request.method = "POST";
    request.target = "/v1/devices";
    request.headers = {{"Accept", "application/json"},
                       {"Content-Type", "application/json"},
                       {"Idempotency-Key", idempotency_key}};
    request.body = wanted.dump();
    const auto answer = post(client, request);
    if (!answer) return failed(answer);
    if (answer->status >= 400) return failed(http::failure_of_answer(answer->status, answer->body));
    return json::parse(answer->body);
}

std::string fresh_idempotency_key() {
    SystemRng rng;
    return fmt::format("{:016x}{:016x}", rng.next_u64(), rng.next_u64());
}

}  // namespace watchglass::cli
