// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/file.h"
#include "libs/json/json.h"
#include "libs/security/certificate.h"
#include "provisioning/codes.h"
#include "provisioning/commit.h"
#include "provisioning/provisiond/service.h"
#include "storage/registry/audit_store.h"
#include "storage/registry/device_store.h"
#include "storage/registry/operator_store.h"

namespace watchglass::provisioning {

namespace {

Result<storage::Operator> describe(const NewOperator& who) {
    if (who.role != "admin" && who.role != "service" && who.role != "reader") {
        return failed(Failure{codes::unknown_role, Next::give_up, {}, {}});
    }
    const auto pem = read_file(who.certificate, 1u << 20);
    if (!pem) return failed(pem);
    const auto certificate = security::Certificate::from_pem(*pem);
    if (!certificate) return failed(certificate);
    return storage::Operator{certificate->fingerprint(), who.name, who.role, std::nullopt};
}

bool same(const storage::Operator& a, const storage::Operator& b) {
    return a.name == b.name && a.role == b.role && a.tenant == b.tenant;
}

}  // namespace

Result<void> add_operator(const std::string& dsn, const NewOperator& who) {
    auto described = describe(who);
    if (!described) return failed(described);
    auto connection = storage::Connection::open(dsn, "watchglass-provisiond --add-operator");
    if (!connection) return failed(connection);
    auto unit = storage::UnitOfWork::begin(*connection);
    if (!unit) return failed(unit);
    if (!who.tenant.empty()) {
        const auto tenant = storage::find_tenant(*unit, who.tenant);
        if (!tenant) return failed(tenant);
        if (!*tenant) return failed(Failure{codes::unknown_tenant, Next::give_up, {}, {}});
        described->tenant = *tenant;
    }
    const auto present = storage::find_operator(*unit, described->fingerprint);
    if (!present) return failed(present);
    if (*present && same(**present, *described)) return {};  // nothing happens, nothing to audit
    if (auto put = storage::put_operator(*unit, *described); !put) return put;
    storage::AuditEntry entry;
    entry.actor = "local";
    entry.action = "operator.added";
    entry.tenant = described->tenant;
    entry.detail =
        json::Value::object(
            {{"name", who.name}, {"role", who.role}, {"fingerprint", to_hex(described->fingerprint)}})
            .dump();
    if (auto audited = storage::append_audit(*unit, entry); !audited) return audited;
    return commit(*unit);
}

}  // namespace watchglass::provisioning
