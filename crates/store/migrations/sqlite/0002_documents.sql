-- Objects of the API that no token request reads as they are: actions, log streams, network ACLs, …
-- An id is unique among its kind only. `parent` is the object that a document goes with.

CREATE TABLE document (
    tenant     TEXT   NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    kind       TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    made       BIGINT NOT NULL,
    parent     TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    body       TEXT   NOT NULL,
    PRIMARY KEY (tenant, kind, id)
);
CREATE UNIQUE INDEX document_made ON document (tenant, made);
