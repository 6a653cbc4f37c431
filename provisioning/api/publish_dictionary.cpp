// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/answers.h"
#include "provisioning/api/endpoints.h"
#include "provisioning/codes.h"
#include "schemas/dictionaries/dictionary_text.h"
#include "storage/telemetry/dictionary_store.h"

namespace watchglass::provisioning::api {

namespace {

/// `?tenant=NAME`: for that tenant alone; without it, for everyone, or for the tenant that the caller is bound to.
Result<std::optional<TenantNumber>> tenant_of(storage::UnitOfWork& unit, const http::Request& request,
                                              const Caller& caller) {
    const auto name = request.query_value("tenant");
    if (!name) return caller.who.tenant;
    auto tenant = storage::find_tenant(unit, *name);
    if (!tenant) return tenant;
    if (!*tenant) return failed(Failure{codes::unknown_tenant, Next::give_up, {}, {}});
    return tenant;
}

}  // namespace

http::Response publish_dictionary(Context& context, const http::Request& request) {
    if (!request.header("content-type").starts_with("text/plain")) {
        return refuse(Failure{codes::wrong_content_type, Next::give_up, "Expected text/plain.", {}}, request);
    }
    const auto dictionary = parse_dictionary_text(request.body);
    if (!dictionary) return refuse(dictionary.error(), request);
    return as_operator(context, request, Action::publish_dictionary,
                       [&](storage::UnitOfWork& unit, const Caller& caller) -> Result<http::Response> {
                           const auto tenant = tenant_of(unit, request, caller);
                           if (!tenant) return failed(tenant);
                           if (auto allowed = authorize(caller, Action::publish_dictionary, *tenant);
                               !allowed)
                               return failed(allowed);
                           const auto digest = dictionary_digest(*dictionary);
                           const auto installed =
                               storage::install_dictionary(unit, *tenant, *dictionary, digest, request.body);
                           if (!installed) return failed(installed);
                           const auto answer = json::Value::object({{"name", dictionary->name},
                                                                    {"version", dictionary->version},
                                                                    {"digest", digest},
                                                                    {"was_there", installed->was_there}});
                           if (installed->was_there) return http::ok(answer);
                           auto entry = caller.audit("dictionary.published");
                           entry.tenant = *tenant;
                           entry.detail = answer.dump();
                           if (auto audited = storage::append_audit(unit, entry); !audited)
                               return failed(audited);
                           return http::created(answer, "/v1/dictionaries");
                       });
}

}  // namespace watchglass::provisioning::api
