// SPDX-License-Identifier: Apache-2.0
#include "storage/broker/presence_store.h"

#include "storage/postgres/unit_of_work.h"

namespace watchglass::storage {

namespace {

std::vector<std::string> device_ids(const std::vector<PresenceRow>& rows) {
    std::vector<std::string> ids;
    for (const auto& row : rows) ids.push_back(row.device.text());
    return ids;
}

}  // namespace

Result<void> store_presence(Connection& connection, std::string_view broker,
                            const std::vector<PresenceRow>& rows) {
    std::vector<std::string> states;
    std::vector<std::string> reasons;
    std::vector<WallTime> since;
    for (const auto& row : rows) {
        states.emplace_back(row.connected ? "connected" : "disconnected");
        reasons.push_back(row.reason);
        since.push_back(row.since);
    }
    const auto done = connection.run_prepared(
        "INSERT INTO watchglass.presence AS p (tenant, device, broker, state, reason, since)"
        " SELECT d.tenant, d.device, $1, u.state, u.reason, u.since"
        " FROM unnest($2, $3, $4, $5) u (device_id, state, reason, since) JOIN watchglass.devices d USING "
        "(device_id)"
        " ON CONFLICT (tenant, device) DO UPDATE SET broker = excluded.broker, state = excluded.state,"
        " reason = excluded.reason, since = excluded.since WHERE p.since <= excluded.since",
        {broker, device_ids(rows), states, reasons, since});
    if (!done) return failed(done);
    return {};
}

Result<void> replace_presence(Connection& connection, std::string_view broker,
                              const std::vector<PresenceRow>& rows) {
    auto work = UnitOfWork::begin(connection);
    if (!work) return failed(work);
    const auto ended = work->run(
        "UPDATE watchglass.presence p SET state = 'disconnected', reason = 'broker_restarted', since = "
        "clock_timestamp()"
        " FROM watchglass.devices d WHERE p.broker = $1 AND p.state = 'connected' AND d.tenant = p.tenant"
        " AND d.device = p.device AND NOT (d.device_id = ANY ($2))",
        {broker, device_ids(rows)});
    if (!ended) return failed(ended);
    if (auto stored = store_presence(connection, broker, rows); !stored) return stored;
    auto outcome = work->commit();
    if (outcome.committed == Committed::yes) return {};
    return failed(*std::move(outcome.failure));  // unknown too: doing it again does no harm
}

}  // namespace watchglass::storage
