// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/bytes.h"
#include "libs/foundation/result.h"
#include "schemas/values/frame.h"

/// What device and platform tell one another about streams. Any byte string is a legal input of the decoders; they
/// fail with frame.malformed, frame.too_large, frame.too_many_streams, frame.text_too_long, frame.not_utf8 or
/// frame.time_out_of_range.
namespace watchglass::codec {

Result<Bytes> encode_hello(const Hello& hello);
Result<Hello> decode_hello(ByteSpan bytes);

Result<Bytes> encode_stored(const Stored& stored);
Result<Stored> decode_stored(ByteSpan bytes);

Result<Bytes> encode_status(const Status& status);
Result<Status> decode_status(ByteSpan bytes);

}  // namespace watchglass::codec
