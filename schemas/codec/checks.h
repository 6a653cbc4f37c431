// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "libs/foundation/result.h"
#include "schemas/values/dictionary.h"
#include "schemas/values/frame.h"

/// The rules that encoder and decoder share. Each failure carries its code of codes.h.
namespace watchglass::codec {

tl::unexpected<Failure> refused(const Code& code, std::string detail = {});

Result<void> check_text(std::string_view text, std::size_t most, std::string_view what);
Result<void> check_time(WallTime time);
Result<void> check_counts(std::size_t changes, std::size_t confirmations, std::size_t events);
/// `earliest` and `latest` of a frame's changes and confirmations.
Result<void> check_span(WallTime earliest, WallTime latest);
/// A number of a parameter that is no text: finite, and what the type allows.
Result<void> check_number(const ParameterDefinition& parameter, double value);
Result<const ParameterDefinition*> known_parameter(const Dictionary& dictionary, ParameterNumber number);
Result<void> check_event(const Dictionary& dictionary, const Event& event);
/// Everything above over a whole body.
Result<void> check_body(const Dictionary& dictionary, const Body& body);

}  // namespace watchglass::codec
