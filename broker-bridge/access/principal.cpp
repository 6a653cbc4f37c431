// SPDX-License-Identifier: Apache-2.0
#include "broker-bridge/access/principal.h"

#include <array>

#include "broker-bridge/access/codes.h"
#include "schemas/topics/topics.h"

namespace watchglass::broker {

namespace {

using topics::Channel;

constexpr std::string_view service_uri = "urn:watchglass:service:";
constexpr std::array<Service, 2> services{Service::ingest, Service::bridge};
constexpr std::array<Channel, 4> from_devices{Channel::up_telemetry, Channel::up_events, Channel::up_hello,
                                              Channel::up_file};

tl::unexpected<Failure> refused(const Code& code, std::string detail = {}) {
    return failed(Failure{code, Next::tell_operator, std::move(detail), ""});
}

/// The name after `urn:watchglass:service:`, empty when the certificate is nobody's service.
std::string service_name(const security::Certificate& certificate) {
    for (const auto& uri : certificate.uris()) {
        if (uri.starts_with(service_uri)) return uri.substr(service_uri.size());
    }
    return {};
}

Result<Principal> admit_service(const std::string& name, const Knock& knock,
                                const std::optional<security::Certificate>& authority) {
    if (!authority || !knock.certificate->issued_by(*authority))
        return refused(codes::unknown_service, "The certificate is not the service CA's.");
    for (const Service service : services) {
        if (to_text(service) != name) continue;
        if (!knock.client_id.starts_with("service-" + name + "-"))
            return refused(codes::wrong_client_id,
                           "A service's client id begins with service-" + name + "-.");
        return service;
    }
    return refused(codes::unknown_service, "Its name is " + name + ".");
}

Result<Principal> admit_device(const Knock& knock, const AccessTable& table) {
    const auto name = knock.certificate->common_name();
    if (name != knock.client_id) return refused(codes::wrong_client_id);
    auto device = DeviceId::parse(name);
    if (!device) return refused(codes::unknown_device, "The certificate names no device.");
    if (!table.allows(*device, knock.certificate->fingerprint())) {
        return refused(codes::unknown_device,
                       table.knows(*device) ? "The device is known, but not with this certificate." : "");
    }
    return *std::move(device);
}

bool device_may(const DeviceId& device, Deed deed, std::string_view topic, bool retain) {
    const bool own_status = topic == topics::of(device, Channel::status);
    switch (deed) {
        case Deed::publish: return topics::device_may_publish(device, topic) && (!retain || own_status);
        case Deed::will: return own_status;
        case Deed::subscribe: return topics::device_may_subscribe(device, topic);
        case Deed::receive: return topics::device_may_receive(device, topic);
    }
    return false;
}

bool ingest_may_subscribe(std::string_view filter) {
    if (filter == topics::every_device(Channel::status)) return true;
    for (const Channel channel : from_devices) {
        if (filter == topics::every_device(channel)) return true;
        for (const char shard : all_shards) {
            if (filter == topics::every_device(shard, channel)) return true;
        }
    }
    return false;
}

bool ingest_may_publish(std::string_view topic) {
    if (const auto parsed = topics::parse(topic))
        return parsed->channel == Channel::down_stored || parsed->channel == Channel::down_file;
    for (const char shard : all_shards) {
        if (topic == topics::resync(shard)) return true;
    }
    return false;
}

/// Named rights: what each service needs for its work, nothing else.
bool service_may(Service service, Deed deed, std::string_view topic, bool retain) {
    const bool is_ingest = service == Service::ingest;
    switch (deed) {
        case Deed::publish: return is_ingest && !retain && ingest_may_publish(topic);
        case Deed::will: return false;
        case Deed::subscribe:
            return is_ingest ? ingest_may_subscribe(topic) : topic == topics::every_device(Channel::status);
        case Deed::receive: {
            const auto parsed = topics::parse(topic);
            if (!parsed) return false;
            if (parsed->channel == Channel::status) return true;
            return is_ingest && topics::device_may_publish(parsed->device, topic);
        }
    }
    return false;
}

}  // namespace

std::string_view to_text(Service service) {
    switch (service) {
        case Service::ingest: return "ingest";
        case Service::bridge: return "bridge";
    }
    return "";
}

std::string user_name(const Principal& principal) {
    if (const auto* device = std::get_if<DeviceId>(&principal)) return device->text();
    return "service-" + std::string(to_text(std::get<Service>(principal)));
}

Result<Principal> admit(const Knock& knock, const AccessTable& table,
                        const std::optional<security::Certificate>& service_authority) {
    if (knock.certificate == nullptr) return refused(codes::no_certificate);
    // An older client would be told that a refused publish was fine, and would let go of what it holds.
    if (knock.protocol_version != 5) return refused(codes::old_protocol);
    const auto service = service_name(*knock.certificate);
    return service.empty() ? admit_device(knock, table) : admit_service(service, knock, service_authority);
}

bool may(const Principal& principal, Deed deed, std::string_view topic, int qos, bool retain) {
    if (qos > 1 && deed != Deed::receive) return false;
    if (const auto* device = std::get_if<DeviceId>(&principal))
        return device_may(*device, deed, topic, retain);
    return service_may(std::get<Service>(principal), deed, topic, retain);
}

}  // namespace watchglass::broker
