// SPDX-License-Identifier: Apache-2.0
#include "console/api/render.h"

#include <cmath>

#include "libs/foundation/bytes.h"
#include "schemas/codec/quarantine_reasons.h"
#include "schemas/values/units.h"

namespace watchglass::console {
namespace {

json::Value age_seconds(WallTime then, WallTime now) {
    return static_cast<double>((now - then).count()) / 1e6;
}

json::Value age_or_null(const std::optional<WallTime>& then, WallTime now) {
    return then ? age_seconds(*then, now) : json::Value();
}

json::Value to_json(const storage::ShardOwner& owner, WallTime now) {
    return json::Value::object({{"name", owner.name},
                                {"host", owner.host},
                                {"pid", owner.pid},
                                {"since", time_or_null(owner.since)},
                                {"since_age_s", age_or_null(owner.since, now)},
                                {"waiting", owner.waiting},
                                {"lag_seconds", owner.lag_seconds},
                                {"told", time_or_null(owner.told)},
                                {"told_age_s", age_or_null(owner.told, now)}});
}

}  // namespace

json::Value time_or_null(const std::optional<WallTime>& time) {
    return time ? json::Value(to_rfc3339(*time)) : json::Value();
}

json::Value value_json(const std::optional<double>& number, const std::optional<std::string>& text,
                       const std::string& type) {
    if (text) return *text;
    if (!number || std::isnan(*number)) return {};
    if (type == "boolean") return *number != 0;
    return *number;
}

json::Value to_json(const storage::DeviceSummary& device, WallTime now) {
    auto presence = json::Value();
    if (device.presence) {
        presence = json::Value::object({{"state", device.presence->state},
                                        {"reason", device.presence->reason},
                                        {"since", to_rfc3339(device.presence->since)},
                                        {"age_s", age_seconds(device.presence->since, now)}});
    }
    return json::Value::object(
        {{"device", device.id.text()},
         {"tenant", device.tenant_name},
         {"site", device.site},
         {"model", device.model},
         {"serial", device.serial},
         {"state", device.state},
         {"dictionary", device.dictionary ? json::Value(*device.dictionary) : json::Value()},
         {"created_at", to_rfc3339(device.created_at)},
         {"heard", time_or_null(device.heard)},
         {"heard_age_s", age_or_null(device.heard, now)},
         {"presence", std::move(presence)}});
}

json::Value to_json(const storage::LatestReading& reading, WallTime now) {
    return json::Value::object({{"sub_device", reading.sub_device},
                                {"parameter", reading.parameter},
                                {"value", value_json(reading.value, reading.text, reading.type)},
                                {"unit", reading.unit},
                                {"symbol", unit_symbol(reading.unit)},
                                {"type", reading.type},
                                {"freshness", reading.freshness},
                                {"changed", to_rfc3339(reading.changed)},
                                {"confirmed", to_rfc3339(reading.confirmed)},
                                {"heard", to_rfc3339(reading.heard)},
                                {"changed_age_s", age_seconds(reading.changed, now)},
                                {"confirmed_age_s", age_seconds(reading.confirmed, now)},
                                {"heard_age_s", age_seconds(reading.heard, now)}});
}

json::Value to_json(const storage::QuarantineItem& item) {
    const Code* reason = codec::codes::find_quarantine_reason(item.code);
    auto json = json::Value::object(
        {{"id", item.id},
         {"device", item.device ? json::Value(item.device->text()) : json::Value()},
         {"topic", item.topic},
         {"received", to_rfc3339(item.received)},
         {"code", item.code},
         {"reason", reason != nullptr ? json::Value(reason->sentence) : json::Value()},
         {"detail", item.detail},
         {"next_step", reason != nullptr ? json::Value(reason->next_step) : json::Value()},
         {"state", item.state},
         {"size", item.size}});
    if (item.stream) {
        json.set("lane", to_text(item.stream->lane));
        // Beyond 2^53 a number would not survive most JSON readers.
        json.set("epoch", std::to_string(item.stream->epoch.value()));
        json.set("seq", item.seq ? json::Value(item.seq->value()) : json::Value());
    }
    return json;
}

json::Value to_json(const storage::ShardState& shard, WallTime now) {
    return json::Value::object({{"shard", shard.shard},
                                {"owner", shard.owner ? to_json(*shard.owner, now) : json::Value()},
                                {"devices", shard.devices},
                                {"heard", time_or_null(shard.heard)},
                                {"heard_age_s", age_or_null(shard.heard, now)}});
}

}  // namespace watchglass::console
