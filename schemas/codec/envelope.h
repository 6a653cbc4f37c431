// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/bytes.h"
#include "libs/foundation/result.h"
#include "schemas/values/frame.h"

namespace watchglass::codec {

/// What travels on up/telemetry and up/events. The body goes in as it is: nobody encodes it again.
Result<Bytes> encode_envelope(const Envelope& envelope);

/// Any byte string is a legal input. Fails with frame.malformed, frame.too_large or frame.unknown_format; a readable
/// envelope may still hold an unreadable body.
Result<Envelope> decode_envelope(ByteSpan bytes);

}  // namespace watchglass::codec
