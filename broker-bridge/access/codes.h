// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/failure.h"

namespace watchglass::broker::codes {

inline constexpr Code no_certificate{"broker.no_certificate",
                                     "The client showed no certificate that can be read.",
                                     "Enroll the instrument: watchglass-agent enroll TICKET."};
inline constexpr Code old_protocol{"broker.old_protocol", "The client does not speak MQTT 5.",
                                   "Set the client's protocol version to MQTT 5."};
inline constexpr Code unknown_device{
    "broker.unknown_device", "No registered device holds this certificate, or it was revoked.",
    "Look at the device: watchglass device show DEVICE; enroll it again if it should connect."};
inline constexpr Code wrong_client_id{"broker.wrong_client_id",
                                      "The client id is not the name in the client's certificate.",
                                      "Use the device id as the MQTT client id."};
inline constexpr Code unknown_service{"broker.unknown_service",
                                      "No service of this name has rights at the broker.",
                                      "Use a service certificate that the platform's service CA issued."};
inline constexpr Code malformed_line{
    "broker.malformed_line", "A line between the broker's plugin and watchglass-bridged could not be read.",
    "Run the plugin and watchglass-bridged of the same release."};
inline constexpr Code state_unusable{"broker.state_unusable",
                                     "The plugin's copy of the access table could not be read.",
                                     "Remove the file; watchglass-bridged sends the table anew."};
inline constexpr Code feed_lost{"broker.feed_lost",
                                "The connection between the broker's plugin and watchglass-bridged broke.",
                                "Wait: the plugin reconnects; known devices are served meanwhile."};

}  // namespace watchglass::broker::codes
