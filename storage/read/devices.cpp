// SPDX-License-Identifier: Apache-2.0
#include "storage/read/devices.h"

namespace watchglass::storage {
namespace {

const std::string select_sql =
    "SELECT d.device_id, d.tenant, d.site, d.model, d.serial, d.state, d.dictionary, d.created_at,"
    " (SELECT max(l.heard) FROM watchglass.latest_values l WHERE l.tenant = d.tenant AND l.device = "
    "d.device), t.name, p.state, p.reason, p.since "
    "FROM watchglass.devices d JOIN watchglass.tenants t USING (tenant) "
    "LEFT JOIN watchglass.presence p ON p.tenant = d.tenant AND p.device = d.device ";

Result<DeviceSummary> summary_of(const Row& row) {
    auto id = DeviceId::parse(row.view(0));
    if (!id) return failed(id);
    DeviceSummary device{.id = std::move(*id),
                         .tenant = TenantNumber{row.int32(1)},
                         .tenant_name = row.text(9),
                         .site = row.text(2),
                         .model = row.text(3),
                         .serial = row.text(4),
                         .state = row.text(5),
                         .dictionary = row.optional_text(6),
                         .created_at = row.time(7),
                         .heard = row.optional_time(8),
                         .presence = std::nullopt};
    if (const auto since = row.optional_time(12)) device.presence = {row.text(10), row.text(11), *since};
    return device;
}

}  // namespace

Result<DevicePage> list_devices(UnitOfWork& unit, const Page& page) {
    auto rows = unit.run(select_sql + "WHERE d.device_id > $1 ORDER BY d.device_id LIMIT $2",
                         {page.after, page.limit + 1});
    if (!rows) return failed(rows);
    DevicePage out;
    for (const Row row : *rows) {
        if (static_cast<int>(out.items.size()) == page.limit) {
            out.next = out.items.back().id.text();
            break;
        }
        auto summary = summary_of(row);
        if (!summary) return failed(summary);
        out.items.push_back(std::move(*summary));
    }
    return out;
}

Result<std::optional<DeviceSummary>> show_device(UnitOfWork& unit, const DeviceId& device) {
    auto rows = unit.run(select_sql + "WHERE d.device_id = $1", {device});
    if (!rows) return failed(rows);
    if (rows->empty()) return std::nullopt;
    auto summary = summary_of((*rows)[0]);
    if (!summary) return failed(summary);
    return std::move(*summary);
}

}  // namespace watchglass::storage
