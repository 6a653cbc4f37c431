// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include <google/protobuf/message_lite.h>

#include "libs/foundation/bytes.h"
#include "schemas/codec/checks.h"
#include "schemas/codec/codes.h"
#include "schemas/values/identifiers.h"

/// What the codec's files share about protobuf. Only .cpp files of this folder include it.
namespace watchglass::codec {

inline Result<Bytes> to_bytes(const google::protobuf::MessageLite& message, std::size_t most) {
    const std::size_t size = message.ByteSizeLong();
    if (size > most) {
        return refused(codes::too_large, "It has " + std::to_string(size) + " bytes, allowed are " +
                                             std::to_string(most) + ".");
    }
    Bytes bytes(size);
    message.SerializeWithCachedSizesToArray(bytes.data());
    return bytes;
}

/// Looks at the size before anything is allocated for the content.
inline Result<void> parse_bytes(ByteSpan bytes, std::size_t most, google::protobuf::MessageLite& message) {
    if (bytes.size() > most) {
        return refused(codes::too_large, "It has " + std::to_string(bytes.size()) + " bytes, allowed are " +
                                             std::to_string(most) + ".");
    }
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        return refused(codes::malformed);
    return {};
}

inline std::string to_string(const Chain& chain) { return {chain.begin(), chain.end()}; }

inline Result<Chain> to_chain(std::string_view bytes) {
    Chain chain{};
    if (bytes.size() != chain.size()) return refused(codes::malformed, "A chain does not have 16 bytes.");
    std::copy(bytes.begin(), bytes.end(), chain.begin());
    return chain;
}

/// A number of the wire as an enumeration that has the values first..last.
template <class Enumeration>
Result<Enumeration> to_enumeration(std::uint32_t n, Enumeration first, Enumeration last,
                                   std::string_view what) {
    if (n < static_cast<std::uint32_t>(first) || n > static_cast<std::uint32_t>(last)) {
        return refused(codes::malformed, "There is no " + std::string{what} + " " + std::to_string(n) + ".");
    }
    return static_cast<Enumeration>(n);
}

}  // namespace watchglass::codec
