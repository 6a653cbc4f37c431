// SPDX-License-Identifier: Apache-2.0
#include "bench/fleet/enrollment.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "libs/http/client.h"
#include <watchglass/enroll.h>

namespace watchglass::bench {
namespace {

constexpr std::size_t enrolled_at_once = 16;

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message() + " " + result.error().cause);
    return std::move(*result);
}

}  // namespace

http::Client operator_client(const cli::StackDescription& stack) {
    security::ConnectionPolicy policy;
    policy.host = stack.host;
    policy.port = stack.port;
    policy.trust = security::TrustBundle{stack.trust_bundle};
    policy.identity = security::ClientIdentity{stack.operator_certificate, stack.operator_key};
    return http::Client{policy};
}

namespace {

std::string ticket_for(http::Client& client, const std::string& serial) {
    const auto wanted = json::Value::object({{"site", "bench"},
                                             {"model", "pump-test-bench"},
                                             {"serial", serial},
                                             {"dictionary", "pump-test-bench"},
                                             {"ticket", true}});
    http::ClientRequest request;
    request.method = "POST";
    request.target = "/v1/devices";
    request.headers = {{"Accept", "application/json"},
                       {"Content-Type", "application/json"},
                       {"Idempotency-Key", "bench-key-of-" + serial}};
    request.body = wanted.dump();
    const auto answer = must(client.send(request));
    if (answer.status >= 400) throw std::runtime_error("not registered: " + answer.body);
    return must(must(json::parse(answer.body)).text("ticket"));
}

}  // namespace

void enroll_instruments(const test::RunningStack& stack, std::span<const std::filesystem::path> directories) {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::string failure;
    std::vector<std::thread> workers;
    for (std::size_t i = 0; i < std::min(enrolled_at_once, directories.size()); ++i) {
        workers.emplace_back([&] {
            try {
                auto client = operator_client(stack.description());
                for (std::size_t at = next++; at < directories.size(); at = next++) {
                    const auto ticket = ticket_for(client, directories[at].filename().string());
                    (void)must(device::enroll(ticket,
                                              {.directory = directories[at], .proxy = {}, .replace = false}));
                }
            } catch (const std::exception& why) {
                const std::lock_guard lock(mutex);
                failure = why.what();
            }
        });
    }
    for (auto& worker : workers) worker.join();
    if (!failure.empty()) throw std::runtime_error(failure);
}

}  // namespace watchglass::bench
