-- SPDX-License-Identifier: Apache-2.0
-- Who an instrument is, who may administer it, and what was done. What the broker may admit is in access_changes.
SET LOCAL ROLE wg_owner;

-- One instrument is registered once: whoever registers it anew must have retired (or revoked) the old registration.
CREATE UNIQUE INDEX devices_live_instrument ON watchglass.devices (tenant, model, serial)
    WHERE state NOT IN ('revoked', 'retired');

-- One public key belongs to one device, over all tenants and for ever.
CREATE TABLE watchglass.device_keys (
    public_key bytea PRIMARY KEY CHECK (octet_length(public_key) = 32),  -- SHA-256 of the SubjectPublicKeyInfo
    tenant int NOT NULL,
    device int NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    FOREIGN KEY (tenant, device) REFERENCES watchglass.devices (tenant, device)
);

CREATE TABLE watchglass.tickets (
    tenant int NOT NULL,
    device int NOT NULL,
    ticket bigint GENERATED ALWAYS AS IDENTITY,
    secret_digest bytea NOT NULL CHECK (octet_length(secret_digest) = 32),
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    spent_at timestamptz,
    spent_key bytea CHECK (octet_length(spent_key) = 32),
    voided_at timestamptz,
    PRIMARY KEY (tenant, device, ticket),
    FOREIGN KEY (tenant, device) REFERENCES watchglass.devices (tenant, device),
    CHECK ((spent_at IS NULL) = (spent_key IS NULL))
);
-- The instrument knows nothing but the secret; the digest of 128 random bits tells no tenant about another.
CREATE UNIQUE INDEX tickets_by_secret ON watchglass.tickets (secret_digest);

-- The issuance log: a row is there, with its audit entry, before anything is signed.
CREATE TABLE watchglass.certificates (
    tenant int NOT NULL,
    device int NOT NULL,
    certificate bigint GENERATED ALWAYS AS IDENTITY,
    state text NOT NULL CHECK (state IN ('being_issued', 'issued', 'revoked')),
    profile text NOT NULL,
    public_key bytea NOT NULL REFERENCES watchglass.device_keys (public_key),
    public_key_der bytea NOT NULL,
    uri text NOT NULL,
    not_before timestamptz NOT NULL,
    not_after timestamptz NOT NULL,
    ticket bigint,
    requested_at timestamptz NOT NULL,
    issued_at timestamptz,
    serial text,
    fingerprint bytea CHECK (octet_length(fingerprint) = 32),
    pem text,    -- the chain as delivered, the device's own certificate first
    access_change bigint,
    revoked_at timestamptz,
    PRIMARY KEY (tenant, device, certificate),
    FOREIGN KEY (tenant, device) REFERENCES watchglass.devices (tenant, device),
    CHECK ((state = 'being_issued') = (fingerprint IS NULL))
);
CREATE UNIQUE INDEX certificates_by_fingerprint ON watchglass.certificates (fingerprint);
CREATE UNIQUE INDEX certificates_under_way ON watchglass.certificates (tenant, device, public_key)
    WHERE state = 'being_issued';

CREATE TABLE watchglass.operators (
    fingerprint bytea PRIMARY KEY CHECK (octet_length(fingerprint) = 32),
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('admin', 'service', 'reader')),
    tenant int REFERENCES watchglass.tenants (tenant),  -- null: every tenant
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    removed_at timestamptz
);

-- Who did what to which device, in the transaction that did it. Nobody changes or deletes a row, its owner included.
CREATE TABLE watchglass.audit (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,       -- operator:NAME, device:ID, ticket, local
    action text NOT NULL,      -- device.registered, ticket.made, enroll.refused ...
    tenant int,
    device_id text,
    address text,
    request_id text,
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_by_device ON watchglass.audit (tenant, device_id, entry);

CREATE FUNCTION watchglass.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON watchglass.audit
    FOR EACH STATEMENT EXECUTE FUNCTION watchglass.refuse_change();

-- What the broker may admit, as numbered changes and as the sum of them.
CREATE TABLE watchglass.access_changes (
    n bigserial PRIMARY KEY,
    device_id text NOT NULL,
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    op text NOT NULL CHECK (op IN ('allow', 'deny')),
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE watchglass.access_current (
    device_id text NOT NULL,
    fingerprint bytea NOT NULL,
    since bigint NOT NULL,
    PRIMARY KEY (device_id, fingerprint)
);

-- How far each broker has come. A broker that is taken out of service must lose its row, or enrollments wait for it.
CREATE TABLE watchglass.broker_access (
    broker text PRIMARY KEY,
    confirmed_through bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Numbers become visible in their order: whoever has seen n has seen everything below. Hence the lock, held from the
-- number to the commit; call this last in a transaction.
CREATE FUNCTION watchglass.append_access_change(device text, print bytea, operation text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('watchglass.access_changes'));
    INSERT INTO watchglass.access_changes (device_id, fingerprint, op)
        VALUES (device, print, operation) RETURNING n INTO number;
    IF operation = 'allow' THEN
        INSERT INTO watchglass.access_current (device_id, fingerprint, since) VALUES (device, print, number)
            ON CONFLICT (device_id, fingerprint) DO UPDATE SET since = number;
    ELSE
        DELETE FROM watchglass.access_current c WHERE c.device_id = device AND c.fingerprint = print;
    END IF;
    PERFORM pg_notify('watchglass_access', number::text);
    RETURN number;
END $$;

-- Answers to POSTs that carried an Idempotency-Key.
CREATE TABLE watchglass.idempotent_answers (
    caller bytea NOT NULL,          -- the operator's fingerprint
    key text NOT NULL,
    request_digest bytea NOT NULL,
    status int,                     -- null: under way in the transaction that made the row
    body text,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (caller, key)
);

GRANT SELECT, INSERT ON watchglass.device_keys, watchglass.audit TO wg_provision;
GRANT SELECT, INSERT, UPDATE ON watchglass.tickets, watchglass.certificates, watchglass.operators TO wg_provision;
GRANT SELECT, INSERT, UPDATE, DELETE ON watchglass.idempotent_answers TO wg_provision;
GRANT SELECT, INSERT, UPDATE, DELETE ON watchglass.access_current TO wg_provision;
GRANT SELECT, INSERT ON watchglass.access_changes TO wg_provision;
GRANT USAGE ON SEQUENCE watchglass.access_changes_n_seq TO wg_provision;
GRANT SELECT ON watchglass.broker_access TO wg_provision;
GRANT SELECT, INSERT, UPDATE ON watchglass.devices TO wg_provision;
GRANT SELECT ON watchglass.tenants TO wg_provision;
GRANT SELECT ON watchglass.access_changes, watchglass.access_current, watchglass.certificates TO wg_bridge;
GRANT SELECT, INSERT, UPDATE, DELETE ON watchglass.broker_access TO wg_bridge;
GRANT SELECT ON watchglass.operators TO wg_console;
