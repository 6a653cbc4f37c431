// SPDX-License-Identifier: Apache-2.0
#include "libs/security/secret.h"
#include "provisioning/api/answers.h"
#include "provisioning/api/endpoints.h"
#include "provisioning/codes.h"
#include "schemas/values/ticket.h"
#include "storage/registry/ticket_store.h"

namespace watchglass::provisioning::api {

Result<MadeTicket> add_ticket(Context& context, storage::UnitOfWork& unit, const Caller& caller,
                              const storage::RegisteredDevice& device) {
    if (auto allowed = authorize(caller, Action::make_ticket, device.key.tenant); !allowed)
        return failed(allowed);
    if (device.state == "revoked" || device.state == "retired") {
        return failed(Failure{codes::device_closed, Next::give_up, "Its state is " + device.state + ".", {}});
    }
    const auto secret = security::generate_secret();
    if (!secret) return failed(secret);
    const WallTime now = context.clock.wall();
    const WallTime expires = now + context.ticket_lifetime;
    const auto added = storage::add_ticket(unit, {.device = device.key,
                                                  .secret_digest = secret_digest(*secret),
                                                  .made_by = caller.name(),
                                                  .made_at = now,
                                                  .expires_at = expires});
    if (!added) return failed(added);
    auto entry = caller.audit("ticket.made");
    entry.tenant = device.key.tenant;
    entry.device = device.id.text();
    entry.detail = json::Value::object({{"expires_at", to_rfc3339(expires)}}).dump();
    if (auto audited = storage::append_audit(unit, entry); !audited) return failed(audited);
    const EnrollmentTicket ticket{context.face.host, context.face.port, *secret, context.face.root_pin};
    return MadeTicket{to_text(ticket), expires};
}

http::Response make_ticket(Context& context, const http::Request& request) {
    return as_operator(context, request, Action::make_ticket,
                       [&](storage::UnitOfWork& unit, const Caller& caller) -> Result<http::Response> {
                           const auto device = device_of(unit, request, caller.who.tenant);
                           if (!device) return failed(device);
                           const auto ticket = add_ticket(context, unit, caller, *device);
                           if (!ticket) return failed(ticket);
                           return http::created(
                               json::Value::object({{"device", device->id.text()},
                                                    {"ticket", ticket->text},
                                                    {"expires_at", to_rfc3339(ticket->expires_at)}}),
                               "/v1/devices/" + device->id.text());
                       });
}

}  // namespace watchglass::provisioning::api
