-- The logs, in a file of their own: writing them never waits for the register, nor it for them.

-- The number of the newest event of each tenant, kept when the events themselves are purged.
CREATE TABLE log_sequence (
    tenant TEXT   NOT NULL PRIMARY KEY,
    last   BIGINT NOT NULL
);

-- Many events in one row. `first_at` and `last_at` are the earliest and the latest of them.
CREATE TABLE log_block (
    tenant         TEXT   NOT NULL,
    first_sequence BIGINT NOT NULL,
    last_sequence  BIGINT NOT NULL,
    first_at       BIGINT NOT NULL,
    last_at        BIGINT NOT NULL,
    events         BIGINT NOT NULL,
    body           BLOB   NOT NULL,
    PRIMARY KEY (tenant, first_sequence)
);
CREATE INDEX log_block_age ON log_block (last_at);

CREATE TABLE secret_use (
    tenant        TEXT   NOT NULL,
    client_id     TEXT   NOT NULL,
    credential_id TEXT   NOT NULL,
    at            BIGINT NOT NULL,
    PRIMARY KEY (tenant, client_id, credential_id)
);
