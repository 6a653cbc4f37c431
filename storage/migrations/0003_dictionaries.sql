-- SPDX-License-Identifier: Apache-2.0
-- What instruments of a model may report. `source` is the text that was published; the parameters are kept as rows
-- too, so that SQL finds them by name. A published version never changes.
SET LOCAL ROLE wg_owner;

CREATE TABLE watchglass.dictionaries (
    dictionary int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant     int         REFERENCES watchglass.tenants,  -- NULL: for everyone
    name       text        NOT NULL,
    version    int         NOT NULL CHECK (version > 0),
    digest     text        NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    source     text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (tenant, name, version)  -- a tenant's own comes before one for everyone
);

CREATE TABLE watchglass.dictionary_parameters (
    dictionary   int      NOT NULL REFERENCES watchglass.dictionaries,
    number       smallint NOT NULL CHECK (number > 0),
    name         text     NOT NULL,
    description  text     NOT NULL,
    unit         text     NOT NULL,            -- UCUM code, '' for counts and texts
    type         text     NOT NULL CHECK (type IN ('number', 'integer', 'boolean', 'enumeration', 'text')),
    resolution   text     NOT NULL,            -- decimal: '0.0001'
    max_interval interval NOT NULL,            -- an unchanged value is confirmed at least this often
    data_class   text     NOT NULL,
    labels       text[],                       -- of an enumeration: labels[value + 1]
    PRIMARY KEY (dictionary, number),
    UNIQUE (dictionary, name)
);
CREATE INDEX dictionary_parameters_name ON watchglass.dictionary_parameters (name);

CREATE FUNCTION watchglass.tell_of_dictionary() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('watchglass_dictionaries', NEW.name || ' ' || NEW.version);
    RETURN NULL;
END
$$;
CREATE TRIGGER tell AFTER INSERT ON watchglass.dictionaries
    FOR EACH ROW EXECUTE FUNCTION watchglass.tell_of_dictionary();

ALTER TABLE watchglass.dictionaries ENABLE ROW LEVEL SECURITY;
ALTER TABLE watchglass.dictionaries FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON watchglass.dictionaries FOR SELECT TO wg_reader
    USING (tenant IS NULL OR tenant = (SELECT watchglass.current_tenant()));
CREATE POLICY registry ON watchglass.dictionaries TO wg_provision USING (true) WITH CHECK (true);
ALTER TABLE watchglass.dictionary_parameters ENABLE ROW LEVEL SECURITY;
ALTER TABLE watchglass.dictionary_parameters FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON watchglass.dictionary_parameters FOR SELECT TO wg_reader
    USING (EXISTS (SELECT FROM watchglass.dictionaries d WHERE d.dictionary = dictionary_parameters.dictionary));
CREATE POLICY registry ON watchglass.dictionary_parameters TO wg_provision USING (true) WITH CHECK (true);

GRANT SELECT ON watchglass.dictionaries, watchglass.dictionary_parameters TO wg_reader, wg_ingest, wg_console;
GRANT SELECT, INSERT ON watchglass.dictionaries, watchglass.dictionary_parameters TO wg_provision, wg_migrate;
