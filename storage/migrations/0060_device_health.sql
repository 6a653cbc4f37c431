-- SPDX-License-Identifier: Apache-2.0
-- What a service engineer asks first: which instruments are well, which alarms stand, what is missing.
SET LOCAL ROLE wg_owner;

-- The last word about each alarm, kept with its event: an alarm that stands outlives the retention of its events, and
-- nobody reads years of events to find it.
CREATE TABLE watchglass.alarms (
    tenant     int         NOT NULL,
    device     int         NOT NULL,
    sub_device text        NOT NULL,
    name       text        NOT NULL,
    kind       smallint    NOT NULL,  -- as in frame_events: raised, changed, cleared
    severity   smallint    NOT NULL,
    raised     timestamptz NOT NULL,
    t          timestamptz NOT NULL,  -- of the last word
    dictionary int         NOT NULL REFERENCES watchglass.dictionaries,
    parameter  smallint,
    value      float8,
    text       text        NOT NULL,
    lane       smallint    NOT NULL,  -- where the last word stood
    epoch      bigint      NOT NULL,
    seq        bigint      NOT NULL,
    ordinal    smallint    NOT NULL,
    PRIMARY KEY (tenant, device, sub_device, name),
    FOREIGN KEY (tenant, device) REFERENCES watchglass.devices
) WITH (fillfactor = 70);

-- As with latest values: within a stream the later place wins, across streams the later time, so that a backfill moves
-- nothing back. An alarm that is raised again while it stands, as after a restart, stands since the first time.
CREATE FUNCTION watchglass.keep_alarm() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO watchglass.alarms AS a (tenant, device, sub_device, name, kind, severity, raised, t, dictionary, parameter,
                                        value, text, lane, epoch, seq, ordinal)
    VALUES (NEW.tenant, NEW.device, NEW.sub_device, NEW.name, NEW.kind, NEW.severity, NEW.t, NEW.t, NEW.dictionary,
            NEW.parameter, NEW.value, NEW.text, NEW.lane, NEW.epoch, NEW.seq, NEW.ordinal)
    ON CONFLICT (tenant, device, sub_device, name) DO UPDATE
    SET kind = excluded.kind, severity = excluded.severity, t = excluded.t, dictionary = excluded.dictionary,
        parameter = excluded.parameter, value = excluded.value, text = excluded.text, lane = excluded.lane,
        epoch = excluded.epoch, seq = excluded.seq, ordinal = excluded.ordinal,
        raised = CASE WHEN a.kind = 3 AND excluded.kind <> 3 THEN excluded.t ELSE a.raised END
    WHERE CASE WHEN (a.lane, a.epoch) = (excluded.lane, excluded.epoch)
               THEN (a.seq, a.ordinal) < (excluded.seq, excluded.ordinal)
               ELSE a.t <= excluded.t END;
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_alarm AFTER INSERT ON watchglass.frame_events
    FOR EACH ROW WHEN (NEW.kind <= 3) EXECUTE FUNCTION watchglass.keep_alarm();

ALTER TABLE watchglass.alarms ENABLE ROW LEVEL SECURITY;
ALTER TABLE watchglass.alarms FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON watchglass.alarms FOR SELECT TO wg_reader
    USING (tenant = (SELECT watchglass.current_tenant()));
GRANT SELECT ON watchglass.alarms TO wg_reader, wg_ingest, wg_console;
GRANT INSERT, UPDATE ON watchglass.alarms TO wg_ingest;

-- Without the inner SELECT the tenant is asked for once a row: a second for ten thousand instruments.
ALTER POLICY own_tenant ON watchglass.presence USING (tenant = (SELECT watchglass.current_tenant()));

CREATE INDEX alarms_active ON watchglass.alarms (tenant, device) INCLUDE (severity) WHERE kind <> 3;
-- A device's newest streams, out of what may be hundreds. first_at never changes, so that updates stay in their page.
CREATE INDEX streams_newest ON watchglass.streams (tenant, device, lane, first_at);
-- Counting a device's entries shall not read their bytes, and counting its gaps one page.
CREATE INDEX stream_gaps_device ON watchglass.stream_gaps (tenant, device) INCLUDE (from_seq, to_seq, received) WHERE cause <> 5;
CREATE INDEX quarantine_device ON watchglass.quarantine (tenant, device, received) INCLUDE (state) WHERE device IS NOT NULL;

CREATE VIEW watchglass.active_alarms WITH (security_invoker = true) AS
    SELECT d.tenant, d.device_id, a.sub_device, a.name,
           (ARRAY['info', 'warning', 'alarm'])[a.severity] AS severity,
           a.raised, a.t, p.name AS parameter, p.unit, a.value, a.text
    FROM watchglass.alarms a
    JOIN watchglass.devices d ON d.tenant = a.tenant AND d.device = a.device
    LEFT JOIN watchglass.dictionary_parameters p ON p.dictionary = a.dictionary AND p.number = a.parameter
    WHERE a.kind <> 3;

