// SPDX-License-Identifier: Apache-2.0
#include "storage/registry/operator_store.h"

namespace watchglass::storage {

Result<void> put_operator(UnitOfWork& unit, const Operator& who) {
    const auto put = unit.run(
        "INSERT INTO watchglass.operators (fingerprint, name, role, tenant) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (fingerprint) DO UPDATE SET name = $2, role = $3, tenant = $4, removed_at = NULL",
        {who.fingerprint, who.name, who.role, who.tenant});
    if (!put) return failed(put);
    return {};
}

Result<std::optional<Operator>> find_operator(UnitOfWork& unit, const security::Sha256& fingerprint) {
    const auto rows = unit.run(
        "SELECT name, role, tenant FROM watchglass.operators WHERE fingerprint = $1 AND removed_at IS NULL",
        {fingerprint});
    if (!rows) return failed(rows);
    if (rows->empty()) return std::nullopt;
    const Row row = (*rows)[0];
    Operator found{
        .fingerprint = fingerprint, .name = row.text(0), .role = row.text(1), .tenant = std::nullopt};
    if (!row.is_null(2)) found.tenant = TenantNumber{row.int32(2)};
    return std::optional{std::move(found)};
}

}  // namespace watchglass::storage
