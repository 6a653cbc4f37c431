// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "device-sdk/src/client/identity_directory.h"
#include "libs/json/json.h"
#include "schemas/values/ticket.h"

namespace watchglass::device {

/// Sends the request to POST /v1/enroll of the ticket's platform and returns its answer.
using EnrollCall = std::function<Result<json::Value>(const json::Value& request)>;

/// The steps of enroll(), whatever carries them: key -> request -> answer -> identity directory.
Result<Identity> enroll_with(const EnrollmentTicket& ticket, const IdentityDirectory& directory,
                             const EnrollCall& call);

}  // namespace watchglass::device
