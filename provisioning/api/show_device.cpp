// SPDX-License-Identifier: Apache-2.0
#include "provisioning/api/answers.h"
#include "provisioning/api/endpoints.h"
#include "storage/registry/certificate_store.h"

namespace watchglass::provisioning::api {

namespace {

json::Value to_json(const storage::Issuance& issuance) {
    return json::Value::object({{"state", issuance.state},
                                {"serial", issuance.serial},
                                {"fingerprint", issuance.fingerprint ? to_hex(*issuance.fingerprint) : ""},
                                {"not_before", to_rfc3339(issuance.not_before)},
                                {"not_after", to_rfc3339(issuance.not_after)}});
}

}  // namespace

Result<json::Value> shown_device(storage::UnitOfWork& unit, const storage::RegisteredDevice& device) {
    const auto certificates = storage::certificates_of(unit, device.key);
    if (!certificates) return failed(certificates);
    auto list = json::Value::array();
    for (const auto& certificate : *certificates) list.push(to_json(certificate));
    auto answer = provisioning::to_json(device);
    answer.set("certificates", list);
    return answer;
}

http::Response show_device(Context& context, const http::Request& request) {
    return as_operator(context, request, Action::read_registry,
                       [&](storage::UnitOfWork& unit, const Caller& caller) -> Result<http::Response> {
                           const auto device = device_of(unit, request, caller.who.tenant);
                           if (!device) return failed(device);
                           const auto answer = shown_device(unit, *device);
                           if (!answer) return failed(answer);
                           auto response = http::ok(*answer);
                           response.headers.emplace_back("ETag", etag_of(*answer));
                           return response;
                       });
}

}  // namespace watchglass::provisioning::api
