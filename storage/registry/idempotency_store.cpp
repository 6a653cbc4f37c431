// SPDX-License-Identifier: Apache-2.0
#include "storage/registry/idempotency_store.h"

#include "storage/registry/digest_column.h"

namespace watchglass::storage {

Result<std::optional<KeptAnswer>> reserve_answer(UnitOfWork& unit, const security::Sha256& caller,
                                                 std::string_view key,
                                                 const security::Sha256& request_digest) {
    const auto reserved = unit.run(
        "INSERT INTO watchglass.idempotent_answers (caller, key, request_digest) VALUES ($1, $2, $3) "
        "ON CONFLICT (caller, key) DO NOTHING",
        {caller, key, request_digest});
    if (!reserved) return failed(reserved);
    if (reserved->affected() == 1) return std::nullopt;
    const auto rows = unit.run(
        "SELECT request_digest, status, body FROM watchglass.idempotent_answers WHERE caller = $1 AND key = "
        "$2",
        {caller, key});
    if (!rows) return failed(rows);
    if (rows->empty()) return std::nullopt;
    const Row row = (*rows)[0];
    return std::optional{KeptAnswer{.request_digest = digest_column(row, 0).value_or(security::Sha256{}),
                                    .status = row.int32(1),
                                    .body = row.text(2)}};
}

Result<void> keep_answer(UnitOfWork& unit, const security::Sha256& caller, std::string_view key, int status,
                         std::string_view body) {
    const auto kept = unit.run(
        "UPDATE watchglass.idempotent_answers SET status = $3, body = $4 WHERE caller = $1 AND key = $2",
        {caller, key, std::int32_t{status}, body});
    if (!kept) return failed(kept);
    const auto forgotten =
        unit.run("DELETE FROM watchglass.idempotent_answers WHERE at < clock_timestamp() - interval '1 day'");
    if (!forgotten) return failed(forgotten);
    return {};
}

}  // namespace watchglass::storage
