-- SPDX-License-Identifier: Apache-2.0
-- The certificate revocation list: the newest one, and which revoked certificates a list has had so far.
SET LOCAL ROLE wg_owner;

ALTER TABLE watchglass.certificates ADD COLUMN listed_in bigint;  -- number of the first list that has it; null: none yet
CREATE INDEX certificates_unlisted ON watchglass.certificates (certificate) WHERE state = 'revoked' AND listed_in IS NULL;
CREATE INDEX certificates_listed ON watchglass.certificates (not_after) WHERE listed_in IS NOT NULL;

-- One row from the start, so that whoever makes a list can lock it. Numbers only rise (RFC 5280, section 5.2.3).
CREATE TABLE watchglass.revocation_list (
    only_row    boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    number      bigint      NOT NULL,
    this_update timestamptz NOT NULL DEFAULT 'epoch',
    next_update timestamptz NOT NULL DEFAULT 'epoch',
    der         bytea       -- null: none was made yet
);
INSERT INTO watchglass.revocation_list (number) VALUES (0);
GRANT SELECT, UPDATE ON watchglass.revocation_list TO wg_provision;
