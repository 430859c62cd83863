-- The register: every object whole in `body`, and in columns what people ask SQL about.
-- `made` is the place in history where an object first appeared: objects load in that order.

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE tenant (
    id       TEXT   NOT NULL PRIMARY KEY,
    domain   TEXT   NOT NULL,
    revision BIGINT NOT NULL,
    body     TEXT   NOT NULL
);

CREATE TABLE tenant_host (
    host   TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE
);
CREATE INDEX tenant_host_tenant ON tenant_host (tenant);

CREATE TABLE resource_server (
    tenant     TEXT   NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    id         TEXT   NOT NULL,
    made       BIGINT NOT NULL,
    identifier TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX resource_server_made ON resource_server (tenant, made);
CREATE UNIQUE INDEX resource_server_identifier ON resource_server (tenant, identifier);

CREATE TABLE client (
    tenant     TEXT   NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    id         TEXT   NOT NULL,
    made       BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    body       TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX client_made ON client (tenant, made);

-- A commit may delete a client before its grants, so the client is looked for at its end.
CREATE TABLE client_grant (
    tenant       TEXT   NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    id           TEXT   NOT NULL,
    made         BIGINT NOT NULL,
    client_id    TEXT   NOT NULL,
    audience     TEXT   NOT NULL,
    subject_type TEXT   NOT NULL,
    body         TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, client_id) REFERENCES client (tenant, id)
        DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX client_grant_made ON client_grant (tenant, made);
CREATE UNIQUE INDEX client_grant_subject
    ON client_grant (tenant, client_id, audience, subject_type);

CREATE TABLE organization (
    tenant TEXT   NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    id     TEXT   NOT NULL,
    made   BIGINT NOT NULL,
    name   TEXT   NOT NULL,
    body   TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX organization_made ON organization (tenant, made);
CREATE UNIQUE INDEX organization_name ON organization (tenant, name);

CREATE TABLE signing_key (
    tenant TEXT   NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    id     TEXT   NOT NULL,
    made   BIGINT NOT NULL,
    family TEXT   NOT NULL,
    place  TEXT   NOT NULL,
    body   TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX signing_key_made ON signing_key (tenant, made);

-- What was changed when by whom. `body` is the object after the change; none for a deletion.
CREATE TABLE change (
    tenant     TEXT   NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    revision   BIGINT NOT NULL,
    ordinal    BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    actor_kind TEXT   NOT NULL,
    actor_id   TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    subject_id TEXT   NOT NULL,
    deleted    BIGINT NOT NULL,
    body       TEXT,
    PRIMARY KEY (tenant, revision, ordinal)
);
