// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/client/identity_directory.h"

#include <system_error>

#include <errno.h>
#include <sys/stat.h>

#include "device-sdk/src/journal/posix_disk.h"
#include "libs/foundation/file.h"
#include "libs/json/json.h"
#include <watchglass/device.h>

namespace watchglass::device {
namespace {

Result<Endpoint> read_endpoint(const json::Value& document, std::string_view member,
                               std::string_view fallback_alpn) {
    const json::Value* value = document.find(member);
    const json::Value none;
    const json::Value& part = value != nullptr ? *value : none;
    const auto host = part.text("host");
    if (!host) return failed(host);
    const auto port = part.integer("port");
    if (!port) return failed(port);
    if (*port < 1 || *port > 65535) {
        return failed(Failure{json::codes::unexpected, Next::give_up, "A port is out of range.", {}});
    }
    return Endpoint{*host, static_cast<std::uint16_t>(*port), part.text_or("alpn", fallback_alpn)};
}

json::Value write_endpoint(const Endpoint& endpoint) {
    if (endpoint.alpn.empty()) return json::Value::object({{"host", endpoint.host}, {"port", endpoint.port}});
    return json::Value::object({{"host", endpoint.host}, {"port", endpoint.port}, {"alpn", endpoint.alpn}});
}

}  // namespace

Result<void> IdentityDirectory::prepare() const {
    std::error_code error;
    if (auto made = make_directory(path_, 0700); !made) {
        return failed(Failure{watchglass::codes::io_error, Next::tell_operator, made.error().detail, {}});
    }
    if (::chmod(path_.c_str(), 0700) != 0) error = {errno, std::generic_category()};
    if (error) {
        return failed(Failure{watchglass::codes::io_error,
                              Next::tell_operator,
                              path_.string() + ": " + error.message() + ".",
                              {}});
    }
    return {};
}

Result<Identity> IdentityDirectory::load() const {
    std::error_code error;
    if (!std::filesystem::exists(document(), error)) {
        return failed(
            Failure{codes::not_enrolled, Next::tell_operator, path_.string() + " holds no identity.", {}});
    }
    const auto text = read_file(document(), 64u << 10);
    if (!text) return failed(text);
    const auto document = json::parse(*text);
    if (!document) return failed(document);
    const auto name = document->text("device");
    if (!name) return failed(name);
    auto device = DeviceId::parse(*name);
    if (!device) return failed(device);
    auto mqtt = read_endpoint(*document, "mqtt", "mqtt");
    if (!mqtt) return failed(mqtt);
    auto https = read_endpoint(*document, "https", "");
    if (!https) return failed(https);
    return Identity{std::move(*device), std::move(*mqtt), std::move(*https)};
}

Result<void> IdentityDirectory::save(const Identity& identity) const {
    const auto text = json::Value::object({{"device", identity.device.text()},
                                           {"mqtt", write_endpoint(identity.mqtt)},
                                           {"https", write_endpoint(identity.https)}})
                          .dump(2);
    return write_file_atomically(document(), text + "\n", 0600);
}

security::ConnectionPolicy IdentityDirectory::policy(const Endpoint& endpoint,
                                                     const std::optional<security::HttpProxy>& proxy) const {
    security::ConnectionPolicy policy;
    policy.host = endpoint.host;
    policy.port = endpoint.port;
    policy.trust = security::TrustBundle{trust()};
    policy.identity = security::ClientIdentity{chain(), key()};
    policy.proxy = proxy;
    return policy;
}

}  // namespace watchglass::device
