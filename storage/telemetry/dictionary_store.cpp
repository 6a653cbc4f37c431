// SPDX-License-Identifier: Apache-2.0
#include "storage/telemetry/dictionary_store.h"

#include "storage/postgres/codes.h"

namespace watchglass::storage {
namespace {

constexpr const char* add_sql =
    "INSERT INTO watchglass.dictionaries (tenant, name, version, digest, source) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (tenant, name, version) DO NOTHING RETURNING dictionary";

constexpr const char* add_parameter_sql =
    "INSERT INTO watchglass.dictionary_parameters (dictionary, number, name, description, unit, type, "
    "resolution,"
    " max_interval, data_class, labels) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8::bigint * interval '1 millisecond', $9, $10)";

Result<DictionaryInstallation> compare(UnitOfWork& unit, std::optional<TenantNumber> tenant,
                                       const Dictionary& dictionary, const DictionaryDigest& digest) {
    auto rows = unit.run(
        "SELECT dictionary, digest FROM watchglass.dictionaries "
        "WHERE tenant IS NOT DISTINCT FROM $1::int AND name = $2 AND version = $3",
        {tenant, dictionary.name, static_cast<std::int32_t>(dictionary.version)});
    if (!rows) return failed(rows);
    if (rows->empty() || (*rows)[0].view(1) != digest)
        return failed(
            Failure{codes::already_exists,
                    Next::give_up,
                    "Dictionary " + dictionary.name + " version " + std::to_string(dictionary.version) +
                        " was published with other content; a changed dictionary needs a new version",
                    {}});
    return DictionaryInstallation{DictionaryNumber{(*rows)[0].int32(0)}, true};
}

Result<void> add_parameter(UnitOfWork& unit, std::int32_t number, const ParameterDefinition& p) {
    const Param labels = p.type == ParameterType::enumeration ? Param(p.labels) : Param(nullptr);
    auto added = unit.run_prepared(
        add_parameter_sql,
        {number, static_cast<std::int16_t>(p.number.value()), p.name, p.description, p.unit, to_text(p.type),
         p.resolution.text(), std::int64_t{p.max_interval.count()}, to_text(p.data_class), labels});
    if (!added) return failed(added);
    return {};
}

}  // namespace

Result<std::vector<StoredDictionary>> load_dictionaries(Connection& connection) {
    auto rows = connection.run(
        "SELECT dictionary, tenant, name, version, digest, source, created_at "
        "FROM watchglass.dictionaries ORDER BY name, version, tenant NULLS FIRST");
    if (!rows) return failed(rows);
    std::vector<StoredDictionary> all;
    for (const Row row : *rows) {
        std::optional<TenantNumber> tenant;
        if (!row.is_null(1)) tenant = TenantNumber{row.int32(1)};
        all.push_back({DictionaryNumber{row.int32(0)}, tenant, row.text(2),
                       static_cast<std::uint32_t>(row.int32(3)), row.text(4), row.text(5), row.time(6)});
    }
    return all;
}

Result<DictionaryInstallation> install_dictionary(UnitOfWork& unit, std::optional<TenantNumber> tenant,
                                                  const Dictionary& dictionary,
                                                  const DictionaryDigest& digest, std::string_view source) {
    for (const ParameterDefinition& parameter : dictionary.parameters)
        if (parameter.number.value() > 32767)
            return failed(Failure{watchglass::codes::invalid_argument,
                                  Next::give_up,
                                  "Parameter " + parameter.name + " has a number above 32767",
                                  {}});
    auto added = unit.run(
        add_sql, {tenant, dictionary.name, static_cast<std::int32_t>(dictionary.version), digest, source});
    if (!added) return failed(added);
    if (added->empty()) return compare(unit, tenant, dictionary, digest);

    const std::int32_t number = (*added)[0].int32(0);
    for (const ParameterDefinition& parameter : dictionary.parameters)
        if (auto done = add_parameter(unit, number, parameter); !done) return failed(done);
    return DictionaryInstallation{DictionaryNumber{number}, false};
}

}  // namespace watchglass::storage
