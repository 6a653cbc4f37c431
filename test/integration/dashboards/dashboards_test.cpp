// SPDX-License-Identifier: Apache-2.0
// The dashboards' queries, as Grafana would send them, on a database with something of everything in it.
#include <regex>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "libs/foundation/file.h"
#include "test/integration/dashboards/statements.h"
#include "test/support/postgres.h"

using namespace watchglass;
using namespace watchglass::test;

namespace {

const std::string pump = "pumpaaaaaaaaaaaaaaaaaaaaaa";
const std::string theirs = "otheraaaaaaaaaaaaaaaaaaaaa";

/// What somebody chose on the dashboards: the pump, its temperature and its valve.
const std::map<std::string, std::string> chosen{{"device", pump},      {"sub_device", "(itself)"},
                                                {"parameter", "flow"}, {"state", "valve"},
                                                {"site", "lab"},       {"model", "P-1"}};

/// One instrument with a number and an enumeration, silent since ten hours; and one of another tenant, like it.
constexpr const char* world_sql = R"(
INSERT INTO watchglass.tenants (tenant, name) VALUES (2, 'other');
INSERT INTO watchglass.dictionaries (name, version, digest, source) VALUES ('lab-pump', 1, repeat('0', 64), '');
INSERT INTO watchglass.dictionary_parameters
    SELECT dictionary, p.number, p.name, '', p.unit, p.type, '1', interval '15 minutes', 'machine', p.labels
    FROM watchglass.dictionaries, (VALUES (1, 'flow', 'L/min', 'number', NULL),
                                          (2, 'valve', '', 'enumeration', ARRAY['shut', 'open'])) p(number, name, unit, type, labels)
    WHERE dictionaries.name = 'lab-pump';
INSERT INTO watchglass.devices (tenant, device_id, site, model, serial, state)
    VALUES (1, 'pumpaaaaaaaaaaaaaaaaaaaaaa', 'lab', 'P-1', '17', 'enrolled'), (2, 'otheraaaaaaaaaaaaaaaaaaaaa', 'lab', 'P-1', '18', 'enrolled');
SELECT watchglass.ensure_frame_partition(1::smallint, now()::date), watchglass.ensure_frame_partition(1::smallint, (now() - interval '10 hours')::date);
CREATE TEMP TABLE d AS SELECT d.tenant, d.device, p.dictionary, now() - interval '10 hours' AS t
    FROM watchglass.devices d, watchglass.dictionaries p WHERE p.name = 'lab-pump';
INSERT INTO watchglass.presence SELECT tenant, device, 'broker', 'disconnected', 'timed_out', t FROM d;
INSERT INTO watchglass.streams SELECT tenant, device, 1, 7, 9, 8, decode(repeat('00', 16), 'hex'), 0, 0, 1, t, t FROM d;
INSERT INTO watchglass.frames SELECT tenant, device, t, t, 0, 7, 9, dictionary, 1, 1, 3, false, '', '{1,2}', '{0,0}', '{4.5,1}', NULL FROM d;
INSERT INTO watchglass.latest_values SELECT tenant, device, '', t, '{1,2}', ARRAY[dictionary, dictionary], '{4.5,1}', '{NULL,NULL}',
    ARRAY[t, t], ARRAY[t, t], '{1,1}', '{7,7}', '{9,9}' FROM d;
INSERT INTO watchglass.frame_events SELECT tenant, device, t, 2, 5, seq, 0, t, 0, 3, dictionary, '', 1, seq, 'limit.flow', 1, 4.5, 'low'
    FROM d, generate_series(1, 3) seq;
INSERT INTO watchglass.stream_gaps SELECT tenant, device, 1, 8, 1, 3, 1, 0, now() FROM d;
INSERT INTO watchglass.stream_repeats SELECT tenant, device, 1, 7, 1, 3, now() FROM d;
INSERT INTO watchglass.clock_anchors SELECT tenant, device, 1, 0, 0, 1, now() FROM d;
INSERT INTO watchglass.quarantine (tenant, device, topic, received, code, detail, bytes) SELECT tenant, device, 't', now(), 'frame.malformed', '', '' FROM d;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dashboards') THEN
    CREATE ROLE dashboards LOGIN IN ROLE wg_reader; END IF; END $$;
INSERT INTO watchglass.tenant_readers (role, tenant) VALUES ('dashboards', 1);
)";

struct World {
    World() { database.run(world_sql); }
    TestDatabase database;
};

std::string contract_page() {
    return read_file(std::string(std::getenv("WATCHGLASS_SOURCE_DIR")) + "/docs/formats/database.md").value();
}

