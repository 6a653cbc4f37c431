// SPDX-License-Identifier: Apache-2.0
#include "storage/registry/ticket_store.h"

#include "storage/registry/digest_column.h"

namespace watchglass::storage {

Result<void> add_ticket(UnitOfWork& unit, const NewTicket& ticket) {
    const auto added = unit.run(
        "INSERT INTO watchglass.tickets (tenant, device, secret_digest, made_by, made_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        {ticket.device.tenant, ticket.device.device, ticket.secret_digest, ticket.made_by, ticket.made_at,
         ticket.expires_at});
    if (!added) return failed(added);
    return {};
}

Result<std::optional<StoredTicket>> lock_ticket(UnitOfWork& unit, const security::Sha256& secret_digest) {
    const auto rows = unit.run(
        "SELECT t.tenant, t.device, d.device_id, t.ticket, t.expires_at, t.spent_key, t.voided_at IS NOT "
        "NULL "
        "FROM watchglass.tickets t JOIN watchglass.devices d USING (tenant, device) "
        "WHERE t.secret_digest = $1 FOR UPDATE OF t",
        {secret_digest});
    if (!rows) return failed(rows);
    if (rows->empty()) return std::nullopt;
    const Row row = (*rows)[0];
    auto device = DeviceId::parse(row.view(2));
    if (!device) return failed(device);
    return std::optional{StoredTicket{.device = {TenantNumber{row.int32(0)}, DeviceNumber{row.int32(1)}},
                                      .device_id = std::move(*device),
                                      .number = row.int64(3),
                                      .expires_at = row.time(4),
                                      .spent_key = digest_column(row, 5),
                                      .voided = row.boolean(6)}};
}

Result<void> spend_ticket(UnitOfWork& unit, const StoredTicket& ticket, const security::Sha256& public_key,
                          WallTime now) {
    const auto spent = unit.run(
        "UPDATE watchglass.tickets SET spent_at = $4, spent_key = $5 "
        "WHERE tenant = $1 AND device = $2 AND ticket = $3 AND spent_at IS NULL",
        {ticket.device.tenant, ticket.device.device, ticket.number, now, public_key});
    if (!spent) return failed(spent);
    if (spent->affected() != 1) {
        return failed(
            Failure{watchglass::codes::internal_error, Next::tell_operator, {}, "ticket spent while locked"});
    }
    return {};
}

}  // namespace watchglass::storage
