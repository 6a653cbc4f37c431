-- SPDX-License-Identifier: Apache-2.0
-- Closed history: what `frames` held, one row per series and hour of its readings' own time, in arrays that plain SQL
-- reads. docs/decisions/0025-hourly-chunks.md says why it looks as it does.
SET LOCAL ROLE wg_owner;

-- Reading n of a chunk, counted from 1, in the order (t, value, text):
--   t         base_us + unit_us * offset microseconds after 1970; without offsets they are evenly spaced: offset = n - 1
--   value     (base + scale * step) / divisor, or numbers[n]
--   device_t  t + shift
-- There is one of offsets2 and offsets4, or none; one of steps2, steps4 and numbers, or none when all are texts.
CREATE TABLE watchglass.series_chunks (
    tenant          int         NOT NULL,
    device          int         NOT NULL,
    hour            timestamptz NOT NULL,  -- its readings have hour <= t < hour + 1 hour
    first_t         timestamptz NOT NULL,
    last_t          timestamptz NOT NULL,
    base_us         bigint      NOT NULL,
    unit_us         bigint      NOT NULL,
    min             float8,                -- of the values; NULL where there are only texts, as all to `area`
    max             float8,
    sum             float8,
    first           float8,
    last            float8,
    area            float8,                -- value-seconds from first_t to last_t: a value holds until the next one
    base            bigint,
    scale           bigint,
    divisor         float8,
    shift_us        bigint,                -- NULL: differs from reading to reading, see shifts_us
    dictionary      int         NOT NULL,
    count           int         NOT NULL,
    class           smallint    NOT NULL,
    parameter       smallint    NOT NULL,
    clock_quality   smallint,              -- NULL: see clock_qualities
    sub_device      text        NOT NULL,
    offsets2        smallint[],
    offsets4        int[],
    steps2          smallint[],
    steps4          int[],
    numbers         float8[],              -- values that are no multiples of the resolution; NULL elements are texts
    texts           text[],
    clock_qualities smallint[],
    shifts_us       bigint[]
) PARTITION BY LIST (class);

-- Makes the partition of one retention class and month, in the way of ensure_frame_partition().
CREATE FUNCTION watchglass.ensure_chunk_partition(p_class smallint, p_day date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    month  date := date_trunc('month', p_day::timestamp);
    parent text := format('series_chunks_c%s', p_class);
    leaf   text := format('series_chunks_c%s_%s', p_class, to_char(month, 'YYYYMM'));
BEGIN
    IF watchglass.has_table(leaf) THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM watchglass.retention_classes WHERE class = p_class) THEN
        RAISE EXCEPTION 'retention class % does not exist', p_class USING ERRCODE = 'check_violation';
    END IF;
    IF p_day < (now() - interval '20 years')::date OR p_day > (now() + interval '40 days')::date THEN
        RAISE EXCEPTION 'no partition is made for %: history must be near the present', p_day
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM pg_advisory_xact_lock(7306086, 1);  -- one maker at a time
    IF watchglass.has_table(leaf) THEN
        RETURN;
    END IF;
    IF NOT watchglass.has_table(parent) THEN
        EXECUTE format('CREATE TABLE watchglass.%I (LIKE watchglass.series_chunks) PARTITION BY RANGE (hour)', parent);
        EXECUTE format('ALTER TABLE watchglass.series_chunks ATTACH PARTITION watchglass.%I FOR VALUES IN (%s)', parent, p_class);
    END IF;
    -- Arrays go out of line as soon as a row is worth it, so that reading headers touches few pages.
    EXECUTE format('CREATE TABLE watchglass.%I (LIKE watchglass.series_chunks) WITH (toast_tuple_target = 128)', leaf);
    EXECUTE format('CREATE UNIQUE INDEX %I ON watchglass.%I (tenant, device, parameter, dictionary, sub_device, hour)',
                   leaf || '_key', leaf);
    EXECUTE format('ALTER TABLE watchglass.%I ATTACH PARTITION watchglass.%I FOR VALUES FROM (%L) TO (%L)',
                   parent, leaf, month::timestamp AT TIME ZONE 'UTC', (month + interval '1 month')::timestamp AT TIME ZONE 'UTC');
END
$$;

