// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "broker-bridge/access/access_table.h"
#include "libs/foundation/result.h"
#include "libs/security/certificate.h"
#include "schemas/values/identifiers.h"

/// Who a client of the broker is, and what it may do: the one decision, without a word of the broker's API.
namespace watchglass::broker {

enum class Service { ingest, bridge };

[[nodiscard]] std::string_view to_text(Service service);

/// Who somebody is, once admitted.
using Principal = std::variant<DeviceId, Service>;

/// The MQTT user name the broker shows for it: the device id, or `service-<name>`.
[[nodiscard]] std::string user_name(const Principal& principal);

/// What a client says of itself when it connects, and what TLS proved.
struct Knock {
    int protocol_version = 5;  ///< 3, 4 (MQTT 3.1.1) or 5
    std::string_view client_id;
    const security::Certificate* certificate = nullptr;  ///< verified by the listener's CA file; null: none
};

/// May it come in?
///
/// Device: MQTT 5, client id = CN = a device that the table lists with exactly this certificate. Service: a
/// certificate signed by `service_authority` with the SAN URI `urn:watchglass:service:<name>`, client id
/// `service-<name>-<anything>`. Fails with one of codes.h.
Result<Principal> admit(const Knock& knock, const AccessTable& table,
                        const std::optional<security::Certificate>& service_authority);

enum class Deed {
    publish,
    will,  ///< the message left with CONNECT, asked about when it is due
    subscribe,
    receive  ///< asked per delivery
};

/// May it do this? `topic` is a filter when it subscribes. QoS 2 is refused to everybody, `retain` to all but a
/// device's own status.
[[nodiscard]] bool may(const Principal& principal, Deed deed, std::string_view topic, int qos, bool retain);

}  // namespace watchglass::broker
