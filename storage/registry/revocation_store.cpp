// SPDX-License-Identifier: Apache-2.0
#include "storage/registry/revocation_store.h"

namespace watchglass::storage {

namespace {

const std::string select_head =
    "SELECT number, this_update, next_update, EXISTS (SELECT FROM watchglass.certificates "
    "WHERE state = 'revoked' AND listed_in IS NULL) FROM watchglass.revocation_list";

Result<RevocationListHead> head_of(const Result<Rows>& rows) {
    if (!rows) return failed(rows);
    const Row row = (*rows)[0];
    return RevocationListHead{.number = row.int64(0),
                              .this_update = row.time(1),
                              .next_update = row.time(2),
                              .incomplete = row.boolean(3)};
}

}  // namespace

Result<RevocationListHead> find_revocation_list_head(UnitOfWork& unit) {
    return head_of(unit.run_prepared(select_head));
}

Result<RevocationListHead> lock_revocation_list_head(UnitOfWork& unit) {
    // Two statements: what is read after the wait for the lock sees what the holder before has committed.
    if (const auto locked = unit.run("SELECT FROM watchglass.revocation_list FOR UPDATE"); !locked)
        return failed(locked);
    return head_of(unit.run(select_head));
}

Result<std::vector<RevokedCertificate>> enter_revoked(UnitOfWork& unit, std::int64_t number, WallTime now) {
    const auto entered = unit.run(
        "UPDATE watchglass.certificates SET listed_in = $1 WHERE state = 'revoked' AND listed_in IS NULL",
        {number});
    if (!entered) return failed(entered);
    // By the mark and not by the state: what is revoked between the two statements waits for the next list.
    const auto rows = unit.run(
        "SELECT serial, revoked_at FROM watchglass.certificates WHERE listed_in IS NOT NULL AND not_after > "
        "$1 ORDER BY serial",
        {now});
    if (!rows) return failed(rows);
    std::vector<RevokedCertificate> revoked;
    revoked.reserve(static_cast<std::size_t>(rows->size()));
    for (const Row row : *rows) revoked.push_back({.serial = row.text(0), .revoked_at = row.time(1)});
    return revoked;
}

Result<void> keep_revocation_list(UnitOfWork& unit, const RevocationList& list) {
    const auto kept = unit.run(
        "UPDATE watchglass.revocation_list SET number = $1, this_update = $2, next_update = $3, der = $4",
        {list.number, list.this_update, list.next_update, list.der});
    if (!kept) return failed(kept);
    return {};
}

Result<std::optional<Bytes>> current_revocation_list(Connection& connection) {
    const auto rows = connection.run("SELECT der FROM watchglass.revocation_list");
    if (!rows) return failed(rows);
    if (rows->empty() || (*rows)[0].is_null(0)) return std::nullopt;
    const ByteSpan der = (*rows)[0].bytes(0);
    return Bytes(der.begin(), der.end());
}

}  // namespace watchglass::storage
