// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device-sdk/src/client/worker.h"

namespace watchglass::device {

/// A Device from its parts; open() hands in the real ones, tests a scripted session.
Result<std::unique_ptr<Worker>> make_worker(const Options& options, Platform& platform,
                                            SessionMaker make_session);

}  // namespace watchglass::device
