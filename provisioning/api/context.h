// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "libs/foundation/clock.h"
#include "libs/foundation/metrics.h"
#include "libs/foundation/random.h"
#include "libs/http/message.h"
#include "provisioning/caller.h"
#include "provisioning/enrollment/broker_confirmations.h"
#include "provisioning/enrollment/enrollment_desk.h"
#include "provisioning/enrollment/failure_limit.h"
#include "provisioning/enrollment/renewal_desk.h"
#include "storage/postgres/connection_pool.h"

namespace watchglass::provisioning {

/// Where instruments and people reach the platform, and how they recognize it.
struct PublicFace {
    std::string host;  ///< lower case
    std::uint16_t port = 443;
    std::string trust_bundle_pem;
    security::Sha256 root_pin{};  ///< of the bundle's first root
};

/// What the endpoints work with. The parts outlive them.
struct Context {
    storage::ConnectionPool& database;
    const Clock& clock;
    Rng& rng;
    EnrollmentDesk& desk;
    RenewalDesk& renewals;
    Signer& signer;
    BrokerConfirmations& broker;
    FailureLimit& failures;
    metrics::Registry& metrics;
    PublicFace face;
    Microseconds ticket_lifetime;
    std::chrono::milliseconds broker_patience;
    std::chrono::milliseconds life_patience;
};

using OperatorAction = std::function<Result<http::Response>(storage::UnitOfWork&, const Caller&)>;

/// Runs an operator's request in one transaction: who is it, may their role do this, do it, commit. The answer goes
/// out only after the commit. `work` still calls authorize() once it knows whose things are touched.
http::Response as_operator(Context& context, const http::Request& request, Action action,
                           const OperatorAction& work);

}  // namespace watchglass::provisioning
