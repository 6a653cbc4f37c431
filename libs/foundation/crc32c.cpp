// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/crc32c.h"

#include <array>
#include <cstring>

namespace watchglass {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
    constexpr std::uint32_t polynomial = 0x82f63b78;  // Castagnoli's, lowest bit first
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? (value >> 1) ^ polynomial : value >> 1;
        table[i] = value;
    }
    return table;
}

constexpr auto table = make_table();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(ByteSpan bytes, std::uint32_t before) {
    std::uint64_t crc = ~before;
    while (bytes.size() >= 8) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data(), 8);
        crc = __builtin_ia32_crc32di(crc, word);
        bytes = bytes.subspan(8);
    }
    auto rest = static_cast<std::uint32_t>(crc);
    for (const auto byte : bytes) rest = __builtin_ia32_crc32qi(rest, byte);
    return ~rest;
}
#endif

}  // namespace

std::uint32_t crc32c_by_table(ByteSpan bytes, std::uint32_t before) {
    std::uint32_t crc = ~before;
    for (const auto byte : bytes) crc = table[(crc ^ byte) & 0xff] ^ (crc >> 8);
    return ~crc;
}

std::uint32_t crc32c(ByteSpan bytes, std::uint32_t before) {
#if defined(__x86_64__)
    static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
    if (has_instruction) return by_instruction(bytes, before);
#endif
    return crc32c_by_table(bytes, before);
}

}  // namespace watchglass
