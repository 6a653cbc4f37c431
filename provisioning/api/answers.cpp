// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/answers.h"

#include <array>
#include <charconv>

#include "libs/foundation/log.h"
#include "libs/foundation/utf8.h"
#include "libs/security/csr.h"
#include "libs/security/digest.h"
#include "provisioning/codes.h"
#include "schemas/values/codes.h"
#include "storage/postgres/codes.h"

namespace watchglass::provisioning {

namespace {

struct Status {
    std::string_view code;
    int status;
};

constexpr std::array statuses{
    Status{codes::ticket_unknown.name, 403},
    Status{codes::ticket_expired.name, 403},
    Status{codes::ticket_spent.name, 409},
    Status{codes::key_in_use.name, 409},
    Status{codes::device_not_admitted.name, 403},
    Status{codes::broker_behind.name, 503},
    Status{codes::too_many_failures.name, 429},
    Status{codes::renewal_needs_certificate.name, 401},
    Status{codes::certificate_not_verified.name, 401},
    Status{codes::certificate_unknown.name, 403},
    Status{codes::certificate_revoked.name, 403},
    Status{codes::certificate_not_yet_valid.name, 403},
    Status{codes::renewal_too_late.name, 403},
    Status{codes::key_not_new.name, 409},
    Status{codes::est_ticket_required.name, 401},
    Status{codes::est_malformed_body.name, 400},
    Status{codes::est_unknown_label.name, 404},
    Status{codes::issuing_refused.name, 500},
    Status{codes::signer_away.name, 503},
    Status{codes::not_authenticated.name, 401},
    Status{codes::certificate_not_good.name, 401},
    Status{codes::unknown_operator.name, 403},
    Status{codes::not_allowed.name, 403},
    Status{codes::unknown_tenant.name, 404},
    Status{codes::unknown_device.name, 404},
    Status{codes::device_closed.name, 409},
    Status{codes::changed_meanwhile.name, 412},
    Status{codes::no_revocation_list.name, 503},
    Status{codes::already_registered.name, 409},
    Status{codes::unknown_dictionary.name, 400},
    Status{codes::bad_field.name, 400},
    Status{codes::bad_cursor.name, 400},
    Status{codes::key_reused.name, 422},
    Status{codes::wrong_content_type.name, 415},
    Status{watchglass::codes::malformed_device_id.name, 404},
    Status{security::codes::csr_malformed.name, 400},
    Status{security::codes::csr_no_possession.name, 400},
    Status{security::codes::csr_weak_key.name, 400},
    Status{storage::codes::already_exists.name, 409},
};

bool has_control_characters(std::string_view text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
    }
    return false;
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

tl::unexpected<Failure> bad_field(std::string_view member, std::string_view why) {
    return failed(Failure{
        codes::bad_field, Next::give_up, "'" + std::string(member) + "' " + std::string(why) + ".", {}});
}

}  // namespace

http::Response refuse(const Failure& failure, const http::Request& request) {
    log::failure(failure.next == Next::give_up ? log::Level::info : log::Level::error, "api.refused", failure,
                 {{"request_id", request.request_id}, {"method", request.method}, {"route", request.route}});
    for (const auto& known : statuses) {
        if (known.code == failure.code.name) return http::problem(known.status, failure);
    }
    return http::problem(failure);
}

Result<json::Value> json_body(const http::Request& request) {
    const std::string type = request.header("content-type");
    if (!type.starts_with("application/json")) {
        return failed(Failure{codes::wrong_content_type, Next::give_up, "Expected application/json.", {}});
    }
    auto body = json::parse(request.body);
    if (!body) return body;
    if (!body->is_object())
        return failed(Failure{json::codes::unexpected, Next::give_up, "It is no object.", {}});
    return body;
}

Result<std::string> text_field(const json::Value& body, std::string_view member, std::size_t most) {
    auto text = optional_text_field(body, member, most);
    if (!text) return failed(text);
    if (!*text) return bad_field(member, "is missing");
    return std::move(**text);
}

Result<std::optional<std::string>> optional_text_field(const json::Value& body, std::string_view member,
                                                       std::size_t most) {
    const auto* value = body.find(member);
    if (value == nullptr || value->is_null()) return std::nullopt;
    auto text = value->as_text();
    if (!text) return bad_field(member, "is not text");
    if (text->empty()) return bad_field(member, "is empty");
    if (text->size() > most) return bad_field(member, "is longer than " + std::to_string(most) + " bytes");
    if (!is_valid_utf8(*text) || has_control_characters(*text)) {
        return bad_field(member, "has control characters or is not UTF-8");
    }
    return std::optional{std::move(*text)};
}

Result<int> page_limit(const http::Request& request) {
    constexpr int usual = 100;
    constexpr int most = 1000;
    const auto text = request.query_value("limit");
    if (!text) return usual;
    int limit = 0;
    const auto [ptr, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
    if (error != std::errc{} || ptr != text->data() + text->size() || limit < 1 || limit > most) {
        return failed(Failure{codes::bad_field, Next::give_up, "'limit' must be 1 to 1000.", {}});
    }
    return limit;
}

std::string etag_of(const json::Value& representation) {
    const auto digest = security::sha256(as_bytes(representation.dump()));
    return '"' + to_hex(ByteSpan{digest}.first(16)) + '"';
}

Result<void> require_match(const http::Request& request, const std::string& etag) {
    const std::string header = request.header("if-match");
    for (std::string_view rest = header; !rest.empty();) {
        const auto comma = rest.find(',');
        const auto wanted = trimmed(rest.substr(0, comma));
        if (wanted == "*" || wanted == etag) return {};
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
    if (header.empty()) return {};
    return failed(Failure{codes::changed_meanwhile, Next::give_up, {}, {}});
}

Result<std::string> csr_field(const json::Value& body) {
    constexpr std::size_t most_bytes = 24u << 10;  // 16 KiB of DER in PEM
    auto csr = body.text("csr");
    if (!csr) return failed(Failure{codes::bad_field, Next::give_up, "'csr' is missing or is not text.", {}});
    if (csr->size() > most_bytes) return bad_field("csr", "is too long");
    return csr;
}

Result<storage::RegisteredDevice> device_of(storage::UnitOfWork& unit, const http::Request& request,
                                            std::optional<TenantNumber> scope) {
    const auto named = request.path_values.find("device");
    const auto id = DeviceId::parse(named != request.path_values.end() ? named->second : "");
    if (!id) return failed(id);
    auto found = storage::find_registered(unit, *id, scope);
    if (!found) return failed(found);
    if (!*found) return failed(Failure{codes::unknown_device, Next::give_up, {}, {}});
    return std::move(**found);
}

json::Value to_json(const storage::RegisteredDevice& device) {
    auto document = json::Value::object({{"device", device.id.text()},
                                         {"tenant", device.tenant},
                                         {"site", device.site},
                                         {"model", device.model},
                                         {"serial", device.serial},
                                         {"state", device.state}});
    document.set("dictionary", device.dictionary ? json::Value(*device.dictionary) : json::Value());
    document.set("created_at", to_rfc3339(device.created_at));
    document.set("changed_at", to_rfc3339(device.changed_at));
    return document;
}

}  // namespace watchglass::provisioning
