-- SPDX-License-Identifier: Apache-2.0
-- What dashboards and programs may rely on (docs/formats/database.md). Views run with the rights of who asks
-- (security_invoker), functions likewise, so that row-level security holds through all of them.
SET LOCAL ROLE wg_owner;

-- The device's own clock as a timestamp; NULL beyond what can be expressed.
CREATE FUNCTION watchglass.device_time(us bigint) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN us BETWEEN -210866803200000000 AND 9214646400000000000
                THEN timestamptz 'epoch' + us * interval '1 microsecond' END;

-- Changes of one parameter in [from, to). Frames are found by the time of their earliest reading and span at most 15
-- minutes. In no particular order: add ORDER BY t.
CREATE FUNCTION watchglass.telemetry(device_id text, parameter text, "from" timestamptz, "to" timestamptz,
                                     sub_device text DEFAULT '')
    RETURNS TABLE (t timestamptz, value float8, text_value text, clock_quality smallint, device_t timestamptz)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000
AS $$
    SELECT f.t + u.offset_us * interval '1 microsecond',
           u.value,
           u.text_value,
           f.clock_quality,
           watchglass.device_time(f.device_us + u.offset_us)
    FROM watchglass.devices d
    JOIN watchglass.frames f
      ON f.tenant = d.tenant AND f.device = d.device
     AND f.t >= $3 - interval '15 minutes' AND f.t < $4
    JOIN watchglass.dictionary_parameters p
      ON p.dictionary = f.dictionary AND p.name = $2
    CROSS JOIN LATERAL unnest(f.parameters, f.offsets_us, f.numbers, f.texts)
        AS u(number, offset_us, value, text_value)
    WHERE d.device_id = $1
      AND f.sub_device = $5
      AND u.number = p.number
      AND f.t + u.offset_us * interval '1 microsecond' >= $3
      AND f.t + u.offset_us * interval '1 microsecond' < $4
$$;

-- The latest value of every parameter. freshness tells three things apart: `changed` (the last word was a new
-- value), `confirmed` (read again, unchanged), `silent` (nothing heard of it for two of its longest intervals).
CREATE VIEW watchglass.latest WITH (security_invoker = true) AS
    SELECT d.tenant, d.device_id, l.sub_device, p.name AS parameter, p.unit, p.type,
           v.number AS value,
           CASE p.type WHEN 'enumeration' THEN p.labels[v.number::int + 1] ELSE v.text END AS text_value,
           v.changed, v.confirmed, l.heard,
           CASE WHEN now() - v.confirmed > 2 * p.max_interval THEN 'silent'
                WHEN v.confirmed > v.changed THEN 'confirmed'
                ELSE 'changed' END AS freshness
    FROM watchglass.latest_values l
    JOIN watchglass.devices d ON d.tenant = l.tenant AND d.device = l.device
    CROSS JOIN LATERAL unnest(l.parameters, l.dictionaries, l.numbers, l.texts, l.changed, l.confirmed)
        AS v(parameter, dictionary, number, text, changed, confirmed)
    JOIN watchglass.dictionary_parameters p ON p.dictionary = v.dictionary AND p.number = v.parameter;

CREATE VIEW watchglass.events WITH (security_invoker = true) AS
    SELECT d.tenant, d.device_id, e.sub_device, e.t, e.received,
           (ARRAY['raised', 'changed', 'cleared', 'state'])[e.kind] AS kind,
           (ARRAY['info', 'warning', 'alarm'])[e.severity] AS severity,
           e.name, p.name AS parameter, p.unit, e.value, e.text, e.clock_quality,
           watchglass.device_time(e.device_us) AS device_t
    FROM watchglass.frame_events e
    JOIN watchglass.devices d ON d.tenant = e.tenant AND d.device = e.device
    LEFT JOIN watchglass.dictionary_parameters p ON p.dictionary = e.dictionary AND p.number = e.parameter;

CREATE VIEW watchglass.gaps WITH (security_invoker = true) AS
    SELECT d.tenant, d.device_id,
           (ARRAY['telemetry', 'events'])[g.lane] AS lane,
           to_hex(g.epoch) AS epoch, g.from_seq, g.to_seq, g.to_seq - g.from_seq + 1 AS frames,
           (ARRAY['journal_full', 'journal_damaged', 'unclean_boot', 'refused_by_policy', 'transferred'])[g.cause] AS cause,
           NULLIF(g.changes_lost, 0) AS changes_lost, g.received
    FROM watchglass.stream_gaps g
    JOIN watchglass.devices d ON d.tenant = g.tenant AND d.device = g.device;

-- produced = stored + quarantined + missing, stream by stream.
CREATE VIEW watchglass.stream_positions WITH (security_invoker = true) AS
    SELECT d.tenant, d.device_id,
           (ARRAY['telemetry', 'events'])[s.lane] AS lane,
           to_hex(s.epoch) AS epoch, s.stored_through,
           s.stored_through - s.quarantined - s.missing AS stored, s.quarantined, s.missing, s.first_at, s.last_at
    FROM watchglass.streams s
    JOIN watchglass.devices d ON d.tenant = s.tenant AND d.device = s.device;

CREATE VIEW watchglass.quarantined WITH (security_invoker = true) AS
    SELECT q.tenant, q.id, d.device_id, q.topic, (ARRAY['telemetry', 'events'])[q.lane] AS lane,
           to_hex(q.epoch) AS epoch, q.seq, q.received, q.code, q.detail, q.seen,
           octet_length(q.bytes) AS size, q.bytes,
           (ARRAY['open', 'replay_requested', 'replayed'])[q.state] AS state, q.changed_at
    FROM watchglass.quarantine q
    LEFT JOIN watchglass.devices d ON d.tenant = q.tenant AND d.device = q.device;

GRANT SELECT ON watchglass.latest, watchglass.events, watchglass.gaps, watchglass.stream_positions,
                watchglass.quarantined TO wg_reader, wg_console;
REVOKE ALL ON FUNCTION watchglass.telemetry(text, text, timestamptz, timestamptz, text),
                       watchglass.device_time(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watchglass.telemetry(text, text, timestamptz, timestamptz, text),
                          watchglass.device_time(bigint) TO wg_reader, wg_console, wg_ingest, wg_migrate;
