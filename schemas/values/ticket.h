// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/foundation/result.h"

namespace watchglass {

namespace codes {
inline constexpr Code malformed_ticket{
    "ticket.malformed", "This is not an enrollment ticket.",
    "Copy the whole ticket, from wg1: to its last letter, or scan its QR code."};
inline constexpr Code damaged_ticket{"ticket.damaged",
                                     "A letter of the enrollment ticket is wrong or missing.",
                                     "Copy the ticket again, or scan its QR code."};
inline constexpr Code unknown_ticket_version{
    "ticket.unknown_version", "This enrollment ticket is of a kind this program does not know.",
    "Update the program on the instrument."};
}  // namespace codes

/// What an instrument needs for its first contact: where the platform is, how to recognize it, and a single-use
/// secret. The text form is docs/formats/ticket.md. A secret: never logged, never in argv of another program.
struct EnrollmentTicket {
    std::string host;  ///< DNS name or address, at most 253 letters
    std::uint16_t port = 443;
    std::array<std::uint8_t, 16> secret{};
    std::array<std::uint8_t, 32> root_pin{};  ///< SHA-256 of the root's SubjectPublicKeyInfo in DER
    friend bool operator==(const EnrollmentTicket&, const EnrollmentTicket&) = default;
};

/// `wg1:` and lower-case base32. In capitals it fits the alphanumeric mode of a QR code.
std::string to_text(const EnrollmentTicket& ticket);

/// Takes both cases, and ignores spaces, line ends and dashes that people and mail programs put in.
Result<EnrollmentTicket> parse_ticket(std::string_view text);

}  // namespace watchglass
