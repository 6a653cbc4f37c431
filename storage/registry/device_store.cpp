// SPDX-License-Identifier: Apache-2.0
#include "storage/registry/device_store.h"

namespace watchglass::storage {

namespace {

const std::string select_devices =
    "SELECT d.tenant, d.device, d.device_id, t.name, d.site, d.model, d.serial, d.state, d.dictionary, "
    "d.created_at, "
    "d.changed_at FROM watchglass.devices d JOIN watchglass.tenants t USING (tenant) ";

Result<RegisteredDevice> read_device(const Row& row) {
    auto id = DeviceId::parse(row.view(2));
    if (!id) return failed(id);
    return RegisteredDevice{.key = {TenantNumber{row.int32(0)}, DeviceNumber{row.int32(1)}},
                            .id = std::move(*id),
                            .tenant = row.text(3),
                            .site = row.text(4),
                            .model = row.text(5),
                            .serial = row.text(6),
                            .state = row.text(7),
                            .dictionary = row.optional_text(8),
                            .created_at = row.time(9),
                            .changed_at = row.time(10)};
}

Result<std::optional<RegisteredDevice>> first_of(const Result<Rows>& rows) {
    if (!rows) return failed(rows);
    if (rows->empty()) return std::nullopt;
    auto found = read_device((*rows)[0]);
    if (!found) return failed(found);
    return std::optional{std::move(*found)};
}

}  // namespace

Result<AddedDevice> add_device(UnitOfWork& unit, const NewDevice& device) {
    const auto added = unit.run(
        "INSERT INTO watchglass.devices (tenant, device_id, site, model, serial, state, dictionary) "
        "VALUES ($1, $2, $3, $4, $5, 'registered', $6) "
        "ON CONFLICT (tenant, model, serial) WHERE state NOT IN ('revoked', 'retired') DO NOTHING",
        {device.tenant, device.id, device.site, device.model, device.serial, device.dictionary});
    if (!added) return failed(added);
    const auto rows = unit.run(select_devices +
                                   "WHERE d.tenant = $1 AND d.model = $2 AND d.serial = $3 "
                                   "AND d.state NOT IN ('revoked', 'retired')",
                               {device.tenant, device.model, device.serial});
    if (!rows) return failed(rows);
    // Empty only when the registration in the way was retired between the two statements.
    if (rows->empty()) {
        return failed(
            Failure{watchglass::codes::internal_error, Next::retry_later, {}, "the registration just ended"});
    }
    auto live = read_device((*rows)[0]);
    if (!live) return failed(live);
    const bool was_there = live->id != device.id;
    return AddedDevice{std::move(*live), was_there};
}

Result<bool> has_dictionary(UnitOfWork& unit, TenantNumber tenant, std::string_view name) {
    const auto rows = unit.run(
        "SELECT FROM watchglass.dictionaries WHERE name = $2 AND (tenant IS NULL OR tenant = $1) LIMIT 1",
        {tenant, name});
    if (!rows) return failed(rows);
    return !rows->empty();
}

Result<std::optional<RegisteredDevice>> find_registered(UnitOfWork& unit, const DeviceId& device,
                                                        std::optional<TenantNumber> scope) {
    return first_of(unit.run(select_devices + "WHERE d.device_id = $1 AND ($2::int IS NULL OR d.tenant = $2)",
                             {device, scope}));
}

Result<std::optional<RegisteredDevice>> lock_registered(UnitOfWork& unit, const DeviceId& device) {
    return first_of(unit.run(select_devices + "WHERE d.device_id = $1 FOR UPDATE OF d", {device}));
}

Result<std::optional<RegisteredDevice>> lock_registered(UnitOfWork& unit, const DeviceKey& device) {
    return first_of(unit.run(select_devices + "WHERE d.tenant = $1 AND d.device = $2 FOR UPDATE OF d",
                             {device.tenant, device.device}));
}

Result<RegistryPage> list_registered(UnitOfWork& unit, std::optional<TenantNumber> scope,
                                     std::optional<DeviceKey> after, int limit) {
    const auto rows =
        unit.run(select_devices +
                     "WHERE ($1::int IS NULL OR d.tenant = $1) AND (d.tenant, d.device) > ($2, $3) "
                     "ORDER BY d.tenant, d.device LIMIT $4",
                 {scope, after ? after->tenant.value() : 0, after ? after->device.value() : 0, limit + 1});
    if (!rows) return failed(rows);
    RegistryPage page;
    for (const Row row : *rows) {
        if (static_cast<int>(page.items.size()) == limit) {
            page.next = page.items.back().key;
            break;
        }
        auto device = read_device(row);
        if (!device) return failed(device);
        page.items.push_back(std::move(*device));
    }
    return page;
}

Result<void> set_device_state(UnitOfWork& unit, const RegisteredDevice& device, std::string_view state) {
    const auto changed = unit.run(
        "UPDATE watchglass.devices SET state = $3, changed_at = clock_timestamp() "
        "WHERE tenant = $1 AND device = $2 AND state <> $3",
        {device.key.tenant, device.key.device, state});
    if (!changed) return failed(changed);
    return {};
}

Result<std::optional<TenantNumber>> find_tenant(UnitOfWork& unit, std::string_view name) {
    const auto rows = unit.run("SELECT tenant FROM watchglass.tenants WHERE name = $1", {name});
    if (!rows) return failed(rows);
    if (rows->empty()) return std::nullopt;
    return std::optional{TenantNumber{(*rows)[0].int32(0)}};
}

}  // namespace watchglass::storage
