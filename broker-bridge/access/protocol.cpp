// SPDX-License-Identifier: Apache-2.0
#include "broker-bridge/access/protocol.h"

#include <algorithm>
#include <utility>

#include "broker-bridge/access/codes.h"
#include "libs/foundation/bytes.h"
#include "libs/json/json.h"

namespace watchglass::broker {

namespace {

using json::Value;

tl::unexpected<Failure> malformed(std::string why) {
    return failed(Failure{codes::malformed_line, Next::tell_operator, std::move(why), ""});
}
template <class T>
tl::unexpected<Failure> malformed(const Result<T>& inner) {
    return malformed(inner.error().message());
}

Result<Fingerprint> read_fingerprint(std::string_view text) {
    const auto bytes = from_hex(text);
    if (!bytes || bytes->size() != Fingerprint{}.size())
        return malformed("A fingerprint is 64 hexadecimal digits.");
    Fingerprint fingerprint{};
    std::copy(bytes->begin(), bytes->end(), fingerprint.begin());
    return fingerprint;
}

Result<DeviceId> read_device(const Value& in) {
    const auto text = in.as_text();
    if (!text) return malformed(text);
    auto device = DeviceId::parse(*text);
    if (!device) return malformed(device);
    return *std::move(device);
}

/// The two items of `[device, something]`.
Result<std::pair<DeviceId, Value>> read_pair(const Value& in) {
    if (in.items().size() != 2) return malformed("An entry has two items.");
    auto device = read_device(in.items()[0]);
    if (!device) return failed(device);
    return std::pair{*std::move(device), in.items()[1]};
}

bool read_more(const Value& in) { return in.boolean("more").value_or(false); }

Result<ToPlugin> read_snapshot(const Value& in) {
    const auto through = in.integer("through");
    if (!through) return malformed(through);
    const auto* allow = in.find("allow");
    if (allow == nullptr || !allow->is_array()) return malformed("A snapshot has a list `allow`.");
    SnapshotPart part{.part = {.through = *through, .allow = {}}, .more = read_more(in)};
    for (const auto& item : allow->items()) {
        auto entry = read_pair(item);
        if (!entry) return failed(entry);
        const auto hex = entry->second.as_text();
        if (!hex) return malformed(hex);
        const auto fingerprint = read_fingerprint(*hex);
        if (!fingerprint) return failed(fingerprint);
        part.part.allow.emplace_back(std::move(entry->first), *fingerprint);
    }
    return part;
}

Result<ToPlugin> read_change(const Value& in) {
    const auto n = in.integer("n");
    if (!n) return malformed(n);
    const auto op = in.text("op");
    if (!op) return malformed(op);
    if (*op != "allow" && *op != "deny") return malformed("`op` is allow or deny.");
    const auto* name = in.find("device");
    if (name == nullptr) return malformed("A change names a `device`.");
    auto device = read_device(*name);
    if (!device) return failed(device);
    const auto hex = in.text("fingerprint");
    if (!hex) return malformed(hex);
    const auto fingerprint = read_fingerprint(*hex);
    if (!fingerprint) return failed(fingerprint);
    return Change{.n = *n,
                  .op = *op == "allow" ? Op::allow : Op::deny,
                  .device = *std::move(device),
                  .fingerprint = *fingerprint};
}

Result<FromPlugin> read_presence(const Value& in) {
    const auto* name = in.find("device");
    if (name == nullptr) return malformed("Presence names a `device`.");
    auto device = read_device(*name);
    if (!device) return failed(device);
    const auto state = in.text("state");
    if (!state) return malformed(state);
    if (*state != "connected" && *state != "disconnected")
        return malformed("`state` is connected or disconnected.");
    const auto at = in.integer("at_us");
    if (!at) return malformed(at);
    return PresenceChange{.device = *std::move(device),
                          .connected = *state == "connected",
                          .reason = in.text_or("reason", ""),
                          .at = WallTime{*at}};
}

Result<FromPlugin> read_present(const Value& in) {
    const auto* devices = in.find("devices");
    if (devices == nullptr || !devices->is_array()) return malformed("`present` has a list `devices`.");
    PresentPart part{.devices = {}, .more = read_more(in)};
    for (const auto& item : devices->items()) {
        auto entry = read_pair(item);
        if (!entry) return failed(entry);
        const auto at = entry->second.as_integer();
        if (!at) return malformed(at);
        part.devices.push_back({.device = std::move(entry->first),
                                .connected = true,
                                .reason = "admitted",
                                .at = WallTime{*at}});
    }
    return part;
}

Result<FromPlugin> read_counts(const Value& in) {
    Counts counts{.admitted = in.integer("admitted").value_or(0),
                  .denied_operations = in.integer("denied_operations").value_or(0),
                  .refused = {}};
    if (const auto* refused = in.find("refused")) {
        for (const auto& [code, count] : refused->members())
            counts.refused[code] = count.as_integer().value_or(0);
    }
    return counts;
}

Value to_json(const Hello& hello) {
    return Value::object({{"hello", Value::object({{"have", hello.have}})}});
}

Value to_json(const Confirmed& confirmed) { return Value::object({{"confirmed", confirmed.through}}); }

Value to_json(const PresenceChange& change) {
    return Value::object(
        {{"presence", Value::object({{"device", change.device.text()},
                                     {"state", change.connected ? "connected" : "disconnected"},
                                     {"reason", change.reason},
                                     {"at_us", change.at.us}})}});
}

Value to_json(const PresentPart& part) {
    Value::Array devices;
    for (const auto& one : part.devices)
        devices.push_back(Value::array({Value(one.device.text()), Value(one.at.us)}));
    return Value::object(
        {{"present", Value::object({{"devices", Value::array(std::move(devices))}, {"more", part.more}})}});
}

Value to_json(const Counts& counts) {
    auto refused = Value::object();
    for (const auto& [code, count] : counts.refused) refused.set(code, count);
    return Value::object({{"counts", Value::object({{"admitted", counts.admitted},
                                                    {"denied_operations", counts.denied_operations},
                                                    {"refused", std::move(refused)}})}});
}

Value to_json(const SnapshotPart& part) {
    Value::Array allow;
    for (const auto& [device, fingerprint] : part.part.allow)
        allow.push_back(Value::array({Value(device.text()), Value(to_hex(fingerprint))}));
    return Value::object({{"snapshot", Value::object({{"through", part.part.through},
                                                      {"allow", Value::array(std::move(allow))},
                                                      {"more", part.more}})}});
}

Value to_json(const Change& change) {
    return Value::object({{"n", change.n},
                          {"op", change.op == Op::allow ? "allow" : "deny"},
                          {"device", change.device.text()},
                          {"fingerprint", to_hex(change.fingerprint)}});
}

}  // namespace

std::string to_line(const FromPlugin& message) {
    return std::visit([](const auto& m) { return to_json(m).dump(); }, message);
}

std::string to_line(const ToPlugin& message) {
    return std::visit([](const auto& m) { return to_json(m).dump(); }, message);
}

Result<FromPlugin> read_from_plugin(std::string_view line) {
    const auto parsed = json::parse(line);
    if (!parsed) return malformed(parsed);
    if (const auto* hello = parsed->find("hello")) {
        const auto have = hello->integer("have");
        if (!have) return malformed(have);
        return Hello{*have};
    }
    if (const auto* confirmed = parsed->find("confirmed")) {
        const auto through = confirmed->as_integer();
        if (!through) return malformed(through);
        return Confirmed{*through};
    }
    if (const auto* presence = parsed->find("presence")) return read_presence(*presence);
    if (const auto* present = parsed->find("present")) return read_present(*present);
    if (const auto* counts = parsed->find("counts")) return read_counts(*counts);
    return malformed("The plugin says nothing of this form.");
}

Result<ToPlugin> read_to_plugin(std::string_view line) {
    const auto parsed = json::parse(line);
    if (!parsed) return malformed(parsed);
    if (const auto* snapshot = parsed->find("snapshot")) return read_snapshot(*snapshot);
    if (parsed->find("n") != nullptr) return read_change(*parsed);
    return malformed("watchglass-bridged says nothing of this form.");
}

std::vector<SnapshotPart> in_parts(const Snapshot& snapshot) {
    std::vector<SnapshotPart> parts;
    std::size_t done = 0;
    do {
        const auto count = std::min(entries_per_line, snapshot.allow.size() - done);
        const auto first = snapshot.allow.begin() + static_cast<std::ptrdiff_t>(done);
        done += count;
        parts.push_back({.part = {.through = snapshot.through,
                                  .allow = {first, first + static_cast<std::ptrdiff_t>(count)}},
                         .more = done < snapshot.allow.size()});
    } while (done < snapshot.allow.size());
    return parts;
}

std::vector<PresentPart> in_parts(const std::vector<PresenceChange>& present) {
    std::vector<PresentPart> parts;
    std::size_t done = 0;
    do {
        const auto count = std::min(entries_per_line, present.size() - done);
        const auto first = present.begin() + static_cast<std::ptrdiff_t>(done);
        done += count;
        parts.push_back(
            {.devices = {first, first + static_cast<std::ptrdiff_t>(count)}, .more = done < present.size()});
    } while (done < present.size());
    return parts;
}

}  // namespace watchglass::broker
