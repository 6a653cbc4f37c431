// SPDX-License-Identifier: Apache-2.0
#include "storage/telemetry/device_directory.h"

#include "storage/telemetry/columns.h"

namespace watchglass::storage {
namespace {

const std::string select_sql =
    "SELECT d.device_id, d.tenant, d.device, d.state, t.retention_class,"
    " (extract(epoch FROM c.keep) * 1000000)::bigint "
    "FROM watchglass.devices d JOIN watchglass.tenants t USING (tenant) "
    "JOIN watchglass.retention_classes c ON c.class = t.retention_class ";

Result<KnownDevice> device_of(const Row& row) {
    auto id = DeviceId::parse(row.view(0));
    if (!id) return failed(id);
    return KnownDevice{std::move(*id), columns::device_key(row, 1), row.text(3), RetentionClass{row.int16(4)},
                       Microseconds{row.int64(5)}};
}

}  // namespace

Result<std::vector<KnownDevice>> load_devices(Connection& connection, std::string_view shards) {
    auto rows =
        connection.run(select_sql + "WHERE left(d.device_id, 1) = ANY (string_to_array($1, NULL))", {shards});
    if (!rows) return failed(rows);
    std::vector<KnownDevice> devices;
    devices.reserve(static_cast<std::size_t>(rows->size()));
    for (const Row row : *rows) {
        auto device = device_of(row);
        if (!device) return failed(device);
        devices.push_back(std::move(*device));
    }
    return devices;
}

Result<std::optional<KnownDevice>> find_device(Connection& connection, const DeviceId& device) {
    auto rows = connection.run(select_sql + "WHERE d.device_id = $1", {device});
    if (!rows) return failed(rows);
    if (rows->empty()) return std::nullopt;
    auto found = device_of((*rows)[0]);
    if (!found) return failed(found);
    return std::move(*found);
}

}  // namespace watchglass::storage
