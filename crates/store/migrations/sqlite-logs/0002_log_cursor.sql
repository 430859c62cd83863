-- How far each reader of a log is: log streams, by their ids.
CREATE TABLE log_cursor (
    tenant        TEXT   NOT NULL,
    reader        TEXT   NOT NULL,
    position      BIGINT NOT NULL,
    failing_since BIGINT,
    PRIMARY KEY (tenant, reader)
);
