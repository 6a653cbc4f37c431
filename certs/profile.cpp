// SPDX-License-Identifier: Apache-2.0
#include "certs/profile.h"

#include <algorithm>
#include <array>

#include "certs/codes.h"
#include "certs/profiles_embedded.h"
#include "libs/json/json.h"

namespace watchglass::certs {

namespace {

tl::unexpected<Failure> invalid(std::string detail) {
    return failed(Failure{codes::profile_invalid, Next::tell_operator, std::move(detail), {}});
}

Result<security::KeyKind> key_kind(const std::string& text) {
    if (text == "ec_p256") return security::KeyKind::ec_p256;
    if (text == "ec_p384") return security::KeyKind::ec_p384;
    if (text == "rsa_2048") return security::KeyKind::rsa_2048;
    return invalid("Its key is '" + text + "'.");
}

Result<void> only_known_members(const json::Value& document) {
    constexpr std::array known{"name",
                               "doc",
                               "key",
                               "authority",
                               "path_length",
                               "uses",
                               "lifetime_days",
                               "back_dated_minutes",
                               "crl_lifetime_hours",
                               "renew_from_days",
                               "renew_until_days",
                               "renewal_grace_days"};
    for (const auto& [member, value] : document.members()) {
        if (std::find(known.begin(), known.end(), member) == known.end())
            return invalid("It has '" + member + "'.");
    }
    return {};
}

Result<void> read_uses(const json::Value& document, CertificateProfile& profile) {
    const auto* uses = document.find("uses");
    if (uses == nullptr || !uses->is_array()) return invalid("It has no list 'uses'.");
    for (const auto& use : uses->items()) {
        const auto text = use.as_text();
        if (text && *text == "client")
            profile.client_auth = true;
        else if (text && *text == "server")
            profile.server_auth = true;
        else
            return invalid("A use is neither 'client' nor 'server'.");
    }
    return {};
}

Result<void> read_times(const json::Value& document, CertificateProfile& profile) {
    const auto days = document.integer("lifetime_days");
    if (!days || *days < 1 || *days > 36'525) return invalid("'lifetime_days' must be 1 to 36525.");
    const auto minutes = document.integer("back_dated_minutes");
    if (!minutes || *minutes < 0 || *minutes > 1440)
        return invalid("'back_dated_minutes' must be 0 to 1440.");
    profile.lifetime = std::chrono::hours(24 * *days);
    profile.back_dated = std::chrono::minutes(*minutes);
    return {};
}

// All three or none: half a renewal would be found out by a fleet, months later.
Result<void> read_renewal(const json::Value& document, CertificateProfile& profile) {
    const bool has_any = document.find("renew_from_days") != nullptr ||
                         document.find("renew_until_days") != nullptr ||
                         document.find("renewal_grace_days") != nullptr;
    if (!has_any) return {};
    const auto from = document.integer("renew_from_days");
    const auto until = document.integer("renew_until_days");
    const auto grace = document.integer("renewal_grace_days");
    if (!from || !until || *from < 1 || *until <= *from ||
        std::chrono::hours(24 * *until) >= profile.lifetime)
        return invalid(
            "'renew_from_days' and 'renew_until_days' must lie in this order within the lifetime.");
    if (!grace || *grace < 0 || *grace > 3653) return invalid("'renewal_grace_days' must be 0 to 3653.");
    profile.renew_from = std::chrono::hours(24 * *from);
    profile.renew_until = std::chrono::hours(24 * *until);
    profile.renewal_grace = std::chrono::hours(24 * *grace);
    return {};
}

Result<void> read_authority(const json::Value& document, CertificateProfile& profile) {
    const auto authority = document.boolean("authority");
    if (!authority) return failed(authority);
    profile.authority = *authority;
    if (!profile.authority) return {};
    const auto length = document.integer("path_length");
    if (!length || *length < 0 || *length > 8) return invalid("An authority's 'path_length' must be 0 to 8.");
    profile.path_length = static_cast<int>(*length);
    if (document.find("crl_lifetime_hours") == nullptr) return {};
    const auto hours = document.integer("crl_lifetime_hours");
    if (!hours || *hours < 1 || *hours > 8784) return invalid("'crl_lifetime_hours' must be 1 to 8784.");
    profile.crl_lifetime = std::chrono::hours(*hours);
    return {};
}

}  // namespace

Result<CertificateProfile> parse_profile(std::string_view text) {
    const auto document = json::parse(text);
    if (!document) return failed(document);
    if (auto known = only_known_members(*document); !known) return failed(known);
    const auto name = document->text("name");
    if (!name) return failed(name);
    const auto key = key_kind(document->text_or("key", ""));
    if (!key) return failed(key);

    CertificateProfile profile;
    profile.name = *name;
    profile.key = *key;
    if (auto read = read_authority(*document, profile); !read) return failed(read);
    if (auto read = read_uses(*document, profile); !read) return failed(read);
    if (auto read = read_times(*document, profile); !read) return failed(read);
    if (auto read = read_renewal(*document, profile); !read) return failed(read);
    return profile;
}

Result<CertificateProfile> builtin_profile(std::string_view name) {
    for (const auto& file : embedded::files) {
        if (file.name == std::string(name) + ".json") return parse_profile(file.text);
    }
    return invalid("There is none named '" + std::string(name) + "'.");
}

security::CertificateShape shape_from(const CertificateProfile& profile, WallTime now) {
    security::CertificateShape shape;
    shape.authority = profile.authority;
    shape.path_length = profile.path_length;
    shape.client_auth = profile.client_auth;
    shape.server_auth = profile.server_auth;
    shape.not_before = now + -profile.back_dated;
    shape.not_after = now + profile.lifetime;
    return shape;
}

std::optional<WallTime> renewal_moment(const CertificateProfile& profile,
                                       const security::Certificate& certificate) {
    const std::int64_t width_us = (profile.renew_until - profile.renew_from).count();
    if (width_us <= 0) return std::nullopt;
    // The random serial makes the fingerprint as good as a throw of dice, one that needs no place to be kept.
    const auto fingerprint = certificate.fingerprint();
    std::uint64_t dice = 0;
    for (std::size_t i = 0; i < sizeof dice; ++i) dice = dice << 8 | fingerprint[i];
    const auto spread = static_cast<std::int64_t>(dice % (static_cast<std::uint64_t>(width_us) + 1));
    const WallTime made = certificate.not_after() + -profile.lifetime;
    return made + profile.renew_from + Microseconds{spread};
}

bool fits(const security::CertificateShape& shape, const CertificateProfile& profile) {
    return shape.authority == profile.authority && shape.client_auth == profile.client_auth &&
           shape.server_auth == profile.server_auth &&
           (!shape.authority || shape.path_length <= profile.path_length) &&
           shape.not_before < shape.not_after &&
           shape.not_after - shape.not_before <= profile.lifetime + profile.back_dated;
}

}  // namespace watchglass::certs
