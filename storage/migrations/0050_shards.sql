-- SPDX-License-Identifier: Apache-2.0
-- Which ingest process serves which shards. The truth are advisory locks, which end with the session that holds them,
-- however it ends. The tables only put words to them: a row counts as long as its session holds the lock it speaks of.
SET LOCAL ROLE wg_owner;

-- Keys: (0x77677368 "wgsh", a shard's letter) for a shard, (0x77676772 "wggr", 0) shared by all processes of the group.
-- One row for each shard of a session that belongs to the group; NULL when it holds none.
CREATE VIEW watchglass.ingest_locks WITH (security_invoker = true) AS
    SELECT g.pid AS session, chr(s.objid::int) AS shard
    FROM pg_catalog.pg_locks g
    LEFT JOIN pg_catalog.pg_locks s
      ON s.pid = g.pid AND s.locktype = 'advisory' AND s.granted AND s.database = g.database
     AND s.classid = 2003268456 AND s.objsubid = 2
    WHERE g.locktype = 'advisory' AND g.granted
      AND g.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
      AND g.classid = 2003265394 AND g.objid = 0 AND g.objsubid = 2;
GRANT SELECT ON watchglass.ingest_locks TO wg_ingest, wg_console;

CREATE TABLE watchglass.ingest_processes (
    session     int         PRIMARY KEY,  -- process id of the server session that holds its locks
    name        text        NOT NULL,     -- its client id at the broker
    host        text        NOT NULL,
    pid         int         NOT NULL,
    since       timestamptz NOT NULL DEFAULT now(),
    waiting     bigint      NOT NULL DEFAULT 0,  -- messages taken from the broker and not stored yet
    lag_seconds float8      NOT NULL DEFAULT 0,  -- how long the oldest of them has waited
    told        timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE, DELETE ON watchglass.ingest_processes TO wg_ingest;
GRANT SELECT ON watchglass.ingest_processes TO wg_console;

CREATE TABLE watchglass.shard_owners (
    shard   text        PRIMARY KEY CHECK (shard ~ '^[a-z2-7]$'),
    session int         NOT NULL,
    since   timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE ON watchglass.shard_owners TO wg_ingest;
GRANT SELECT ON watchglass.shard_owners TO wg_console;

-- All shards; `session` is NULL where nobody serves one. For operators of the whole platform: it tells of every tenant.
CREATE VIEW watchglass.shards WITH (security_invoker = true) AS
    SELECT a.shard, l.session, o.since, p.name, p.host, p.pid, p.waiting, p.lag_seconds, p.told,
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
GRANT SELECT ON watchglass.shards TO wg_console;
