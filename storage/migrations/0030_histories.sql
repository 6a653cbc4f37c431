-- SPDX-License-Identifier: Apache-2.0
-- The platform's histories: another one begins when the database was restored from a backup, and devices then send again
-- what it lacks. And what may be stored twice, because the proof that it is not was no longer kept.
SET LOCAL ROLE wg_owner;

CREATE TABLE watchglass.platform_histories (
    history  bigint      PRIMARY KEY,
    began_at timestamptz NOT NULL DEFAULT now(),
    witness  text        NOT NULL  -- the device that had been told of more than was stored; '': an operator, or the first
);
INSERT INTO watchglass.platform_histories (history, began_at, witness) SELECT history, began_at, '' FROM watchglass.platform;
CREATE INDEX platform_histories_began ON watchglass.platform_histories (began_at);
GRANT SELECT ON watchglass.platform_histories TO wg_ingest, wg_provision, wg_console;

-- Begins another history where `believed` is still the valid one, and answers the one that is valid now. On devices' word
-- at most once a minute, on one device's once in ten: a device that lies shall not keep a fleet busy.
CREATE FUNCTION watchglass.begin_new_history(believed bigint, witness text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    fresh bigint := ('x' || left(replace(gen_random_uuid()::text, '-', ''), 16))::bit(64)::bigint;
    valid bigint;
BEGIN
    SELECT history INTO valid FROM watchglass.platform FOR UPDATE;
    IF valid <> $1 OR ($2 <> '' AND EXISTS (SELECT FROM watchglass.platform_histories h
                                            WHERE h.witness <> '' AND h.began_at > now() - interval '1 minute'
                                               OR h.witness = $2 AND h.began_at > now() - interval '10 minutes')) THEN
        RETURN valid;
    END IF;
    UPDATE watchglass.platform SET history = fresh, began_at = now();
    INSERT INTO watchglass.platform_histories (history, witness) VALUES (fresh, $2);
    PERFORM pg_notify('watchglass_history', fresh::text);
    RETURN fresh;
END
$$;
REVOKE ALL ON FUNCTION watchglass.begin_new_history(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watchglass.begin_new_history(bigint, text) TO wg_ingest, wg_migrate;

-- Where to begin when the chain of an old place is asked for: one row for every 16 places of a stream, kept as long as
-- `commits`, whose list from commit to previous commit would be long to follow.
CREATE TABLE watchglass.stream_landmarks (
    tenant  int         NOT NULL,
    device  int         NOT NULL,
    lane    smallint    NOT NULL,
    epoch   bigint      NOT NULL,
    through bigint      NOT NULL,
    commit  bigint      NOT NULL,  -- of `commits`: its run of this stream ends at `through`
    at      timestamptz NOT NULL,
    PRIMARY KEY (tenant, device, lane, epoch, through)
);
CREATE INDEX stream_landmarks_at ON watchglass.stream_landmarks USING brin (at);
ALTER TABLE watchglass.stream_landmarks ENABLE ROW LEVEL SECURITY;
ALTER TABLE watchglass.stream_landmarks FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON watchglass.stream_landmarks TO wg_ingest;

-- Places whose frames may be stored under another epoch of the device as well.
CREATE TABLE watchglass.stream_repeats (
    tenant   int         NOT NULL,
    device   int         NOT NULL,
    lane     smallint    NOT NULL,
    epoch    bigint      NOT NULL,
    from_seq bigint      NOT NULL,
    to_seq   bigint      NOT NULL CHECK (to_seq >= from_seq),
    received timestamptz NOT NULL,
    PRIMARY KEY (tenant, device, lane, epoch, from_seq),
    FOREIGN KEY (tenant, device) REFERENCES watchglass.devices
);
ALTER TABLE watchglass.stream_repeats ENABLE ROW LEVEL SECURITY;
ALTER TABLE watchglass.stream_repeats FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON watchglass.stream_repeats FOR SELECT TO wg_reader
    USING (tenant = (SELECT watchglass.current_tenant()));
GRANT SELECT ON watchglass.stream_repeats TO wg_reader, wg_ingest, wg_console;
GRANT INSERT ON watchglass.stream_repeats TO wg_ingest;

CREATE VIEW watchglass.possible_repeats WITH (security_invoker = true) AS
    SELECT d.tenant, d.device_id, (ARRAY['telemetry', 'events'])[r.lane] AS lane,
           to_hex(r.epoch) AS epoch, r.from_seq, r.to_seq, r.to_seq - r.from_seq + 1 AS frames, r.received
    FROM watchglass.stream_repeats r
    JOIN watchglass.devices d ON d.tenant = r.tenant AND d.device = r.device;
GRANT SELECT ON watchglass.possible_repeats TO wg_reader, wg_console;
