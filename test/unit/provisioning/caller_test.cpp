// SPDX-License-Identifier: Apache-2.0
#include "provisioning/caller.h"

#include <catch2/catch.hpp>

#include "provisioning/codes.h"

using namespace watchglass;
using namespace watchglass::provisioning;

namespace {

Caller caller(const std::string& role, std::optional<TenantNumber> tenant = std::nullopt) {
    return {storage::Operator{{}, "somebody", role, tenant}, "192.0.2.1", "r1"};
}

constexpr Action all_actions[] = {Action::read_registry,      Action::register_device,
                                  Action::make_ticket,        Action::change_device_state,
                                  Action::publish_dictionary, Action::replay_quarantine};

}  // namespace

TEST_CASE("an administrator may do everything, an unknown role nothing", "[provisioning][caller]") {
    for (const Action action : all_actions) {
        CHECK(authorize(caller("admin"), action, TenantNumber{1}));
        CHECK(authorize(caller("nobody"), action, TenantNumber{1}).error().code ==
              provisioning::codes::not_allowed);
        CHECK_FALSE(authorize_role(caller(""), action));
    }
}

TEST_CASE("a service engineer registers and makes tickets but publishes no dictionary",
          "[provisioning][caller]") {
    CHECK(authorize(caller("service"), Action::register_device, TenantNumber{1}));
    CHECK(authorize(caller("service"), Action::make_ticket, TenantNumber{1}));
    CHECK_FALSE(authorize(caller("service"), Action::publish_dictionary, TenantNumber{1}));
}

TEST_CASE("a reader reads and nothing else", "[provisioning][caller]") {
    for (const Action action : all_actions) {
        CHECK(authorize(caller("reader"), action, TenantNumber{1}).has_value() ==
              (action == Action::read_registry));
    }
}

TEST_CASE("an operator of one tenant touches neither another's things nor everybody's",
          "[provisioning][caller]") {
    const auto bound = caller("admin", TenantNumber{7});
    CHECK(authorize(bound, Action::register_device, TenantNumber{7}));
    CHECK_FALSE(authorize(bound, Action::register_device, TenantNumber{8}));
    CHECK_FALSE(authorize(bound, Action::publish_dictionary, std::nullopt));
}