-- Drops one partition of `frames` (a day), `series_chunks` (the month of p_day) or `commits` (a day, p_class 0) when all of it
-- is past: beyond its class's keep, of commits 30 days; of frames also when it is empty and older than two days, since
-- late ones make it again. False when it is not past or was in use: detaching keeps everybody waiting, so it waits for
-- 50 ms only, and the caller tries again later.
CREATE FUNCTION watchglass.drop_partition(p_table text, p_class smallint, p_day date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '50ms' SET timezone = 'UTC'
AS $$
DECLARE
    parent text := CASE p_table WHEN 'commits' THEN p_table ELSE format('%s_c%s', p_table, p_class) END;
    leaf   text := format('%s_%s', parent, to_char(p_day, CASE p_table WHEN 'series_chunks' THEN 'YYYYMM' ELSE 'YYYYMMDD' END));
    ends   timestamptz := CASE p_table WHEN 'series_chunks' THEN date_trunc('month', p_day::timestamp) + interval '1 month'
                                       ELSE p_day + 1 END;
    keep   interval := CASE p_table WHEN 'commits' THEN interval '30 days'
                                    ELSE (SELECT c.keep FROM watchglass.retention_classes c WHERE c.class = p_class) END;
    filled boolean := true;
BEGIN
    IF p_table NOT IN ('frames', 'series_chunks', 'commits') OR NOT watchglass.has_table(leaf) THEN
        RETURN false;
    END IF;
    IF ends > now() - keep THEN
        IF p_table <> 'frames' OR ends > now() - interval '2 days' THEN
            RETURN false;
        END IF;
        EXECUTE format('SELECT EXISTS (SELECT FROM watchglass.%I)', leaf) INTO filled;
        IF filled THEN
            RETURN false;
        END IF;
    END IF;
    EXECUTE format('LOCK TABLE watchglass.%I IN ACCESS EXCLUSIVE MODE', parent);
    EXECUTE format('LOCK TABLE watchglass.%I IN ACCESS EXCLUSIVE MODE', leaf);
    IF NOT filled THEN  -- as it was before the lock: is it still?
        EXECUTE format('SELECT EXISTS (SELECT FROM watchglass.%I)', leaf) INTO filled;
        IF filled THEN
            RETURN false;
        END IF;
    END IF;
    EXECUTE format('ALTER TABLE watchglass.%I DETACH PARTITION watchglass.%I', parent, leaf);
    EXECUTE format('DROP TABLE watchglass.%I', leaf);
    RETURN true;
EXCEPTION WHEN lock_not_available THEN
    RETURN false;
END
$$;

ALTER TABLE watchglass.series_chunks ENABLE ROW LEVEL SECURITY;
ALTER TABLE watchglass.series_chunks FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON watchglass.series_chunks FOR SELECT TO wg_reader
    USING (tenant = (SELECT watchglass.current_tenant()));
GRANT SELECT ON watchglass.series_chunks TO wg_reader, wg_ingest, wg_console;
GRANT INSERT, DELETE ON watchglass.series_chunks TO wg_ingest;
GRANT DELETE ON watchglass.frames TO wg_ingest;  -- only what became a chunk in the same transaction
-- What outlives its keep row by row.
GRANT DELETE ON watchglass.frame_events, watchglass.stream_repeats, watchglass.stream_landmarks,
                watchglass.platform_histories TO wg_ingest;
REVOKE ALL ON FUNCTION watchglass.ensure_chunk_partition(smallint, date), watchglass.drop_partition(text, smallint, date)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watchglass.ensure_chunk_partition(smallint, date), watchglass.drop_partition(text, smallint, date)
    TO wg_ingest, wg_migrate;

-- Both halves of history, reading by reading. What else reads them builds on these two.
CREATE VIEW watchglass.hot_samples WITH (security_invoker = true) AS
    SELECT f.tenant, f.device, f.sub_device, f.dictionary, u.parameter, f.t AS frame_t,
           f.t + u.offset_us * interval '1 microsecond' AS t,
           u.value, u.text_value, f.clock_quality,
           watchglass.device_time(f.device_us + u.offset_us) AS device_t
    FROM watchglass.frames f
    CROSS JOIN LATERAL unnest(f.parameters, f.offsets_us, f.numbers, f.texts)
        AS u(parameter, offset_us, value, text_value);

CREATE VIEW watchglass.closed_samples WITH (security_invoker = true) AS
    SELECT c.tenant, c.device, c.sub_device, c.dictionary, c.parameter, c.hour, c.first_t, c.last_t,
           timestamptz 'epoch'
               + (c.base_us + c.unit_us * coalesce(u.offset2, u.offset4, u.n - 1)) * interval '1 microsecond' AS t,
           coalesce((c.base + c.scale * coalesce(u.step2, u.step4)) / c.divisor, u.number) AS value,
           u.text_value, coalesce(c.clock_quality, u.clock_quality) AS clock_quality,
           watchglass.device_time(c.base_us + c.unit_us * coalesce(u.offset2, u.offset4, u.n - 1)
                                  + coalesce(c.shift_us, u.shift_us)) AS device_t
    FROM watchglass.series_chunks c
    CROSS JOIN LATERAL unnest(c.offsets2, c.offsets4, c.steps2, c.steps4, c.numbers, c.texts, c.clock_qualities, c.shifts_us)
        WITH ORDINALITY AS u(offset2, offset4, step2, step4, number, text_value, clock_quality, shift_us, n);

-- Every reading there is, for counting and comparing: whose, which, when and what.
CREATE VIEW watchglass.samples WITH (security_invoker = true) AS
    SELECT s.tenant, d.device_id, s.sub_device, p.name AS parameter, s.t, s.value, s.text_value, s.clock_quality, s.device_t
    FROM (SELECT h.tenant, h.device, h.sub_device, h.dictionary, h.parameter, h.t, h.value, h.text_value, h.clock_quality,
                 h.device_t FROM watchglass.hot_samples h
          UNION ALL
          SELECT c.tenant, c.device, c.sub_device, c.dictionary, c.parameter, c.t, c.value, c.text_value, c.clock_quality,
                 c.device_t FROM watchglass.closed_samples c) AS s
    JOIN watchglass.devices d ON d.tenant = s.tenant AND d.device = s.device
    JOIN watchglass.dictionary_parameters p ON p.dictionary = s.dictionary AND p.number = s.parameter;

-- Changes of one parameter in [from, to), hot and closed. Frames are found by the time of their earliest reading and span
-- at most 15 minutes. In no particular order: add ORDER BY t. Bounds are written so that they do not depend on the session
-- (`$3 - interval` does): then partitions beyond them are not even planned.
CREATE OR REPLACE FUNCTION watchglass.telemetry(device_id text, parameter text, "from" timestamptz, "to" timestamptz,
                                                sub_device text DEFAULT '')
    RETURNS TABLE (t timestamptz, value float8, text_value text, clock_quality smallint, device_t timestamptz)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000
AS $$
    SELECT h.t, h.value, h.text_value, h.clock_quality, h.device_t
    FROM watchglass.devices d
    JOIN watchglass.hot_samples h
      ON h.tenant = d.tenant AND h.device = d.device
     AND h.frame_t >= ($3 AT TIME ZONE 'UTC' - interval '15 minutes') AT TIME ZONE 'UTC' AND h.frame_t < $4
    JOIN watchglass.dictionary_parameters p
      ON p.dictionary = h.dictionary AND p.name = $2
    WHERE d.device_id = $1 AND h.sub_device = $5 AND h.parameter = p.number AND h.t >= $3 AND h.t < $4
    UNION ALL
    SELECT c.t, c.value, c.text_value, c.clock_quality, c.device_t
    FROM watchglass.devices d
    CROSS JOIN watchglass.dictionary_parameters p
    JOIN watchglass.closed_samples c
      ON c.tenant = d.tenant AND c.device = d.device AND c.parameter = p.number AND c.dictionary = p.dictionary
     AND c.hour >= date_bin('1 hour', $3, timestamptz 'epoch') AND c.hour < $4
    WHERE d.device_id = $1 AND p.name = $2 AND c.sub_device = $5
      -- Most chunks lie inside as a whole: then each reading's time is worked out once, for the answer.
      AND (c.first_t >= $3 AND c.last_t < $4 OR c.t >= $3 AND c.t < $4)
$$;

-- One row for each part of [from, to) of a width, counted from a Monday's midnight UTC. A chunk whose readings lie in one
-- bucket, and among which no other reading can lie, is taken by its header; everything else reading by reading.
CREATE FUNCTION watchglass.telemetry_buckets(device_id text, parameter text, "from" timestamptz, "to" timestamptz,
                                             width interval, sub_device text DEFAULT '')
    RETURNS TABLE (bucket timestamptz, min float8, max float8, average float8, time_weighted float8, last float8,
                   count bigint)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
AS $$
    WITH series AS MATERIALIZED (
        SELECT d.tenant, d.device, p.dictionary, p.number AS parameter
        FROM watchglass.devices d CROSS JOIN watchglass.dictionary_parameters p
        WHERE d.device_id = $1 AND p.name = $2
    ), hot AS MATERIALIZED (
        SELECT h.t, h.value
        FROM series s
        JOIN watchglass.hot_samples h USING (tenant, device, dictionary, parameter)
        WHERE h.sub_device = $6 AND h.t >= $3 AND h.t < $4
          AND h.frame_t >= ($3 AT TIME ZONE 'UTC' - interval '15 minutes') AT TIME ZONE 'UTC' AND h.frame_t < $4
    ), hot_hours AS MATERIALIZED (
        SELECT DISTINCT date_bin('1 hour', h.t, 'epoch') AS hour FROM hot h
    ), chunks AS MATERIALIZED (
        SELECT c.tenant, c.device, c.dictionary, c.parameter, c.hour, c.first_t, c.last_t,
               c.count, c.min, c.max, c.sum, c.last, c.area,
               c.first_t >= $3 AND c.last_t < $4 AND hh.hour IS NULL
               AND date_bin($5, c.first_t, '1970-01-05Z') = date_bin($5, c.last_t, '1970-01-05Z')
               AND count(*) OVER (PARTITION BY c.hour) = 1 AS whole
        FROM series s
        JOIN watchglass.series_chunks c USING (tenant, device, dictionary, parameter)
        LEFT JOIN hot_hours hh ON hh.hour = c.hour
        WHERE c.sub_device = $6 AND c.hour >= date_bin('1 hour', $3, timestamptz 'epoch') AND c.hour < $4
          AND c.last_t >= $3 AND c.first_t < $4
    ), pieces AS (
        SELECT date_bin($5, c.first_t, '1970-01-05Z') AS bucket,
               c.first_t, c.last_t, c.count, c.min, c.max, c.sum, c.last, c.area
        FROM chunks c WHERE c.whole
        UNION ALL
        SELECT date_bin($5, r.t, '1970-01-05Z'), r.t, r.t, 1, r.value, r.value, r.value, r.value, 0
        FROM (SELECT h.t, h.value FROM hot h
              UNION ALL
              SELECT s.t, s.value
              FROM (SELECT DISTINCT c.tenant, c.device, c.dictionary, c.parameter, c.hour FROM chunks c WHERE NOT c.whole) c
              CROSS JOIN LATERAL (  -- OFFSET 0: chunk by chunk through the index, whatever is guessed about their number
                  SELECT s.t, s.value FROM watchglass.closed_samples s
                  WHERE s.tenant = c.tenant AND s.device = c.device AND s.dictionary = c.dictionary
                    AND s.parameter = c.parameter AND s.hour = c.hour AND s.sub_device = $6
                    AND s.hour >= date_bin('1 hour', $3, timestamptz 'epoch') AND s.hour < $4 OFFSET 0) AS s
              WHERE s.t >= $3 AND s.t < $4) AS r
    ), linked AS (
        SELECT p.*, lead(p.first_t) OVER (PARTITION BY p.bucket, p.last IS NULL ORDER BY p.first_t, p.last) AS next_t
        FROM pieces p
    ), filled AS (
        SELECT l.bucket, sum(l.count) AS count, min(l.min) AS min, max(l.max) AS max,
               sum(l.sum) / sum(l.count) FILTER (WHERE l.last IS NOT NULL) AS average,
               min(l.first_t) FILTER (WHERE l.last IS NOT NULL) AS first_t,
               max(l.last_t) FILTER (WHERE l.last IS NOT NULL) AS last_t,
               max(l.last) FILTER (WHERE l.next_t IS NULL) AS last,
               sum(l.area + coalesce(l.last * date_part('epoch', l.next_t - l.last_t), 0)) AS area
        FROM linked l GROUP BY l.bucket
    ), newest AS MATERIALIZED (  -- chunks that may hold the last reading before `from`
        SELECT s.*, c.hour, c.last_t, c.last
        FROM series s CROSS JOIN LATERAL (
            SELECT c.hour, c.last_t, c.last FROM watchglass.series_chunks c
            WHERE c.tenant = s.tenant AND c.device = s.device AND c.dictionary = s.dictionary AND c.parameter = s.parameter
              AND c.sub_device = $6 AND c.hour < $3 AND c.first_t < $3 AND c.last IS NOT NULL
            ORDER BY c.hour DESC FETCH FIRST 1 ROW WITH TIES) AS c
    ), held AS MATERIALIZED (  -- what was known when the range began
        SELECT b.value
        FROM (SELECT n.last_t AS t, n.last AS value FROM newest n WHERE n.last_t < $3
              UNION ALL
              SELECT c.t, c.value
              FROM newest n CROSS JOIN LATERAL (
                  SELECT s.t, s.value FROM watchglass.closed_samples s
                  WHERE s.tenant = n.tenant AND s.device = n.device AND s.dictionary = n.dictionary
                    AND s.parameter = n.parameter AND s.hour = n.hour AND s.sub_device = $6
                    AND s.hour >= date_bin('1 hour', $3, timestamptz 'epoch') AND s.hour < $3 OFFSET 0) AS c
              WHERE n.last_t >= $3 AND c.t < $3 AND c.value IS NOT NULL
              UNION ALL
              SELECT h.t, h.value
              FROM series s
              CROSS JOIN LATERAL (
                  SELECT f.t FROM watchglass.frames f
                  WHERE f.tenant = s.tenant AND f.device = s.device AND f.dictionary = s.dictionary
                    AND f.sub_device = $6 AND f.t < $3
                    AND EXISTS (SELECT FROM unnest(f.parameters, f.offsets_us, f.numbers) AS u(parameter, offset_us, value)
                                WHERE u.parameter = s.parameter AND u.value IS NOT NULL
                                  AND f.t + u.offset_us * interval '1 microsecond' < $3)
                  ORDER BY f.t DESC LIMIT 1) AS f
              JOIN watchglass.hot_samples h USING (tenant, device, dictionary, parameter)
              WHERE h.sub_device = $6 AND h.frame_t >= f.t - interval '15 minutes' AND h.frame_t < $3
                AND h.t < $3 AND h.value IS NOT NULL) AS b
        ORDER BY b.t DESC, b.value DESC LIMIT 1
    ), buckets AS (
        SELECT g AT TIME ZONE 'UTC' AS bucket,
               greatest(g AT TIME ZONE 'UTC', $3) AS begins, least((g + $5) AT TIME ZONE 'UTC', $4) AS ends
        FROM generate_series(date_bin($5, $3, '1970-01-05Z') AT TIME ZONE 'UTC',
                             ($4 - interval '1 microsecond') AT TIME ZONE 'UTC', $5) AS g
        WHERE $3 < $4
    ), grouped AS (
        SELECT b.bucket, b.begins, b.ends, f.count, f.min, f.max, f.average, f.first_t, f.last_t, f.last, f.area,
               count(f.last) OVER (ORDER BY b.bucket) AS nth
        FROM buckets b LEFT JOIN filled f ON f.bucket = b.bucket
    ), carried AS (
        SELECT g.*, max(g.last) OVER (PARTITION BY g.nth) AS at_end FROM grouped g
    ), entered AS (
        SELECT c.*, coalesce(lag(c.at_end) OVER (ORDER BY c.bucket), (SELECT h.value FROM held h)) AS at_begin FROM carried c
    )
    SELECT e.bucket, e.min, e.max, e.average,
           CASE WHEN e.last IS NULL THEN e.at_begin
                ELSE (coalesce(e.at_begin * date_part('epoch', e.first_t - e.begins), 0) + e.area
                      + e.last * date_part('epoch', e.ends - e.last_t))
                     / date_part('epoch', e.ends - CASE WHEN e.at_begin IS NULL THEN e.first_t ELSE e.begins END)
           END,
           e.last, coalesce(e.count, 0)
    FROM entered e
$$;

GRANT SELECT ON watchglass.hot_samples, watchglass.closed_samples, watchglass.samples TO wg_reader, wg_console, wg_ingest;
REVOKE ALL ON FUNCTION watchglass.telemetry_buckets(text, text, timestamptz, timestamptz, interval, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watchglass.telemetry_buckets(text, text, timestamptz, timestamptz, interval, text)
    TO wg_reader, wg_console, wg_ingest, wg_migrate;
