// SPDX-License-Identifier: Apache-2.0
#include "schemas/values/identifiers.h"

#include <algorithm>

#include "libs/foundation/bytes.h"
#include "schemas/values/codes.h"

namespace watchglass {

bool is_device_id(std::string_view text) {
    return text.size() == device_id_length && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
           });
}

Result<DeviceId> DeviceId::parse(std::string_view text) {
    if (!is_device_id(text)) return failed(Failure{codes::malformed_device_id, Next::give_up, {}, {}});
    return DeviceId{std::string{text}};
}

DeviceId DeviceId::random(Rng& rng) {
    std::array<std::uint8_t, 16> bits{};
    rng.fill(bits);
    return DeviceId{to_base32(bits)};
}

std::string_view to_text(Lane lane) {
    switch (lane) {
        case Lane::telemetry: return "telemetry";
        case Lane::events: return "events";
    }
    return "unknown";
}

std::string_view to_text(ClockQuality quality) {
    switch (quality) {
        case ClockQuality::unknown: return "unknown";
        case ClockQuality::floor: return "floor";
        case ClockQuality::set: return "set";
        case ClockQuality::synchronized: return "synchronized";
    }
    return "unknown";
}

}  // namespace watchglass