/// The page's queries: every block of SQL that only asks.
std::vector<std::string> examples() {
    const std::string page = contract_page(), opens = "```sql\n", closes = "```";
    std::vector<std::string> found;
    for (auto at = page.find(opens); at != std::string::npos; at = page.find(opens, at)) {
        at += opens.size();
        const auto sql = page.substr(at, page.find(closes, at) - at);
        if (sql.starts_with("SELECT")) found.push_back(sql);
    }
    return found;
}

/// The relations and functions that the page has a heading for.
std::set<std::string> contract() {
    std::set<std::string> names;
    const std::regex heading{"## ([a-z_]+)(?: and ([a-z_]+))?(\\(.*)?"};
    std::istringstream lines{contract_page()};
    for (std::string line; std::getline(lines, line);) {
        std::smatch match;
        if (!std::regex_match(line, match, heading)) continue;
        names.insert(match[1]);
        if (match[2].matched) names.insert(match[2]);
    }
    return names;
}

/// What of the schema a statement names, as PostgreSQL understood it: a view on it depends on just that.
std::set<std::string> named_by(const TestDatabase& database, const std::string& sql) {
    database.run("CREATE VIEW public.asked AS " + sql);
    auto connection = database.connect();
    const auto rows = connection.run(
        "SELECT coalesce(c.relname, p.proname)::text FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid "
        "LEFT JOIN pg_class c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid "
        "LEFT JOIN pg_proc p ON d.refclassid = 'pg_proc'::regclass AND p.oid = d.refobjid "
        "WHERE d.classid = 'pg_rewrite'::regclass AND r.ev_class = 'public.asked'::regclass "
        "AND d.refobjid <> 'public.asked'::regclass AND coalesce(c.relnamespace, p.pronamespace) IS NOT "
        "NULL");
    REQUIRE(rows);
    std::set<std::string> names;
    for (const storage::Row row : *rows) names.insert(row.text(0));
    database.run("DROP VIEW public.asked");
    return names;
}

std::set<std::string> beyond_the_contract(const TestDatabase& database, const std::string& sql) {
    const auto allowed = contract();
    auto named = named_by(database, sql);
    std::erase_if(named, [&](const std::string& name) { return allowed.contains(name); });
    return named;
}

}  // namespace

TEST_CASE("every query of every dashboard answers a reader of one tenant, with that tenant's data") {
    World world;
    auto reader = world.database.connect("dashboards");
    REQUIRE(reader.run_script("SET statement_timeout = '10s'"));
    const auto statements = dashboard_statements();
    CHECK(statements.size() > 40);
    for (const auto& statement : statements) {
        INFO(statement.where);
        const auto rows = reader.run(filled_in(statement.sql, chosen));
        INFO((rows ? "" : rows.error().cause));
        CHECK(rows);
        if (!rows) continue;
        CHECK(!rows->empty());
        const auto theirs_in_it = reader.run("SELECT count(*) FROM (" + filled_in(statement.sql, chosen) +
                                             ") answer WHERE answer::text LIKE '%" + theirs + "%'");
        REQUIRE(theirs_in_it);
        CHECK((*theirs_in_it)[0].int64(0) == 0);
    }
}

TEST_CASE("no query of a dashboard names anything but the read contract") {
    World world;
    for (const auto& statement : dashboard_statements()) {
        INFO(statement.where);
        CHECK(beyond_the_contract(world.database, filled_in(statement.sql, chosen)) ==
              std::set<std::string>{});
    }
    CHECK(beyond_the_contract(world.database,
                              "SELECT f.t FROM watchglass.frames f JOIN watchglass.latest USING (tenant)") ==
          std::set<std::string>{"frames"});
    CHECK(beyond_the_contract(world.database, "SELECT watchglass.current_tenant()") ==
          std::set<std::string>{"current_tenant"});
}

TEST_CASE("a reader of another tenant gets another tenant's answers to the same queries") {
    World world;
    world.database.run("UPDATE watchglass.tenant_readers SET tenant = 2 WHERE role = 'dashboards'");
    auto reader = world.database.connect("dashboards");
    for (const auto& statement : dashboard_statements()) {
        if (statement.sql.find("${device:sqlstring}") == std::string::npos) continue;
        INFO(statement.where);
        const auto rows = reader.run(filled_in(statement.sql, chosen));
        INFO((rows ? "" : rows.error().cause));
        CHECK((rows && rows->empty()));
    }
}

TEST_CASE("the examples of the read contract's page can be asked as they stand") {
    World world;
    auto reader = world.database.connect("dashboards");
    CHECK(examples().size() >= 8);
    for (const auto& example : examples()) {
        INFO(example);
        const auto answered = reader.run_script(example);
        INFO((answered ? "" : answered.error().cause));
        CHECK(answered);
    }
}
