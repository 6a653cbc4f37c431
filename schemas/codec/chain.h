// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/bytes.h"
#include "schemas/values/frame.h"

namespace watchglass::codec {

/// The chain after a frame, from the chain before it: the first 16 bytes of
/// SHA-256(prev || lane (1 byte) || epoch (8, big endian) || seq (8, big endian) || body as sent).
Chain next_chain(const Chain& prev, const StreamId& stream, StreamSeq seq, ByteSpan body);

/// The chain after this envelope was accepted: next_chain() for a frame; a gap states its own, because nobody has
/// the frames it stands for.
Chain chain_after(const Envelope& envelope);

}  // namespace watchglass::codec
