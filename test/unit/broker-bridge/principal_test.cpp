// SPDX-License-Identifier: Apache-2.0
#include "broker-bridge/access/principal.h"

#include <catch2/catch.hpp>

#include "broker-bridge/access/codes.h"
#include "certs/authority.h"
#include "libs/foundation/clock.h"
#include "schemas/topics/topics.h"

using namespace watchglass;
using namespace watchglass::broker;
using topics::Channel;

namespace {

certs::Pair authority() {
    const auto key = *security::PrivateKey::generate(security::KeyKind::ec_p256);
    return {*certs::self_sign(*certs::builtin_profile("root"), {.common_name = "ca", .uris = {}, .hosts = {}},
                              key, SystemClock{}.wall()),
            key};
}

security::Certificate signed_by(const certs::Pair& issuer, const std::string& profile,
                                const std::string& name, const std::string& uri) {
    return *certs::issue(*certs::builtin_profile(profile), {.common_name = name, .uris = {uri}, .hosts = {}},
                         *security::PrivateKey::generate(security::KeyKind::ec_p256), issuer,
                         SystemClock{}.wall());
}

const DeviceId id = *DeviceId::parse(std::string(26, 'c'));
const DeviceId other = *DeviceId::parse(std::string(26, 'd'));

}  // namespace

TEST_CASE("a service's URI counts only under the service CA") {
    const auto service_ca = authority();
    const auto device_ca = authority();
    const AccessTable table;
    const auto knock = [&](const certs::Pair& issuer, const std::string& name, const std::string& client_id) {
        const auto certificate =
            signed_by(issuer, "service", "service-" + name, "urn:watchglass:service:" + name);
        return admit({.protocol_version = 5, .client_id = client_id, .certificate = &certificate}, table,
                     service_ca.certificate);
    };
    CHECK(knock(service_ca, "ingest", "service-ingest-1"));
    CHECK(knock(device_ca, "ingest", "service-ingest-1").error().code == broker::codes::unknown_service);
    CHECK(knock(service_ca, "console", "service-console-1").error().code == broker::codes::unknown_service);
    CHECK(knock(service_ca, "ingest", "service-bridge-1").error().code == broker::codes::wrong_client_id);
}

TEST_CASE("a device is its name, its client id and its fingerprint, all three") {
    const auto ca = authority();
    const auto certificate = signed_by(ca, "device", id.text(), "urn:uuid:0");
    AccessTable table;
    const auto knock = [&](const std::string& client_id, int version = 5) {
        return admit({.protocol_version = version, .client_id = client_id, .certificate = &certificate},
                     table, {});
    };
    CHECK(knock(id.text()).error().code == broker::codes::unknown_device);
    table.apply({1, Op::allow, other, certificate.fingerprint()});
    CHECK(knock(id.text()).error().code == broker::codes::unknown_device);
    CHECK(knock(other.text()).error().code == broker::codes::wrong_client_id);
    table.apply({2, Op::allow, id, certificate.fingerprint()});
    REQUIRE(knock(id.text()));
    CHECK(user_name(*knock(id.text())) == id.text());
    CHECK(knock(id.text(), 4).error().code == broker::codes::old_protocol);
    CHECK(admit({.protocol_version = 5, .client_id = id.text(), .certificate = nullptr}, table, {})
              .error()
              .code == broker::codes::no_certificate);
}

TEST_CASE("no service may touch what it has no right to") {
    const auto stored = topics::of(id, Channel::down_stored);
    const auto frames = topics::of(id, Channel::up_telemetry);
    CHECK(may(Service::ingest, Deed::publish, stored, 1, false));
    CHECK_FALSE(may(Service::ingest, Deed::publish, stored, 2, false));
    CHECK_FALSE(may(Service::ingest, Deed::publish, stored, 1, true));
    CHECK_FALSE(may(Service::bridge, Deed::publish, stored, 1, false));
    CHECK(may(Service::ingest, Deed::receive, frames, 1, false));
    CHECK_FALSE(may(Service::bridge, Deed::receive, frames, 1, false));
    CHECK_FALSE(may(Service::ingest, Deed::subscribe, "#", 1, false));
    CHECK_FALSE(may(Service::ingest, Deed::subscribe,
                    "$share/x/" + topics::every_device('a', Channel::up_telemetry), 1, false));
    CHECK_FALSE(may(Service::ingest, Deed::will, stored, 1, false));
    CHECK_FALSE(may(id, Deed::publish, topics::of(id, Channel::up_telemetry), 2, false));
    CHECK_FALSE(may(id, Deed::receive, topics::of(other, Channel::down_stored), 0, false));
}
