// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>

#include "libs/http/client.h"
#include "test/support/running_stack.h"

namespace watchglass::bench {

/// The stack's operator, on the public port. One thread.
http::Client operator_client(const cli::StackDescription& stack);

/// Registers one instrument of model `pump-test-bench` for each directory and enrolls it there, many at a time: the
/// broker confirms enrollments at its ticks, so that they wait together. A directory's name is the serial number, so a stack
/// takes each name once. Throws when the stack refuses one.
void enroll_instruments(const test::RunningStack& stack, std::span<const std::filesystem::path> directories);

}  // namespace watchglass::bench
