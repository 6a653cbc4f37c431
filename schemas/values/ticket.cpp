// SPDX-License-Identifier: Apache-2.0
#include "schemas/values/ticket.h"

#include <algorithm>

#include "libs/foundation/bytes.h"
#include "libs/foundation/crc32c.h"

namespace watchglass {

namespace {

constexpr std::string_view prefix = "wg1:";
constexpr std::size_t most_host_letters = 253;
constexpr std::size_t most_text = 1024;
constexpr std::size_t check_bytes = 4;

bool acceptable_host(std::string_view host) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-.:";
    return !host.empty() && host.size() <= most_host_letters &&
           host.find_first_not_of(allowed) == std::string_view::npos;
}

std::array<std::uint8_t, check_bytes> check_of(ByteSpan payload) {
    const std::uint32_t crc = crc32c(payload);
    return {static_cast<std::uint8_t>(crc >> 24), static_cast<std::uint8_t>(crc >> 16),
            static_cast<std::uint8_t>(crc >> 8), static_cast<std::uint8_t>(crc)};
}

std::string lower_without_separators(std::string_view text) {
    std::string plain;
    for (const char letter : text) {
        if (letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t' || letter == '-') continue;
        plain += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    }
    return plain;
}

bool another_version(std::string_view text) {
    const auto colon = text.find(':');
    return text.starts_with("wg") && colon != std::string_view::npos && colon > 2 && colon <= 5 &&
           std::all_of(text.begin() + 2, text.begin() + static_cast<std::ptrdiff_t>(colon),
                       [](char digit) { return digit >= '0' && digit <= '9'; });
}

tl::unexpected<Failure> malformed() {
    return failed(Failure{codes::malformed_ticket, Next::give_up, {}, {}});
}

/// host length, host, port, secret, pin.
Result<EnrollmentTicket> read_payload(ByteSpan payload) {
    EnrollmentTicket ticket;
    if (payload.empty()) return malformed();
    const std::size_t host_size = payload[0];
    if (payload.size() != 1 + host_size + 2 + ticket.secret.size() + ticket.root_pin.size())
        return malformed();
    ticket.host = as_text(payload.subspan(1, host_size));
    if (!acceptable_host(ticket.host)) return malformed();
    auto rest = payload.subspan(1 + host_size);
    ticket.port = static_cast<std::uint16_t>((rest[0] << 8) | rest[1]);
    if (ticket.port == 0) return malformed();
    rest = rest.subspan(2);
    std::copy_n(rest.begin(), ticket.secret.size(), ticket.secret.begin());
    rest = rest.subspan(ticket.secret.size());
    std::copy_n(rest.begin(), ticket.root_pin.size(), ticket.root_pin.begin());
    return ticket;
}

}  // namespace

std::string to_text(const EnrollmentTicket& ticket) {
    Bytes payload;
    payload.push_back(static_cast<std::uint8_t>(ticket.host.size()));
    payload.insert(payload.end(), ticket.host.begin(), ticket.host.end());
    payload.push_back(static_cast<std::uint8_t>(ticket.port >> 8));
    payload.push_back(static_cast<std::uint8_t>(ticket.port));
    payload.insert(payload.end(), ticket.secret.begin(), ticket.secret.end());
    payload.insert(payload.end(), ticket.root_pin.begin(), ticket.root_pin.end());
    const auto check = check_of(payload);
    payload.insert(payload.end(), check.begin(), check.end());
    return std::string(prefix) + to_base32(payload);
}

Result<EnrollmentTicket> parse_ticket(std::string_view text) {
    if (text.size() > most_text) return malformed();
    const std::string plain = lower_without_separators(text);
    if (!plain.starts_with(prefix)) {
        if (another_version(plain))
            return failed(Failure{codes::unknown_ticket_version, Next::give_up, {}, {}});
        return malformed();
    }
    const auto bytes = from_base32(plain.substr(prefix.size()));
    if (!bytes || bytes->size() <= check_bytes)
        return failed(Failure{codes::damaged_ticket, Next::give_up, {}, {}});
    const ByteSpan payload = ByteSpan(*bytes).first(bytes->size() - check_bytes);
    const auto check = check_of(payload);
    if (!std::equal(check.begin(), check.end(), bytes->end() - check_bytes)) {
        return failed(Failure{codes::damaged_ticket, Next::give_up, {}, {}});
    }
    return read_payload(payload);
}

}  // namespace watchglass
