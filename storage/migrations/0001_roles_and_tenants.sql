-- SPDX-License-Identifier: Apache-2.0
-- Roles, the schema, tenants, and the id of this platform's history. Needs a superuser: it makes roles and one of
-- them passes row-level security. Every later migration runs as wg_migrate.

DO $$
DECLARE
    role text;
BEGIN
    -- Roles belong to the whole cluster, so another database may have made them already.
    FOREACH role IN ARRAY ARRAY['wg_owner', 'wg_migrate', 'wg_ingest', 'wg_provision', 'wg_bridge', 'wg_console', 'wg_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role);
        END IF;
    END LOOP;
END
$$;

ALTER ROLE wg_owner NOLOGIN;                   -- owns everything, nobody logs in as it
ALTER ROLE wg_migrate LOGIN BYPASSRLS;         -- changes the schema, installs dictionaries
ALTER ROLE wg_ingest LOGIN BYPASSRLS;          -- writes telemetry: COPY FROM fails under row-level security
ALTER ROLE wg_provision LOGIN;                 -- registry, certificates, operators
ALTER ROLE wg_bridge LOGIN;                    -- broker admission and presence
ALTER ROLE wg_console LOGIN BYPASSRLS;         -- read API; becomes wg_reader for an operator of one tenant
ALTER ROLE wg_reader NOLOGIN;                  -- what every reader of one tenant is a member of
GRANT wg_owner TO wg_migrate;
GRANT wg_reader TO wg_console;

DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO wg_migrate, wg_ingest, wg_provision, wg_bridge, wg_console, wg_reader', current_database());
    EXECUTE format('GRANT CREATE ON DATABASE %I TO wg_owner', current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO wg_ingest', current_database());
END
$$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

ALTER SCHEMA watchglass OWNER TO wg_owner;
ALTER TABLE watchglass.schema_migrations OWNER TO wg_owner;
SET LOCAL ROLE wg_owner;

GRANT USAGE ON SCHEMA watchglass TO wg_migrate, wg_ingest, wg_provision, wg_bridge, wg_console, wg_reader;
GRANT SELECT ON watchglass.schema_migrations TO wg_ingest, wg_provision, wg_bridge, wg_console;

-- One row. Another id after a restore from backup tells devices that a lower stored_through is meant.
CREATE TABLE watchglass.platform (
    one_row    boolean     PRIMARY KEY DEFAULT true CHECK (one_row),
    history    bigint      NOT NULL,
    began_at   timestamptz NOT NULL DEFAULT now()
);
INSERT INTO watchglass.platform (history)
VALUES (('x' || left(replace(gen_random_uuid()::text, '-', ''), 16))::bit(64)::bigint);
GRANT SELECT ON watchglass.platform TO wg_ingest, wg_provision, wg_console;

-- How long data is kept: partitions are dropped by class and day.
CREATE TABLE watchglass.retention_classes (
    class smallint PRIMARY KEY CHECK (class > 0),
    name  text     NOT NULL UNIQUE,
    keep  interval NOT NULL CHECK (keep >= interval '1 day')
);
INSERT INTO watchglass.retention_classes (class, name, keep) VALUES (1, 'standard', interval '10 years');

CREATE TABLE watchglass.tenants (
    tenant          int         PRIMARY KEY CHECK (tenant > 0),
    name            text        NOT NULL UNIQUE CHECK (name <> ''),
    retention_class smallint    NOT NULL DEFAULT 1 REFERENCES watchglass.retention_classes,
    created_at      timestamptz NOT NULL DEFAULT now()
);
INSERT INTO watchglass.tenants (tenant, name) VALUES (1, 'default');

-- Which login role may read which tenant, for people and dashboards that come by SQL.
CREATE TABLE watchglass.tenant_readers (
    role   name NOT NULL,
    tenant int  NOT NULL REFERENCES watchglass.tenants,
    PRIMARY KEY (tenant, role)
);

-- The tenant that this session reads, or NULL: the setting watchglass.tenant, if the role that logged in may read it.
-- The setting alone proves nothing, since anybody may set it; and it turns into '' after a roll-back.
CREATE FUNCTION watchglass.current_tenant() RETURNS int
    LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path = pg_catalog
AS $$
    SELECT CASE
        WHEN session_user = 'wg_console' OR pg_has_role(session_user, 'wg_owner', 'MEMBER') THEN wanted.tenant
        WHEN wanted.tenant IS NULL THEN (
            SELECT min(r.tenant) FROM watchglass.tenant_readers r
            WHERE r.role = session_user HAVING count(*) = 1)
        ELSE (SELECT r.tenant FROM watchglass.tenant_readers r
              WHERE r.role = session_user AND r.tenant = wanted.tenant)
    END
    FROM (SELECT CASE WHEN current_setting('watchglass.tenant', true) ~ '^[0-9]{1,9}$'
                      THEN current_setting('watchglass.tenant', true)::int END AS tenant) AS wanted
$$;
REVOKE ALL ON FUNCTION watchglass.current_tenant() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watchglass.current_tenant() TO wg_reader, wg_console, wg_migrate, wg_ingest, wg_provision, wg_bridge;

ALTER TABLE watchglass.tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE watchglass.tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON watchglass.tenants FOR SELECT TO wg_reader
    USING (tenant = (SELECT watchglass.current_tenant()));
CREATE POLICY registry ON watchglass.tenants TO wg_provision USING (true) WITH CHECK (true);
CREATE POLICY broker ON watchglass.tenants FOR SELECT TO wg_bridge USING (true);
GRANT SELECT ON watchglass.tenants TO wg_reader, wg_ingest, wg_bridge, wg_console;
GRANT SELECT, INSERT, UPDATE ON watchglass.tenants TO wg_provision;
GRANT SELECT ON watchglass.retention_classes TO wg_ingest, wg_provision, wg_console, wg_reader;
GRANT SELECT, INSERT, DELETE ON watchglass.tenant_readers TO wg_provision;
