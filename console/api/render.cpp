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

json::Value text_or_null(const std::optional<std::string>& text) {
    return text ? json::Value(*text) : json::Value();
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

json::Value presence_json(const std::optional<storage::DevicePresence>& presence, WallTime now) {
    if (!presence) return {};
    return json::Value::object({{"state", presence->state},
                                {"reason", presence->reason},
                                {"since", to_rfc3339(presence->since)},
                                {"age_s", age_seconds(presence->since, now)}});
}

json::Value clock_json(const std::optional<storage::DeviceClock>& clock, WallTime now) {
    if (!clock) return {};
    return json::Value::object({{"quality", to_text(clock->quality)},
                                {"error_s", clock->error_seconds},
                                {"checked", to_rfc3339(clock->checked)},
                                {"checked_age_s", age_seconds(clock->checked, now)}});
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
    return json::Value::object({{"device", device.id.text()},
                                {"tenant", device.tenant_name},
                                {"site", device.site},
                                {"model", device.model},
                                {"serial", device.serial},
                                {"state", device.state},
                                {"dictionary", text_or_null(device.dictionary)},
                                {"created_at", to_rfc3339(device.created_at)},
                                {"heard", time_or_null(device.heard)},
                                {"heard_age_s", age_or_null(device.heard, now)},
                                {"presence", presence_json(device.presence, now)}});
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

json::Value to_json(const storage::DeviceHealth& health, WallTime now) {
    return json::Value::object({{"device", health.id.text()},
                                {"site", health.site},
                                {"model", health.model},
                                {"serial", health.serial},
                                {"state", health.state},
                                {"presence", presence_json(health.presence, now)},
                                {"staleness", health.staleness},
                                {"heard", time_or_null(health.heard)},
                                {"heard_age_s", age_or_null(health.heard, now)},
                                {"newest_reading", time_or_null(health.newest_reading)},
                                {"newest_reading_age_s", age_or_null(health.newest_reading, now)},
                                {"catching_up", health.catching_up},
                                {"clock", clock_json(health.clock, now)},
                                {"active_alarms", health.active_alarms},
                                {"worst_severity", text_or_null(health.worst_severity)},
                                {"parameters", health.parameters},
                                {"parameters_silent", health.parameters_silent},
                                {"frames_lost", health.frames_lost},
                                {"frames_lost_last_day", health.frames_lost_last_day},
                                {"quarantined", health.quarantined},
                                {"quarantined_last_day", health.quarantined_last_day},
                                {"possible_repeats", health.possible_repeats}});
}

json::Value to_json(const storage::ActiveAlarm& alarm, WallTime now) {
    return json::Value::object({{"name", alarm.name},
                                {"severity", alarm.severity},
                                {"sub_device", alarm.sub_device},
                                {"raised", to_rfc3339(alarm.raised)},
                                {"raised_age_s", age_seconds(alarm.raised, now)},
                                {"t", to_rfc3339(alarm.t)},
                                {"parameter", text_or_null(alarm.parameter)},
                                {"value", value_json(alarm.value, std::nullopt)},
                                {"symbol", unit_symbol(alarm.unit.value_or(""))},
                                {"text", alarm.text}});
}

json::Value to_json(const storage::DeviceEvent& event) {
    return json::Value::object({{"t", to_rfc3339(event.t)},
                                {"kind", event.kind},
                                {"severity", event.severity},
                                {"name", event.name},
                                {"sub_device", event.sub_device},
                                {"parameter", text_or_null(event.parameter)},
                                {"value", value_json(event.value, std::nullopt)},
                                {"symbol", unit_symbol(event.unit.value_or(""))},
                                {"text", event.text},
                                {"received", to_rfc3339(event.received)},
                                {"clock_quality", to_text(event.clock_quality)},
                                {"device_t", time_or_null(event.device_t)}});
}

json::Value to_json(const storage::DeviceGap& gap) {
    return json::Value::object(
        {{"what", gap.repeat ? "possible_repeat" : "gap"},
         {"lane", gap.lane},
         {"epoch", gap.epoch},
         {"from_seq", gap.from_seq},
         {"to_seq", gap.to_seq},
         {"frames", gap.frames()},
         {"cause", text_or_null(gap.cause)},
         {"changes_lost", gap.changes_lost ? json::Value(*gap.changes_lost) : json::Value()},
         {"received", to_rfc3339(gap.received)}});
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
