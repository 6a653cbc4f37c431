// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/log.h"
#include "provisioning/api/answers.h"
#include "provisioning/api/endpoints.h"
#include "provisioning/codes.h"
#include "storage/registry/idempotency_store.h"

namespace watchglass::provisioning::api {

namespace {

struct Registration {
    std::optional<std::string> tenant;  ///< its name
    std::string site, model, serial;
    std::optional<std::string> dictionary;
    bool with_ticket = false;
};

bool is_dictionary_name(std::string_view name) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
    return name.size() <= 63 && name.front() >= 'a' && name.front() <= 'z' &&
           name.find_first_not_of(allowed) == std::string_view::npos;
}

Result<Registration> parse_registration(const http::Request& request) {
    const auto body = json_body(request);
    if (!body) return failed(body);
    auto tenant = optional_text_field(*body, "tenant");
    if (!tenant) return failed(tenant);
    auto site = text_field(*body, "site");
    if (!site) return failed(site);
    auto model = text_field(*body, "model");
    if (!model) return failed(model);
    auto serial = text_field(*body, "serial");
    if (!serial) return failed(serial);
    auto dictionary = optional_text_field(*body, "dictionary", 63);
    if (!dictionary) return failed(dictionary);
    if (*dictionary && !is_dictionary_name(**dictionary)) {
        return failed(Failure{codes::bad_field, Next::give_up, "'dictionary' is no dictionary's name.", {}});
    }
    const auto* ticket = body->find("ticket");
    return Registration{*tenant, *site,       *model,
                        *serial, *dictionary, ticket != nullptr && ticket->as_bool().value_or(false)};
}

Result<TenantNumber> tenant_of(storage::UnitOfWork& unit, const Caller& caller,
                               const Registration& registration) {
    if (!registration.tenant && caller.who.tenant) return *caller.who.tenant;
    const auto tenant = storage::find_tenant(unit, registration.tenant.value_or("default"));
    if (!tenant) return failed(tenant);
    if (!*tenant) return failed(Failure{codes::unknown_tenant, Next::give_up, {}, {}});
    return **tenant;
}

Result<void> dictionary_known(storage::UnitOfWork& unit, TenantNumber tenant,
                              const Registration& registration) {
    if (!registration.dictionary) return {};
    const auto known = storage::has_dictionary(unit, tenant, *registration.dictionary);
    if (!known) return failed(known);
    if (*known) return {};
    return failed(Failure{
        codes::unknown_dictionary, Next::give_up, "'" + *registration.dictionary + "' is not there.", {}});
}

Result<storage::RegisteredDevice> add(Context& context, storage::UnitOfWork& unit, const Caller& caller,
                                      const Registration& registration) {
    const auto tenant = tenant_of(unit, caller, registration);
    if (!tenant) return failed(tenant);
    if (auto allowed = authorize(caller, Action::register_device, *tenant); !allowed) return failed(allowed);
    if (auto known = dictionary_known(unit, *tenant, registration); !known) return failed(known);
    auto added = storage::add_device(unit, {.tenant = *tenant,
                                            .id = DeviceId::random(context.rng),
                                            .site = registration.site,
                                            .model = registration.model,
                                            .serial = registration.serial,
                                            .dictionary = registration.dictionary});
    if (!added) return failed(added);
    if (added->was_there) {
        return failed(Failure{
            codes::already_registered, Next::give_up, "It is device " + added->device.id.text() + ".", {}});
    }
    auto entry = caller.audit("device.registered");
    entry.tenant = *tenant;
    entry.device = added->device.id.text();
    entry.detail = to_json(added->device).dump();
    if (auto audited = storage::append_audit(unit, entry); !audited) return failed(audited);
    return std::move(added->device);
}

/// The device of an earlier request with the same Idempotency-Key; nothing when this is the first.
Result<std::optional<storage::RegisteredDevice>> device_of_earlier(storage::UnitOfWork& unit,
                                                                   const Caller& caller,
                                                                   const std::string& key,
                                                                   const http::Request& request) {
    const auto digest = security::sha256(as_bytes(request.body));
    const auto kept = storage::reserve_answer(unit, caller.who.fingerprint, key, digest);
    if (!kept) return failed(kept);
    if (!*kept) return std::nullopt;
    if ((*kept)->request_digest != digest) return failed(Failure{codes::key_reused, Next::give_up, {}, {}});
    const auto id = DeviceId::parse((*kept)->body);
    if (!id) return failed(id);
    return storage::find_registered(unit, *id, caller.who.tenant);
}

Result<storage::RegisteredDevice> add_once(Context& context, storage::UnitOfWork& unit, const Caller& caller,
                                           const Registration& registration, const http::Request& request) {
    const std::string key = request.header("idempotency-key");
    if (key.empty()) return add(context, unit, caller, registration);
    if (key.size() > 200)
        return failed(Failure{codes::bad_field, Next::give_up, "The Idempotency-Key is too long.", {}});
    auto earlier = device_of_earlier(unit, caller, key, request);
    if (!earlier) return failed(earlier);
    if (*earlier) return std::move(**earlier);
    auto device = add(context, unit, caller, registration);
    if (!device) return device;
    // The device's id is kept and not the answer: a ticket's secret is never stored, a repeat gets a fresh one.
    auto kept = storage::keep_answer(unit, caller.who.fingerprint, key, 201, device->id.text());
    if (!kept) return failed(kept);
    return device;
}

}  // namespace

http::Response register_device(Context& context, const http::Request& request) {
    const auto registration = parse_registration(request);
    if (!registration) return refuse(registration.error(), request);
    return as_operator(context, request, Action::register_device,
                       [&](storage::UnitOfWork& unit, const Caller& caller) -> Result<http::Response> {
                           const auto device = add_once(context, unit, caller, *registration, request);
                           if (!device) return failed(device);
                           auto answer = to_json(*device);
                           if (registration->with_ticket) {
                               const auto ticket = add_ticket(context, unit, caller, *device);
                               if (!ticket) return failed(ticket);
                               answer.set("ticket", ticket->text);
                               answer.set("ticket_expires_at", to_rfc3339(ticket->expires_at));
                           }
                           return http::created(answer, "/v1/devices/" + device->id.text());
                       });
}

}  // namespace watchglass::provisioning::api
