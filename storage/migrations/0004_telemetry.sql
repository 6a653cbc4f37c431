-- SPDX-License-Identifier: Apache-2.0
-- What ingest writes. Epochs, boots and sequence numbers are unsigned 64-bit numbers kept as the bigint of the same
-- bits. Lanes: 1 telemetry, 2 events. Clock quality: 0 unknown, 1 floor, 2 set, 3 synchronized.
SET LOCAL ROLE wg_owner;

-- Where each stream stands; outlives the retention of its data. stored_through counts every position: rows stored,
-- quarantined frames and declared gaps.
CREATE TABLE watchglass.streams (
    tenant         int         NOT NULL,
    device         int         NOT NULL,
    lane           smallint    NOT NULL CHECK (lane IN (1, 2)),
    epoch          bigint      NOT NULL,
    stored_through bigint      NOT NULL,
    before         bigint      NOT NULL,              -- stored_through before its last commit: what compare-and-set compares
    chain          bytea       NOT NULL CHECK (octet_length(chain) = 16),
    quarantined    bigint      NOT NULL DEFAULT 0,    -- positions that went to quarantine
    missing        bigint      NOT NULL DEFAULT 0,    -- positions that gaps declared lost
    last_commit    bigint      NOT NULL,              -- commits.commit; the head of a list through commits.previous
    first_at       timestamptz NOT NULL,
    last_at        timestamptz NOT NULL,
    PRIMARY KEY (tenant, device, lane, epoch),
    FOREIGN KEY (tenant, device) REFERENCES watchglass.devices
) WITH (fillfactor = 60);

-- One row per transaction of ingest, kept 30 days: which stream positions it added, with their chains. The live tail
-- reads it by the number that the transaction announces; a repeat's chain is found through `previous`.
CREATE SEQUENCE watchglass.commit_numbers;
CREATE TABLE watchglass.commits (
    commit   bigint        NOT NULL,
    at       timestamptz   NOT NULL,
    tenants  int[]         NOT NULL,   -- arrays in parallel, one element per stream
    devices  int[]         NOT NULL,
    lanes    smallint[]    NOT NULL,
    epochs   bigint[]      NOT NULL,
    froms    bigint[]      NOT NULL,
    throughs bigint[]      NOT NULL,
    chains   bytea[]       NOT NULL,   -- 16 bytes for each of the last positions up to `through`
    previous bigint[]      NOT NULL,   -- the stream's commit before this one; 0: none
    t_firsts timestamptz[] NOT NULL,   -- earliest and latest frames.t of the stream's rows
    t_lasts  timestamptz[] NOT NULL
) PARTITION BY RANGE (at);

-- One row per accepted frame that carries changes. Leaf partitions (retention class, day of t) and their unique
-- index (tenant, device, t, lane, epoch, seq) are made by ensure_frame_partition().
CREATE TABLE watchglass.frames (
    tenant        int         NOT NULL,
    device        int         NOT NULL,
    t             timestamptz NOT NULL,  -- corrected time of the earliest reading in the frame
    received      timestamptz NOT NULL,
    device_us     bigint      NOT NULL,  -- the device's own clock at offset 0, microseconds since 1970
    epoch         bigint      NOT NULL,
    seq           bigint      NOT NULL,
    dictionary    int         NOT NULL,
    class         smallint    NOT NULL,
    lane          smallint    NOT NULL,
    clock_quality smallint    NOT NULL,
    time_replaced boolean     NOT NULL,  -- the device's time was no use: t is the received time
    sub_device    text        NOT NULL,  -- '': the device itself
    parameters    smallint[]  NOT NULL,  -- numbers of the dictionary; arrays in parallel
    offsets_us    int[]       NOT NULL,  -- after t, 0 to 15 minutes
    numbers       float8[]    NOT NULL,  -- NULL where the value is a text
    texts         text[]                 -- NULL when no value is a text
) PARTITION BY LIST (class);

CREATE TABLE watchglass.frame_events (
    tenant        int         NOT NULL,
    device        int         NOT NULL,
    t             timestamptz NOT NULL,
    lane          smallint    NOT NULL,
    epoch         bigint      NOT NULL,
    seq           bigint      NOT NULL,
    ordinal       smallint    NOT NULL,
    received      timestamptz NOT NULL,
    device_us     bigint      NOT NULL,
    clock_quality smallint    NOT NULL,
    dictionary    int         NOT NULL REFERENCES watchglass.dictionaries,
    sub_device    text        NOT NULL,
    kind          smallint    NOT NULL CHECK (kind BETWEEN 1 AND 4),      -- raised, changed, cleared, state
    severity      smallint    NOT NULL CHECK (severity BETWEEN 1 AND 3),  -- info, warning, alarm
    name          text        NOT NULL,
    parameter     smallint,
    value         float8,
    text          text        NOT NULL,
    PRIMARY KEY (tenant, device, t, lane, epoch, seq, ordinal),
    FOREIGN KEY (tenant, device) REFERENCES watchglass.devices
);

