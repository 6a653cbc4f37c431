// SPDX-License-Identifier: Apache-2.0
// The edge to Mosquitto 2.0: translates its callbacks for Door, and nothing else.
#include <exception>
#include <map>
#include <memory>
#include <string>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#include "broker-bridge/plugin/door.h"
#include "libs/foundation/log.h"
#include "libs/security/certificate.h"

#define WG_PLUGIN_API extern "C" __attribute__((visibility("default")))

namespace watchglass::broker {

namespace {

struct Plugin {
    explicit Plugin(DoorSettings settings) : door(std::move(settings)) {}
    Door door;
    mosquitto_plugin_id_t* id = nullptr;
};

/// No exception may reach the broker, which is C. What cannot be decided is refused.
template <class Work>
int guarded(Work work) {
    try {
        return work();
    } catch (const std::exception& e) {
        log::error("broker.plugin_failed", e.what());
        return MOSQ_ERR_UNKNOWN;
    }
}

std::optional<security::Certificate> certificate_of(const mosquitto* client) {
    auto* native = static_cast<x509_st*>(mosquitto_client_certificate(client));
    if (native == nullptr) return std::nullopt;
    return security::Certificate::adopt(native);
}

std::string_view text(const char* maybe) {
    return maybe == nullptr ? std::string_view() : std::string_view(maybe);
}

int on_basic_auth(int, void* data, void* user_data) {
    return guarded([&] {
        auto& plugin = *static_cast<Plugin*>(user_data);
        auto* client = static_cast<mosquitto_evt_basic_auth*>(data)->client;
        const auto certificate = certificate_of(client);
        const auto name =
            plugin.door.knock(client, {.protocol_version = mosquitto_client_protocol_version(client),
                                       .client_id = text(mosquitto_client_id(client)),
                                       .certificate = certificate ? &*certificate : nullptr});
        if (!name) return static_cast<int>(MOSQ_ERR_AUTH);
        return mosquitto_set_username(client, name->c_str());
    });
}

int on_acl_check(int, void* data, void* user_data) {
    return guarded([&] {
        auto& plugin = *static_cast<Plugin*>(user_data);
        const auto& asked = *static_cast<mosquitto_evt_acl_check*>(data);
        Deed deed = Deed::publish;
        switch (asked.access) {
            case MOSQ_ACL_UNSUBSCRIBE: return static_cast<int>(MOSQ_ERR_SUCCESS);
            case MOSQ_ACL_WRITE: deed = Deed::publish; break;
            case MOSQ_ACL_READ: deed = Deed::receive; break;
            case MOSQ_ACL_SUBSCRIBE: deed = Deed::subscribe; break;
            default: return static_cast<int>(MOSQ_ERR_ACL_DENIED);
        }
        const bool allowed = plugin.door.may(asked.client, deed, text(asked.topic), asked.qos, asked.retain);
        return static_cast<int>(allowed ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED);
    });
}

std::string reason_text(int reason) {
    switch (reason) {
        case MOSQ_ERR_SUCCESS: return "closed";
        case MOSQ_ERR_CONN_LOST: return "lost";
        case MOSQ_ERR_KEEPALIVE: return "timed_out";
        case MOSQ_ERR_PROTOCOL: return "protocol_error";
        case MOSQ_ERR_MALFORMED_PACKET: return "malformed_packet";
        case MOSQ_ERR_TLS: return "tls_error";
        default: return "other";
    }
}

int on_disconnect(int, void* data, void* user_data) {
    return guarded([&] {
        const auto& event = *static_cast<mosquitto_evt_disconnect*>(data);
        static_cast<Plugin*>(user_data)->door.gone(event.client, reason_text(event.reason));
        return static_cast<int>(MOSQ_ERR_SUCCESS);
    });
}

int on_tick(int, void*, void* user_data) {
    return guarded([&] {
        // Without its will: a revoked device has no last word.
        for (const auto& client_id : static_cast<Plugin*>(user_data)->door.tick())
            mosquitto_kick_client_by_clientid(client_id.c_str(), false);
        return static_cast<int>(MOSQ_ERR_SUCCESS);
    });
}

struct Callback {
    int event;
    MOSQ_FUNC_generic_callback function;
};
constexpr Callback callbacks[] = {{MOSQ_EVT_BASIC_AUTH, on_basic_auth},
                                  {MOSQ_EVT_ACL_CHECK, on_acl_check},
                                  {MOSQ_EVT_DISCONNECT, on_disconnect},
                                  {MOSQ_EVT_TICK, on_tick}};

int init(mosquitto_plugin_id_t* id, void** user_data, const mosquitto_opt* options, int count) {
    log::start("watchglass-mosquitto-plugin", log::Level::info, log::Format::json);
    std::map<std::string, std::string> given;
    for (int i = 0; i < count; ++i) given[options[i].key] = options[i].value;
    for (const char* needed : {"socket", "state_file", "service_ca"}) {
        if (!given[needed].empty()) continue;
        log::error("broker.plugin_unconfigured",
                   "The plugin cannot start without this option of mosquitto.conf.",
                   {{"option", std::string("plugin_opt_") + needed}});
        return MOSQ_ERR_INVAL;
    }
    auto plugin = std::make_unique<Plugin>(
        DoorSettings{.feed = {.socket = given["socket"], .state_file = given["state_file"]},
                     .service_authority = given["service_ca"]});
    if (auto opened = plugin->door.open(); !opened) {
        log::failure(log::Level::error, "broker.plugin_failed", opened.error());
        return MOSQ_ERR_INVAL;
    }
    plugin->id = id;
    for (const auto& callback : callbacks) {
        const int rc =
            mosquitto_callback_register(id, callback.event, callback.function, nullptr, plugin.get());
        if (rc != MOSQ_ERR_SUCCESS) return rc;
    }
    *user_data = plugin.release();
    return MOSQ_ERR_SUCCESS;
}

}  // namespace

}  // namespace watchglass::broker

WG_PLUGIN_API int mosquitto_plugin_version(int count, const int* versions) {
    for (int i = 0; i < count; ++i) {
        if (versions[i] == MOSQ_PLUGIN_VERSION) return MOSQ_PLUGIN_VERSION;
    }
    return -1;
}

WG_PLUGIN_API int mosquitto_plugin_init(mosquitto_plugin_id_t* id, void** user_data, mosquitto_opt* options,
                                        int count) {
    return watchglass::broker::guarded(
        [&] { return watchglass::broker::init(id, user_data, options, count); });
}

WG_PLUGIN_API int mosquitto_plugin_cleanup(void* user_data, mosquitto_opt*, int) {
    const std::unique_ptr<watchglass::broker::Plugin> plugin(
        static_cast<watchglass::broker::Plugin*>(user_data));
    if (!plugin) return MOSQ_ERR_SUCCESS;
    for (const auto& callback : watchglass::broker::callbacks)
        mosquitto_callback_unregister(plugin->id, callback.event, callback.function, nullptr);
    return MOSQ_ERR_SUCCESS;
}
