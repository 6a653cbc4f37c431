-- SPDX-License-Identifier: Apache-2.0
-- What goes row by row when its time is over is found by its time: these tables only grow at their end, so that a few
-- pages of summary do. And a process that has not told its figures for longer than it should is storing since then.
SET LOCAL ROLE wg_owner;

CREATE INDEX frame_events_by_time ON watchglass.frame_events USING brin (t) WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX stream_repeats_by_time ON watchglass.stream_repeats USING brin (received) WITH (pages_per_range = 32, autosummarize = on);

CREATE OR REPLACE VIEW watchglass.shards WITH (security_invoker = true) AS
    SELECT a.shard, l.session, o.since, p.name, p.host, p.pid, p.waiting,
           greatest(p.lag_seconds, extract(epoch FROM now() - p.told)::float8 - 2) AS lag_seconds, p.told,
           coalesce(d.devices, 0) AS devices, d.heard
    FROM unnest(string_to_array('abcdefghijklmnopqrstuvwxyz234567', NULL)) WITH ORDINALITY AS a (shard, place)
    LEFT JOIN watchglass.ingest_locks l ON l.shard = a.shard
    LEFT JOIN watchglass.shard_owners o ON o.shard = a.shard AND o.session = l.session
    LEFT JOIN watchglass.ingest_processes p ON p.session = l.session
    LEFT JOIN (SELECT left(d.device_id, 1) AS shard, count(DISTINCT (d.tenant, d.device)) AS devices, max(v.heard) AS heard
               FROM watchglass.devices d
               LEFT JOIN watchglass.latest_values v ON v.tenant = d.tenant AND v.device = d.device
               GROUP BY 1) d ON d.shard = a.shard
    ORDER BY a.place;
