// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/foundation/result.h"
#include "schemas/values/dictionary.h"
#include "schemas/values/frame.h"

namespace watchglass::codec {

/// Says a body as bytes (docs/formats/wire.md). A number that is a multiple of its parameter's resolution travels as
/// a small integer, any other as a double: both come out bit for bit. (-0.0 of an integer, boolean or enumeration
/// becomes 0.) Fails with a code of codes.h when the body breaks a limit or disagrees with the dictionary.
Result<Bytes> encode_body(const Body& body, const Dictionary& dictionary);

/// Which dictionary a body was made with.
struct DictionaryName {
    std::string name;
    std::uint32_t version = 0;
    friend auto operator<=>(const DictionaryName&, const DictionaryName&) = default;
    friend bool operator==(const DictionaryName&, const DictionaryName&) = default;
};

Result<DictionaryName> peek_dictionary(ByteSpan body);
Result<Body> decode_body(ByteSpan body, const Dictionary& dictionary);

/// A body as parallel columns, ready to be copied into a row. Made once and filled again and again: the vectors keep
/// their room.
struct DecodedColumns {
    std::string_view sub_device;
    BootId boot{};
    Microseconds monotonic{0};
    WallTime wall;
    ClockQuality clock_quality = ClockQuality::unknown;
    bool snapshot = false;

    WallTime base;  ///< the first change's time; without changes the first confirmation's; else `wall`

    // One entry a change.
    std::vector<std::int32_t> parameters;
    std::vector<std::int64_t> offsets_us;  ///< time minus `base`; may be negative
    std::vector<double> values;            ///< 0 where the change is a text
    /// Empty in a frame without texts. Otherwise one entry a change; data() is null where the change is a number.
    std::vector<std::string_view> texts;

    // One entry a confirmation.
    std::vector<std::int32_t> confirmed;
    std::vector<std::int64_t> confirmed_offsets_us;  ///< time minus `base`

    std::vector<Event> events;
};

/// Reads bodies in two steps, because the dictionary's name stands in the body:
///
///     BodyDecoder decoder;                       // one a thread, for ever
///     auto name = decoder.open(bytes);           // may be quarantined here: frame.malformed, frame.too_large
///     auto read = decoder.read(*dictionary, columns);
///
/// Any byte string is a legal input; what is not a good body is a Failure with a code of codes.h. After the first few
/// frames nothing is allocated for a change. One thread at a time.
class BodyDecoder {
public:
    BodyDecoder();
    ~BodyDecoder();
    BodyDecoder(BodyDecoder&&) noexcept;
    BodyDecoder& operator=(BodyDecoder&&) noexcept;

    struct Opened {
        std::string_view dictionary;  ///< valid until the next open()
        std::uint32_t version = 0;
    };
    Result<Opened> open(ByteSpan body);

    /// Reads what open() accepted. `dictionary` has the opened name and version, else frame.unknown_dictionary. The
    /// views in `out` stay valid until the next open(); after a failure its content means nothing.
    Result<void> read(const Dictionary& dictionary, DecodedColumns& out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace watchglass::codec
