// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "libs/http/message.h"
#include "libs/json/json.h"
#include "storage/registry/device_store.h"

/// What requests and answers of the API have in common.
namespace watchglass::provisioning {

/// A problem document with the status that belongs to the failure's code; logged.
http::Response refuse(const Failure& failure, const http::Request& request);

/// The body as a JSON object: json.malformed, json.unexpected, registry.wrong_content_type.
Result<json::Value> json_body(const http::Request& request);

/// A member that is text of 1 to `most` bytes of UTF-8 without control characters: registry.bad_field.
Result<std::string> text_field(const json::Value& body, std::string_view member, std::size_t most = 200);
/// The same; nothing when the member is absent or null.
Result<std::optional<std::string>> optional_text_field(const json::Value& body, std::string_view member,
                                                       std::size_t most = 200);

/// How many items a page shall have, by `limit` of the query: registry.bad_field.
Result<int> page_limit(const http::Request& request);

/// A strong entity tag (RFC 9110, section 8.8.3) of what a GET answers.
std::string etag_of(const json::Value& representation);
/// What an If-Match header demands, if there is one: registry.changed_meanwhile.
Result<void> require_match(const http::Request& request, const std::string& etag);

/// The member `csr`: text, of a length that a request in PEM may have. What it holds is read by whoever uses it.
Result<std::string> csr_field(const json::Value& body);

/// The device of the route's `{device}`, within the caller's tenant: registry.unknown_device.
Result<storage::RegisteredDevice> device_of(storage::UnitOfWork& unit, const http::Request& request,
                                            std::optional<TenantNumber> scope);

json::Value to_json(const storage::RegisteredDevice& device);

}  // namespace watchglass::provisioning
