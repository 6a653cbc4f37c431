// SPDX-License-Identifier: Apache-2.0
#include "provisioning/enrollment/failure_limit.h"

#include "provisioning/codes.h"

namespace watchglass::provisioning {

namespace {

constexpr std::size_t most_addresses = 10'000;

}  // namespace

FailureLimit::Minute& FailureLimit::minute_of(const std::string& address) {
    const SteadyTime now = clock_.steady();
    // A crowd of addresses starts everybody over: forgetting is harmless, growing without end is not.
    if (minutes_.size() >= most_addresses && !minutes_.contains(address)) minutes_.clear();
    auto [found, fresh] = minutes_.try_emplace(address, Minute{now, 0});
    if (!fresh && now - found->second.began >= std::chrono::minutes(1)) found->second = Minute{now, 0};
    return found->second;
}

Result<void> FailureLimit::admit(const std::string& address) {
    const std::lock_guard lock{mutex_};
    if (minute_of(address).failures < most_) return {};
    return failed(Failure{codes::too_many_failures, Next::retry_later, {}, address});
}

void FailureLimit::count_failure(const std::string& address) {
    const std::lock_guard lock{mutex_};
    ++minute_of(address).failures;
}

}  // namespace watchglass::provisioning
