// SPDX-License-Identifier: Apache-2.0
#include "storage/registry/certificate_store.h"

#include "storage/registry/digest_column.h"

namespace watchglass::storage {

namespace {

const std::string select_issuances =
    "SELECT tenant, device, certificate, state, profile, public_key_der, uri, not_before, not_after, serial, "
    "fingerprint, pem, access_change FROM watchglass.certificates ";

Issuance read_issuance(const Row& row) {
    const ByteSpan key = row.bytes(5);
    return {.device = {TenantNumber{row.int32(0)}, DeviceNumber{row.int32(1)}},
            .number = row.int64(2),
            .state = row.text(3),
            .profile = row.text(4),
            .public_key_der = Bytes(key.begin(), key.end()),
            .uri = row.text(6),
            .not_before = row.time(7),
            .not_after = row.time(8),
            .serial = row.text(9),
            .fingerprint = digest_column(row, 10),
            .chain_pem = row.text(11),
            .access_change = row.int64(12)};
}

Result<std::optional<Issuance>> first_of(const Result<Rows>& rows) {
    if (!rows) return failed(rows);
    if (rows->empty()) return std::nullopt;
    return std::optional{read_issuance((*rows)[0])};
}

}  // namespace

Result<bool> claim_key(UnitOfWork& unit, const DeviceKey& device, const security::Sha256& public_key) {
    const auto claimed = unit.run(
        "INSERT INTO watchglass.device_keys (public_key, tenant, device) VALUES ($1, $2, $3) "
        "ON CONFLICT (public_key) DO NOTHING",
        {public_key, device.tenant, device.device});
    if (!claimed) return failed(claimed);
    const auto owner =
        unit.run("SELECT tenant = $2 AND device = $3 FROM watchglass.device_keys WHERE public_key = $1",
                 {public_key, device.tenant, device.device});
    if (!owner) return failed(owner);
    return !owner->empty() && (*owner)[0].boolean(0);
}

Result<std::int64_t> begin_issuance(UnitOfWork& unit, const NewIssuance& issuance) {
    const auto rows = unit.run(
        "INSERT INTO watchglass.certificates (tenant, device, state, profile, public_key, public_key_der, "
        "uri, "
        "not_before, not_after, ticket, requested_at) "
        "VALUES ($1, $2, 'being_issued', $3, $4, $5, $6, $7, $8, $9, $10) RETURNING certificate",
        {issuance.device.tenant, issuance.device.device, issuance.profile, issuance.public_key,
         issuance.public_key_der, issuance.uri, issuance.not_before, issuance.not_after, issuance.ticket,
         issuance.requested_at});
    if (!rows) return failed(rows);
    return (*rows)[0].int64(0);
}

Result<std::optional<Issuance>> newest_issuance(UnitOfWork& unit, const DeviceKey& device,
                                                const security::Sha256& public_key) {
    return first_of(unit.run(
        select_issuances + "WHERE tenant = $1 AND device = $2 AND public_key = $3 AND state <> 'revoked' "
                           "ORDER BY certificate DESC LIMIT 1",
        {device.tenant, device.device, public_key}));
}

Result<std::optional<Issuance>> lock_issuance(UnitOfWork& unit, const DeviceKey& device,
                                              std::int64_t number) {
    return first_of(
        unit.run(select_issuances + "WHERE tenant = $1 AND device = $2 AND certificate = $3 FOR UPDATE",
                 {device.tenant, device.device, number}));
}

Result<std::int64_t> finish_issuance(UnitOfWork& unit, const Issuance& issuance, const DeviceId& device,
                                     const SignedCertificate& certificate) {
    const auto rows = unit.run(
        "UPDATE watchglass.certificates SET state = 'issued', serial = $4, fingerprint = $5, pem = $6, "
        "issued_at = $7, "
        "access_change = watchglass.append_access_change($8, $5, 'allow') "
        "WHERE tenant = $1 AND device = $2 AND certificate = $3 AND state = 'being_issued' RETURNING "
        "access_change",
        {issuance.device.tenant, issuance.device.device, issuance.number, certificate.serial,
         certificate.fingerprint, certificate.chain_pem, certificate.issued_at, device});
    if (!rows) return failed(rows);
    if (rows->empty()) {
        return failed(Failure{
            watchglass::codes::internal_error, Next::tell_operator, {}, "issuance changed while locked"});
    }
    return (*rows)[0].int64(0);
}

Result<void> revoke_certificates(UnitOfWork& unit, const DeviceKey& device, WallTime now) {
    const auto revoked = unit.run(
        "UPDATE watchglass.certificates SET state = 'revoked', revoked_at = $3 "
        "WHERE tenant = $1 AND device = $2 AND state = 'issued'",
        {device.tenant, device.device, now});
    if (!revoked) return failed(revoked);
    return {};
}

Result<std::optional<Issuance>> find_certificate(UnitOfWork& unit, const security::Sha256& fingerprint) {
    return first_of(unit.run(select_issuances + "WHERE fingerprint = $1", {fingerprint}));
}

Result<void> withdraw_certificate(UnitOfWork& unit, const Issuance& issuance, const DeviceId& device,
                                  WallTime now) {
    const auto revoked = unit.run(
        "UPDATE watchglass.certificates SET state = 'revoked', revoked_at = $4, "
        "access_change = watchglass.append_access_change($5, fingerprint, 'deny') "
        "WHERE tenant = $1 AND device = $2 AND certificate = $3 AND state = 'issued'",
        {issuance.device.tenant, issuance.device.device, issuance.number, now, device});
    if (!revoked) return failed(revoked);
    return {};
}

Result<void> stop_admitting_expired(UnitOfWork& unit, const DeviceKey& key, const DeviceId& device,
                                    WallTime now) {
    const auto denied = unit.run(
        "SELECT watchglass.append_access_change($4, c.fingerprint, 'deny') FROM watchglass.certificates c "
        "JOIN watchglass.access_current a ON a.device_id = $4 AND a.fingerprint = c.fingerprint "
        "WHERE c.tenant = $1 AND c.device = $2 AND c.not_after <= $3",
        {key.tenant, key.device, now, device});
    if (!denied) return failed(denied);
    return {};
}

Result<std::vector<Issuance>> certificates_of(UnitOfWork& unit, const DeviceKey& device) {
    const auto rows = unit.run(select_issuances + "WHERE tenant = $1 AND device = $2 ORDER BY certificate",
                               {device.tenant, device.device});
    if (!rows) return failed(rows);
    std::vector<Issuance> all;
    for (const Row row : *rows) all.push_back(read_issuance(row));
    return all;
}

}  // namespace watchglass::storage
