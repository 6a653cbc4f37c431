// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/api/context.h"
#include "schemas/values/identifiers.h"

/// The parts of requests that several endpoints share.
namespace watchglass::console {

/// `{device}` of the path. A malformed id is a device that does not exist.
Answered<DeviceId> device_of(const http::Request& request);

/// console.no_such_device when it is not there for who asks: a misspelled id must not look like an empty answer.
Answered<void> must_exist(storage::UnitOfWork& unit, const DeviceId& device);

/// `cursor` and `limit` (1 to 10,000).
Answered<storage::Page> page_of(const http::Request& request, int usual_limit);

/// A moment: RFC 3339, or an age before `now` ("15m").
Answered<WallTime> moment_of(const http::Request& request, std::string_view name, WallTime now,
                             WallTime otherwise);

/// `since` (inclusive) and `until` (exclusive; usually as far ahead of our clock as a reading may lie).
struct TimeRange {
    WallTime since;
    WallTime until;
};
Answered<TimeRange> range_of(const Context& context, const http::Request& request, WallTime usual_since);

/// `{"items": [...], "next": cursor or null}`
json::Value collection(json::Value::Array items, const std::optional<std::string>& next);

}  // namespace watchglass::console