CREATE TABLE watchglass.stream_gaps (
    tenant       int         NOT NULL,
    device       int         NOT NULL,
    lane         smallint    NOT NULL,
    epoch        bigint      NOT NULL,
    from_seq     bigint      NOT NULL,
    to_seq       bigint      NOT NULL CHECK (to_seq >= from_seq),
    cause        smallint    NOT NULL CHECK (cause BETWEEN 1 AND 5),
    changes_lost bigint      NOT NULL,  -- 0: not known
    received     timestamptz NOT NULL,
    PRIMARY KEY (tenant, device, lane, epoch, from_seq),
    FOREIGN KEY (tenant, device) REFERENCES watchglass.devices
);

-- The latest value of every parameter: one row of parallel arrays per device, rewritten often.
CREATE TABLE watchglass.latest_values (
    tenant       int           NOT NULL,
    device       int           NOT NULL,
    sub_device   text          NOT NULL,
    heard        timestamptz   NOT NULL,  -- last received anything
    parameters   smallint[]    NOT NULL,
    dictionaries int[]         NOT NULL,
    numbers      float8[]      NOT NULL,
    texts        text[]        NOT NULL,
    changed      timestamptz[] NOT NULL,  -- corrected times
    confirmed    timestamptz[] NOT NULL,
    lanes        smallint[]    NOT NULL,  -- the stream position that each value came from
    epochs       bigint[]      NOT NULL,
    seqs         bigint[]      NOT NULL,
    PRIMARY KEY (tenant, device, sub_device),
    FOREIGN KEY (tenant, device) REFERENCES watchglass.devices
) WITH (fillfactor = 45);

-- What could not be read or was refused. Tenant 0: nobody's, because the sender could not be told.
CREATE TABLE watchglass.quarantine (
    tenant     int         NOT NULL CHECK (tenant >= 0),
    id         bigint      GENERATED ALWAYS AS IDENTITY,
    device     int,
    topic      text        NOT NULL,
    lane       smallint,
    epoch      bigint,
    seq        bigint,
    received   timestamptz NOT NULL,
    code       text        NOT NULL,
    detail     text        NOT NULL,
    bytes      bytea       NOT NULL,
    seen       bigint      NOT NULL DEFAULT 1,  -- how often the same message came that day
    state      smallint    NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 3),  -- open, replay requested, replayed
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, id)
);
-- A message without a place in a stream is sent again and again: one row a day.
CREATE UNIQUE INDEX quarantine_repeats ON watchglass.quarantine
    (tenant, coalesce(device, 0), code, ((received AT TIME ZONE 'UTC')::date), hashtextextended(topic, 0), sha256(bytes))
    WHERE seq IS NULL;
CREATE INDEX quarantine_id ON watchglass.quarantine (id);
CREATE INDEX quarantine_replay ON watchglass.quarantine (id) WHERE state = 2;

-- The clocks of devices beside ours, one row per boot, the newest four of each device.
CREATE TABLE watchglass.clock_anchors (
    tenant        int         NOT NULL,
    device        int         NOT NULL,
    boot          bigint      NOT NULL,
    monotonic_us  bigint      NOT NULL,
    wall_us       bigint      NOT NULL,
    clock_quality smallint    NOT NULL,
    received      timestamptz NOT NULL,
    PRIMARY KEY (tenant, device, boot),
    FOREIGN KEY (tenant, device) REFERENCES watchglass.devices
);

-- Asks the catalog by a query: to_regclass() may answer from before another session's commit that we waited for.
CREATE FUNCTION watchglass.has_table(name text) RETURNS boolean LANGUAGE sql VOLATILE SET search_path = pg_catalog
    RETURN EXISTS (SELECT FROM pg_class WHERE relname = $1 AND relnamespace = 'watchglass'::regnamespace);

