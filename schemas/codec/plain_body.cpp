// SPDX-License-Identifier: Apache-2.0
#include "schemas/codec/body.h"

namespace watchglass::codec {
namespace {

Body to_body(const DecodedColumns& columns, BodyDecoder::Opened name) {
    Body body{
        .dictionary = std::string{name.dictionary},
        .dictionary_version = name.version,
        .sub_device = std::string{columns.sub_device},
        .boot = columns.boot,
        .monotonic = columns.monotonic,
        .wall = columns.wall,
        .clock_quality = columns.clock_quality,
        .snapshot = columns.snapshot,
        .changes = {},
        .confirmations = {},
        .events = columns.events,
    };
    for (std::size_t i = 0; i < columns.parameters.size(); ++i) {
        const bool is_text = !columns.texts.empty() && columns.texts[i].data() != nullptr;
        body.changes.push_back({
            .parameter = ParameterNumber{static_cast<std::uint32_t>(columns.parameters[i])},
            .at = columns.base + Microseconds{columns.offsets_us[i]},
            .value = is_text ? Value{std::string{columns.texts[i]}} : Value{columns.values[i]},
        });
    }
    for (std::size_t i = 0; i < columns.confirmed.size(); ++i) {
        body.confirmations.push_back({
            .parameter = ParameterNumber{static_cast<std::uint32_t>(columns.confirmed[i])},
            .at = columns.base + Microseconds{columns.confirmed_offsets_us[i]},
        });
    }
    return body;
}

}  // namespace

Result<DictionaryName> peek_dictionary(ByteSpan body) {
    BodyDecoder decoder;
    const auto opened = decoder.open(body);
    if (!opened) return failed(opened);
    return DictionaryName{std::string{opened->dictionary}, opened->version};
}

Result<Body> decode_body(ByteSpan body, const Dictionary& dictionary) {
    BodyDecoder decoder;
    const auto opened = decoder.open(body);
    if (!opened) return failed(opened);
    DecodedColumns columns;
    if (auto read = decoder.read(dictionary, columns); !read) return failed(std::move(read));
    return to_body(columns, *opened);
}

}  // namespace watchglass::codec
