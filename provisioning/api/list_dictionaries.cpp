// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/answers.h"
#include "provisioning/api/endpoints.h"
#include "storage/telemetry/dictionary_store.h"

namespace watchglass::provisioning::api {

http::Response list_dictionaries(Context& context, const http::Request& request) {
    return as_operator(
        context, request, Action::read_registry,
        [&](storage::UnitOfWork& unit, const Caller& caller) -> Result<http::Response> {
            const auto all = storage::load_dictionaries(unit.connection());
            if (!all) return failed(all);
            auto items = json::Value::array();
            for (const auto& dictionary : *all) {
                const bool visible =
                    !caller.who.tenant || !dictionary.tenant || dictionary.tenant == caller.who.tenant;
                if (!visible) continue;
                items.push(json::Value::object({{"name", dictionary.name},
                                                {"version", dictionary.version},
                                                {"digest", dictionary.digest},
                                                {"for_everyone", !dictionary.tenant.has_value()},
                                                {"created_at", to_rfc3339(dictionary.created_at)}}));
            }
            return http::ok(json::Value::object({{"items", items}, {"next", json::Value()}}));
        });
}

}  // namespace watchglass::provisioning::api
