// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "storage/postgres/unit_of_work.h"
#include "storage/telemetry/rows.h"

/// The registry of instruments. A device never changes its tenant.
namespace watchglass::storage {

struct RegisteredDevice {
    DeviceKey key;
    DeviceId id;
    std::string tenant;  ///< its name
    std::string site, model, serial;
    std::string state;  ///< registered, enrolled, quarantined, suspended, revoked, retired
    std::optional<std::string> dictionary;
    WallTime created_at, changed_at;
};

struct NewDevice {
    TenantNumber tenant{};
    DeviceId id;
    std::string site, model, serial;
    std::optional<std::string> dictionary;
};

struct RegistryPage {
    std::vector<RegisteredDevice> items;
    std::optional<DeviceKey> next;  ///< go on after this one
};

struct AddedDevice {
    RegisteredDevice device;
    bool was_there = false;  ///< the instrument has a live registration: this one; nothing was added
};

/// In state `registered`. An instrument is its tenant, model and serial number; it has one registration that is
/// neither revoked nor retired.
Result<AddedDevice> add_device(UnitOfWork& unit, const NewDevice& device);

/// Whether a dictionary of this name is installed for everyone or for this tenant.
Result<bool> has_dictionary(UnitOfWork& unit, TenantNumber tenant, std::string_view name);

/// Nothing when it is not there or belongs to another tenant than `scope` (nothing: any tenant).
Result<std::optional<RegisteredDevice>> find_registered(UnitOfWork& unit, const DeviceId& device,
                                                        std::optional<TenantNumber> scope);

/// The same of any tenant, locked until the unit of work ends: nobody suspends or revokes it meanwhile.
Result<std::optional<RegisteredDevice>> lock_registered(UnitOfWork& unit, const DeviceId& device);

/// The same by its key.
Result<std::optional<RegisteredDevice>> lock_registered(UnitOfWork& unit, const DeviceKey& device);

/// In the order of registration within a tenant.
Result<RegistryPage> list_registered(UnitOfWork& unit, std::optional<TenantNumber> scope,
                                     std::optional<DeviceKey> after, int limit);

/// Does nothing when it has that state already.
Result<void> set_device_state(UnitOfWork& unit, const RegisteredDevice& device, std::string_view state);

Result<std::optional<TenantNumber>> find_tenant(UnitOfWork& unit, std::string_view name);

}  // namespace watchglass::storage
