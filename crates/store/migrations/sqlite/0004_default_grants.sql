-- A grant without a client is held by every third-party client; there is one for each API and kind
-- of subject.

CREATE TABLE client_grant_anew (
    tenant       TEXT   NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    id           TEXT   NOT NULL,
    made         BIGINT NOT NULL,
    client_id    TEXT,
    audience     TEXT   NOT NULL,
    subject_type TEXT   NOT NULL,
    body         TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, client_id) REFERENCES client (tenant, id)
        DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO client_grant_anew (tenant, id, made, client_id, audience, subject_type, body)
    SELECT tenant, id, made, client_id, audience, subject_type, body FROM client_grant;
DROP TABLE client_grant;
ALTER TABLE client_grant_anew RENAME TO client_grant;
CREATE UNIQUE INDEX client_grant_made ON client_grant (tenant, made);
CREATE UNIQUE INDEX client_grant_subject
    ON client_grant (tenant, client_id, audience, subject_type);
CREATE UNIQUE INDEX client_grant_default
    ON client_grant (tenant, audience, subject_type) WHERE client_id IS NULL;
