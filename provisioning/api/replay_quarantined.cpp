// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "provisioning/api/answers.h"
#include "provisioning/api/endpoints.h"
#include "provisioning/codes.h"
#include "storage/telemetry/quarantine_store.h"

namespace watchglass::provisioning::api {

namespace {

Result<std::int64_t> quarantine_id(const http::Request& request) {
    const auto named = request.path_values.find("id");
    const std::string text = named != request.path_values.end() ? named->second : "";
    std::int64_t id = 0;
    const auto [ptr, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (text.empty() || error != std::errc{} || ptr != text.data() + text.size()) {
        return failed(Failure{watchglass::codes::not_found, Next::give_up, {}, {}});
    }
    return id;
}

}  // namespace

http::Response replay_quarantined(Context& context, const http::Request& request) {
    const auto id = quarantine_id(request);
    if (!id) return refuse(id.error(), request);
    return as_operator(
        context, request, Action::replay_quarantine,
        [&](storage::UnitOfWork& unit, const Caller& caller) -> Result<http::Response> {
            if (auto asked = storage::request_replay(unit, *id, caller.who.tenant); !asked)
                return failed(asked);
            auto entry = caller.audit("quarantine.replay_requested");
            entry.tenant = caller.who.tenant;
            entry.detail = json::Value::object({{"quarantine", *id}}).dump();
            if (auto audited = storage::append_audit(unit, entry); !audited) return failed(audited);
            auto response = http::ok(json::Value::object({{"id", *id}, {"state", "replay_requested"}}));
            response.status = 202;
            return response;
        });
}

}  // namespace watchglass::provisioning::api
