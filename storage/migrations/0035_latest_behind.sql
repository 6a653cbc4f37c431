-- SPDX-License-Identifier: Apache-2.0
-- latest_values is written behind the commits, at most a second later. How far it has come is kept for each shard (the
-- first letter of its devices' ids), so that whoever serves the shard next can make up for what a killed process owed.
SET LOCAL ROLE wg_owner;

CREATE TABLE watchglass.latest_progress (
    shard   "char"  PRIMARY KEY,
    through bigint  NOT NULL  -- commits.commit: latest_values holds all that this shard's commits up to here say
) WITH (fillfactor = 50);
INSERT INTO watchglass.latest_progress (shard, through)
    SELECT shard::"char", coalesce((SELECT max(commit) FROM watchglass.commits), 0)
    FROM string_to_table('abcdefghijklmnopqrstuvwxyz234567', NULL) AS shard;
ALTER TABLE watchglass.latest_progress ENABLE ROW LEVEL SECURITY;
ALTER TABLE watchglass.latest_progress FORCE ROW LEVEL SECURITY;
GRANT SELECT, UPDATE ON watchglass.latest_progress TO wg_ingest;
