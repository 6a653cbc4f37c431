// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "libs/foundation/failure.h"

namespace watchglass::http {

/// What an answer with status 400 or more says, as a Failure: a problem document (RFC 9457) gives the
/// server's own code, sentence and next step; anything else is http.refused.
///
/// Codes need texts of static storage duration, and those of a server are kept for ever. So at most 512
/// different ones are remembered; a server that makes up more gets http.refused with its words in the detail.
/// What a server says is made printable and shortened. Thread-safe.
Failure failure_of_answer(int status, std::string_view body);

}  // namespace watchglass::http
