-- SPDX-License-Identifier: Apache-2.0
-- Sites and devices: what every other table refers to. Tickets, certificates and operators come in 0010 and later.
SET LOCAL ROLE wg_owner;

CREATE TABLE watchglass.sites (
    tenant     int         NOT NULL REFERENCES watchglass.tenants,
    site       text        NOT NULL CHECK (site <> ''),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, site)
);

-- A device id is 128 random bits, so that its uniqueness over all tenants tells nobody anything.
CREATE TABLE watchglass.devices (
    tenant     int         NOT NULL REFERENCES watchglass.tenants,
    device     int         GENERATED ALWAYS AS IDENTITY,
    device_id  text        NOT NULL UNIQUE CHECK (device_id ~ '^[a-z2-7]{26}$'),
    site       text        NOT NULL,
    model      text        NOT NULL,
    serial     text        NOT NULL,
    state      text        NOT NULL DEFAULT 'registered'
               CHECK (state IN ('registered', 'enrolled', 'quarantined', 'suspended', 'revoked', 'retired')),
    dictionary text,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, device),
    FOREIGN KEY (tenant, site) REFERENCES watchglass.sites
);
-- Ingest takes devices by shard, the first letter.
CREATE INDEX devices_shard ON watchglass.devices (left(device_id, 1));

-- A site is there as soon as a device names it.
CREATE FUNCTION watchglass.add_site_of_device() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO watchglass.sites (tenant, site) VALUES (NEW.tenant, NEW.site) ON CONFLICT DO NOTHING;
    RETURN NEW;
END
$$;
CREATE TRIGGER add_site BEFORE INSERT OR UPDATE OF site ON watchglass.devices
    FOR EACH ROW EXECUTE FUNCTION watchglass.add_site_of_device();

-- Whoever keeps devices in memory hears of every change.
CREATE FUNCTION watchglass.tell_of_device() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('watchglass_devices', NEW.device_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER tell AFTER INSERT OR UPDATE ON watchglass.devices
    FOR EACH ROW EXECUTE FUNCTION watchglass.tell_of_device();

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['sites', 'devices'] LOOP
        EXECUTE format('ALTER TABLE watchglass.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE watchglass.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_tenant ON watchglass.%I FOR SELECT TO wg_reader
                        USING (tenant = (SELECT watchglass.current_tenant()))', t);
        EXECUTE format('CREATE POLICY registry ON watchglass.%I TO wg_provision USING (true) WITH CHECK (true)', t);
        EXECUTE format('CREATE POLICY broker ON watchglass.%I FOR SELECT TO wg_bridge USING (true)', t);
        EXECUTE format('GRANT SELECT ON watchglass.%I TO wg_reader, wg_ingest, wg_bridge, wg_console', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON watchglass.%I TO wg_provision', t);
    END LOOP;
END
$$;