-- Makes the partition of one retention class and day. A table is made beside its parent and then attached: that lock
-- lets ingest go on, CREATE TABLE ... PARTITION OF does not.
CREATE FUNCTION watchglass.ensure_frame_partition(p_class smallint, p_day date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    parent text := format('frames_c%s', p_class);
    leaf   text := format('frames_c%s_%s', p_class, to_char(p_day, 'YYYYMMDD'));
BEGIN
    IF watchglass.has_table(leaf) THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM watchglass.retention_classes WHERE class = p_class) THEN
        RAISE EXCEPTION 'retention class % does not exist', p_class USING ERRCODE = 'check_violation';
    END IF;
    IF p_day < (now() - interval '20 years')::date OR p_day > (now() + interval '2 days')::date THEN
        RAISE EXCEPTION 'no partition is made for %: a frame''s time must be near the present', p_day
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM pg_advisory_xact_lock(7306086, 1);  -- one maker at a time
    IF watchglass.has_table(leaf) THEN
        RETURN;
    END IF;
    IF NOT watchglass.has_table(parent) THEN
        EXECUTE format('CREATE TABLE watchglass.%I (LIKE watchglass.frames) PARTITION BY RANGE (t)', parent);
        EXECUTE format('ALTER TABLE watchglass.frames ATTACH PARTITION watchglass.%I FOR VALUES IN (%s)', parent, p_class);
    END IF;
    EXECUTE format('CREATE TABLE watchglass.%I (LIKE watchglass.frames)', leaf);
    EXECUTE format('CREATE UNIQUE INDEX %I ON watchglass.%I (tenant, device, t, lane, epoch, seq)', leaf || '_key', leaf);
    EXECUTE format('ALTER TABLE watchglass.%I ATTACH PARTITION watchglass.%I FOR VALUES FROM (%L) TO (%L)',
                   parent, leaf, p_day::timestamp AT TIME ZONE 'UTC', (p_day + 1)::timestamp AT TIME ZONE 'UTC');
END
$$;

CREATE FUNCTION watchglass.ensure_commit_partition(p_day date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    leaf text := format('commits_%s', to_char(p_day, 'YYYYMMDD'));
BEGIN
    IF watchglass.has_table(leaf) THEN
        RETURN;
    END IF;
    IF p_day < (now() - interval '20 years')::date OR p_day > (now() + interval '20 years')::date THEN
        RAISE EXCEPTION 'no partition is made for %', p_day USING ERRCODE = 'check_violation';
    END IF;
    PERFORM pg_advisory_xact_lock(7306086, 1);
    IF watchglass.has_table(leaf) THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE watchglass.%I (LIKE watchglass.commits)', leaf);
    EXECUTE format('CREATE UNIQUE INDEX %I ON watchglass.%I (commit)', leaf || '_key', leaf);
    EXECUTE format('ALTER TABLE watchglass.commits ATTACH PARTITION watchglass.%I FOR VALUES FROM (%L) TO (%L)',
                   leaf, p_day::timestamp AT TIME ZONE 'UTC', (p_day + 1)::timestamp AT TIME ZONE 'UTC');
END
$$;

REVOKE ALL ON FUNCTION watchglass.has_table(text), watchglass.ensure_frame_partition(smallint, date), watchglass.ensure_commit_partition(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watchglass.ensure_frame_partition(smallint, date), watchglass.ensure_commit_partition(date) TO wg_ingest, wg_migrate;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['streams', 'frames', 'frame_events', 'stream_gaps', 'latest_values', 'quarantine', 'clock_anchors'] LOOP
        EXECUTE format('ALTER TABLE watchglass.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE watchglass.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY own_tenant ON watchglass.%I FOR SELECT TO wg_reader
                        USING (tenant = (SELECT watchglass.current_tenant()))', t);
        EXECUTE format('GRANT SELECT ON watchglass.%I TO wg_reader, wg_ingest, wg_console', t);
        EXECUTE format('GRANT INSERT ON watchglass.%I TO wg_ingest', t);
    END LOOP;
END
$$;
-- Commits hold every tenant's positions side by side: no reader sees them.
ALTER TABLE watchglass.commits ENABLE ROW LEVEL SECURITY;
ALTER TABLE watchglass.commits FORCE ROW LEVEL SECURITY;
GRANT SELECT ON watchglass.commits TO wg_console;
GRANT SELECT, INSERT ON watchglass.commits TO wg_ingest;
GRANT USAGE ON SEQUENCE watchglass.commit_numbers TO wg_ingest;
GRANT UPDATE ON watchglass.streams, watchglass.latest_values, watchglass.clock_anchors, watchglass.quarantine TO wg_ingest;
GRANT DELETE ON watchglass.clock_anchors TO wg_ingest;  -- the newest few boots of a device are kept
-- A replay is asked for over the platform's REST API.
CREATE POLICY replay ON watchglass.quarantine TO wg_provision USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (state, changed_at) ON watchglass.quarantine TO wg_provision;