-- One row a device, each figure by a look into an index: one device costs little, a page of them no more than its length,
-- and a figure that nobody asks for nothing (a left join to one row is left out of the plan). Staleness follows the
-- heartbeat, one a minute: two may be lost on the way.
CREATE VIEW watchglass.device_health WITH (security_invoker = true) AS
    SELECT d.tenant, d.device_id, d.site, d.model, d.serial, d.state,
           c.state AS connection, c.reason AS connection_reason, c.since AS connection_since,
           h.heard, extract(epoch FROM now() - h.heard)::float8 AS heard_seconds,
           CASE WHEN h.heard IS NULL THEN 'never'
                WHEN h.heard > now() - interval '3 minutes' THEN 'live'
                WHEN h.heard > now() - interval '15 minutes' THEN 'late'
                ELSE 'silent' END AS staleness,
           l.newest_reading, s.catching_up,
           k.clock_quality, (k.wall_us - extract(epoch FROM k.received) * 1000000)::float8 / 1e6 AS clock_error_seconds,
           k.received AS clock_checked,
           a.active AS active_alarms, (ARRAY['info', 'warning', 'alarm'])[a.severity] AS worst_severity,
           l.parameters, l.parameters - l.silent AS parameters_fresh, l.silent AS parameters_silent,
           g.frames AS frames_lost, g.frames_last_day AS frames_lost_last_day,
           q.open AS quarantined, q.last_day AS quarantined_last_day,
           r.frames AS possible_repeats
    FROM watchglass.devices d
    LEFT JOIN watchglass.presence c ON c.tenant = d.tenant AND c.device = d.device
    LEFT JOIN LATERAL (
        SELECT max(l.heard) AS heard FROM watchglass.latest_values l
        WHERE l.tenant = d.tenant AND l.device = d.device) h ON true
    LEFT JOIN LATERAL (
        SELECT max(v.newest) AS newest_reading,
               coalesce(sum(v.parameters), 0)::int AS parameters, coalesce(sum(v.silent), 0)::int AS silent
        FROM watchglass.latest_values l
        CROSS JOIN LATERAL (
            WITH p AS MATERIALIZED (  -- read once, not once a value
                SELECT p.dictionary, p.number, now() - 2 * p.max_interval AS silent_before FROM watchglass.dictionary_parameters p)
            SELECT max(u.confirmed) AS newest, count(*) AS parameters,
                   count(*) FILTER (WHERE u.confirmed < p.silent_before) AS silent
            FROM unnest(l.parameters, l.dictionaries, l.confirmed) AS u(parameter, dictionary, confirmed)
            JOIN p ON p.dictionary = u.dictionary AND p.number = u.parameter) v
        WHERE l.tenant = d.tenant AND l.device = d.device) l ON true
    LEFT JOIN LATERAL (
        SELECT count(*) > 1 AS catching_up
        FROM (SELECT s.last_at FROM watchglass.streams s WHERE s.tenant = d.tenant AND s.device = d.device AND s.lane = 1
              ORDER BY s.first_at DESC LIMIT 4) n
        WHERE n.last_at > now() - interval '2 minutes') s ON true
    LEFT JOIN LATERAL (
        SELECT k.clock_quality, k.wall_us, k.received FROM watchglass.clock_anchors k
        WHERE k.tenant = d.tenant AND k.device = d.device ORDER BY k.received DESC, k.boot DESC LIMIT 1) k ON true
    LEFT JOIN LATERAL (
        SELECT count(*)::int AS active, max(a.severity) AS severity FROM watchglass.alarms a
        WHERE a.tenant = d.tenant AND a.device = d.device AND a.kind <> 3) a ON true
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(n.frames), 0)::bigint AS frames,
               coalesce(sum(n.frames) FILTER (WHERE n.received > now() - interval '1 day'), 0)::bigint AS frames_last_day
        FROM (SELECT g.to_seq - g.from_seq + 1 AS frames, g.received FROM watchglass.stream_gaps g
              WHERE g.tenant = d.tenant AND g.device = d.device AND g.cause <> 5) n) g ON true
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE q.state <> 3) AS open,
               count(*) FILTER (WHERE q.received > now() - interval '1 day') AS last_day
        FROM watchglass.quarantine q WHERE q.tenant = d.tenant AND q.device = d.device) q ON true
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(r.to_seq - r.from_seq + 1), 0)::bigint AS frames
        FROM watchglass.stream_repeats r WHERE r.tenant = d.tenant AND r.device = d.device) r ON true;

-- What the numbers of a device mean, as its newest values were declared.
CREATE VIEW watchglass.parameters WITH (security_invoker = true) AS
    SELECT d.tenant, d.device_id, l.sub_device, p.name AS parameter, p.description, p.unit, p.type, p.labels, p.max_interval
    FROM watchglass.latest_values l
    JOIN watchglass.devices d ON d.tenant = l.tenant AND d.device = l.device
    CROSS JOIN LATERAL unnest(l.parameters, l.dictionaries) AS v(parameter, dictionary)
    JOIN watchglass.dictionary_parameters p ON p.dictionary = v.dictionary AND p.number = v.parameter;

GRANT SELECT ON watchglass.active_alarms, watchglass.device_health, watchglass.parameters TO wg_reader, wg_console;

-- What stands from before. The owner itself is bound by row-level security and would find no event.
RESET ROLE;
INSERT INTO watchglass.alarms
SELECT e.tenant, e.device, e.sub_device, e.name, e.kind, e.severity,
       coalesce((SELECT min(r.t) FROM watchglass.frame_events r
                 WHERE (r.tenant, r.device, r.sub_device, r.name) = (e.tenant, e.device, e.sub_device, e.name) AND r.kind < 3
                   AND r.t > coalesce((SELECT max(c.t) FROM watchglass.frame_events c
                                       WHERE (c.tenant, c.device, c.sub_device, c.name) = (e.tenant, e.device, e.sub_device, e.name)
                                         AND c.kind = 3), '-infinity')), e.t),
       e.t, e.dictionary, e.parameter, e.value, e.text, e.lane, e.epoch, e.seq, e.ordinal
FROM (SELECT DISTINCT ON (tenant, device, sub_device, name) * FROM watchglass.frame_events WHERE kind <= 3
      ORDER BY tenant, device, sub_device, name, t DESC, lane, epoch, seq DESC, ordinal DESC) e;
