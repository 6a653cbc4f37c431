-- SPDX-License-Identifier: Apache-2.0
-- Which instruments are connected, as their broker says. One row an instrument: the latest word.
SET LOCAL ROLE wg_owner;

CREATE TABLE watchglass.presence (
    tenant int         NOT NULL,
    device int         NOT NULL,
    broker text        NOT NULL,
    state  text        NOT NULL CHECK (state IN ('connected', 'disconnected')),
    reason text        NOT NULL,  -- admitted; closed, timed_out, lost, denied, broker_restarted ...
    since  timestamptz NOT NULL,  -- by the broker's machine
    PRIMARY KEY (tenant, device),
    FOREIGN KEY (tenant, device) REFERENCES watchglass.devices (tenant, device)
);
CREATE INDEX presence_connected ON watchglass.presence (broker) WHERE state = 'connected';

ALTER TABLE watchglass.presence ENABLE ROW LEVEL SECURITY;
ALTER TABLE watchglass.presence FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON watchglass.presence FOR SELECT TO wg_reader
    USING (tenant = watchglass.current_tenant());
CREATE POLICY broker ON watchglass.presence TO wg_bridge USING (true) WITH CHECK (true);
GRANT SELECT ON watchglass.presence TO wg_reader, wg_console;
GRANT SELECT, INSERT, UPDATE ON watchglass.presence TO wg_bridge;
