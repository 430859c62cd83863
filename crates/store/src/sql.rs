//! Every SQL statement of the house but the schema, in words that `SQLite` and `PostgreSQL` share.
//!
//! Parameters are `$1`, types are TEXT, BIGINT and BLOB, times are milliseconds since 1970.

use std::borrow::Cow;

use m2mint_domain::host::HostName;
use m2mint_domain::id::TenantId;
use m2mint_domain::tenant::Tenant;
use m2mint_domain::{Change, Timestamp};

use crate::commit::{Commit, Revision};
use crate::record::Subject;
use crate::store::SecretUse;

pub(crate) const TENANTS: &str = "SELECT id, revision FROM tenant ORDER BY id";
pub(crate) const REVISION: &str = "SELECT revision FROM tenant WHERE id = $1";
pub(crate) const SET_REVISION: &str = "UPDATE tenant SET revision = $2 WHERE id = $1";
pub(crate) const TENANT: &str = "SELECT revision, body FROM tenant WHERE id = $1";
pub(crate) const DELETE_TENANT: &str = "DELETE FROM tenant WHERE id = $1";
pub(crate) const SETTING: &str = "SELECT value FROM setting WHERE name = $1";
pub(crate) const SET_SETTING: &str = "INSERT INTO setting (name, value) VALUES ($1, $2) \
     ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// How many objects one page of [`OBJECTS`] holds.
pub(crate) const PAGE: i64 = 1_000;

/// What a register consists of, in the order of loading, with the query of one page: tenant, the
/// last `made` seen, [`PAGE`].
pub(crate) const OBJECTS: [(Subject, &str); 6] = [
    (
        Subject::ResourceServer,
        "SELECT made, id, body FROM resource_server WHERE tenant = $1 AND made > $2 \
         ORDER BY made LIMIT $3",
    ),
    (
        Subject::Client,
        "SELECT made, id, body FROM client WHERE tenant = $1 AND made > $2 \
         ORDER BY made LIMIT $3",
    ),
    (
        Subject::ClientGrant,
        "SELECT made, id, body FROM client_grant WHERE tenant = $1 AND made > $2 \
         ORDER BY made LIMIT $3",
    ),
    (
        Subject::Organization,
        "SELECT made, id, body FROM organization WHERE tenant = $1 AND made > $2 \
         ORDER BY made LIMIT $3",
    ),
    (
        Subject::SigningKey,
        "SELECT made, id, body FROM signing_key WHERE tenant = $1 AND made > $2 \
         ORDER BY made LIMIT $3",
    ),
    (
        Subject::Document,
        "SELECT made, id, body FROM document WHERE tenant = $1 AND made > $2 \
         ORDER BY made LIMIT $3",
    ),
];

/// Tenant, revision, limit. The row behind the limit says where to stop: before its revision, unless
/// that is the first one.
pub(crate) const CHANGES_SINCE: &str = "SELECT revision, ordinal, at, actor_kind, actor_id, kind, subject_id, deleted, body \
     FROM change WHERE tenant = $1 AND revision > $2 AND revision <= COALESCE((\
         SELECT CASE WHEN beyond.revision - 1 > $2 THEN beyond.revision - 1 ELSE $2 + 1 END \
         FROM change AS beyond WHERE beyond.tenant = $1 AND beyond.revision > $2 \
         ORDER BY beyond.revision, beyond.ordinal LIMIT 1 OFFSET $3\
     ), 9223372036854775807) ORDER BY revision, ordinal";

/// The columns of the history, with the change before each one to the same object.
macro_rules! history {
    ($condition:literal) => {
        concat!(
            "SELECT revision, ordinal, at, actor_kind, actor_id, kind, subject_id, deleted, body, \
             (SELECT earlier.deleted FROM change AS earlier WHERE earlier.tenant = change.tenant \
             AND earlier.kind = change.kind AND earlier.subject_id = change.subject_id \
             AND (earlier.revision, earlier.ordinal) < (change.revision, change.ordinal) \
             ORDER BY earlier.revision DESC, earlier.ordinal DESC LIMIT 1), \
             (SELECT earlier.body FROM change AS earlier WHERE earlier.tenant = change.tenant \
             AND earlier.kind = change.kind AND earlier.subject_id = change.subject_id \
             AND (earlier.revision, earlier.ordinal) < (change.revision, change.ordinal) \
             ORDER BY earlier.revision DESC, earlier.ordinal DESC LIMIT 1) \
             FROM change WHERE tenant = $1 AND (revision, ordinal) < ($2, $3)",
            $condition,
            " ORDER BY revision DESC, ordinal DESC LIMIT $4"
        )
    };
}

/// Tenant, revision and ordinal of the end, limit.
pub(crate) const HISTORY: &str = history!("");
/// Tenant, revision and ordinal of the end, limit, kind.
pub(crate) const HISTORY_OF_KIND: &str = history!(" AND kind = $5");
/// Tenant, revision and ordinal of the end, limit, kind, id.
pub(crate) const HISTORY_OF_OBJECT: &str = history!(" AND kind = $5 AND subject_id = $6");

pub(crate) const CURSOR: &str =
    "SELECT position, failing_since FROM log_cursor WHERE tenant = $1 AND reader = $2";
pub(crate) const SET_CURSOR: &str = "INSERT INTO log_cursor (tenant, reader, position, failing_since) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (tenant, reader) \
     DO UPDATE SET position = excluded.position, failing_since = excluded.failing_since";
pub(crate) const FORGET_CURSOR: &str = "DELETE FROM log_cursor WHERE tenant = $1 AND reader = $2";
pub(crate) const DELETE_CURSORS: &str = "DELETE FROM log_cursor WHERE tenant = $1";

pub(crate) const LAST_SEQUENCE: &str = "SELECT last FROM log_sequence WHERE tenant = $1";
pub(crate) const SET_LAST_SEQUENCE: &str = "INSERT INTO log_sequence (tenant, last) VALUES ($1, $2) \
     ON CONFLICT (tenant) DO UPDATE SET last = excluded.last";
pub(crate) const PUT_BLOCK: &str = "INSERT INTO log_block \
     (tenant, first_sequence, last_sequence, first_at, last_at, events, body) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Tenant, first block, lowest and highest number, since, until.
pub(crate) const OLDEST_BLOCK: &str = "SELECT first_sequence, last_sequence, body FROM log_block \
     WHERE tenant = $1 AND first_sequence >= $2 AND last_sequence >= $3 AND first_sequence <= $4 \
     AND last_at >= $5 AND first_at < $6 ORDER BY first_sequence LIMIT 1";
/// Tenant, first block, lowest and highest number, since, until.
pub(crate) const NEWEST_BLOCK: &str = "SELECT first_sequence, last_sequence, body FROM log_block \
     WHERE tenant = $1 AND first_sequence >= $2 AND last_sequence >= $3 AND first_sequence <= $4 \
     AND last_at >= $5 AND first_at < $6 ORDER BY first_sequence DESC LIMIT 1";

/// How many blocks go in one transaction: at most 4 MiB, so that writers soon get their turn.
pub(crate) const PURGE_BLOCKS: usize = 16;
pub(crate) const PURGE: &str = "DELETE FROM log_block WHERE (tenant, first_sequence) IN (\
         SELECT tenant, first_sequence FROM log_block WHERE last_at < $1 LIMIT 16\
     ) RETURNING events";
pub(crate) const DELETE_BLOCKS: &str = "DELETE FROM log_block WHERE (tenant, first_sequence) IN (\
         SELECT tenant, first_sequence FROM log_block WHERE tenant = $1 LIMIT 16\
     ) RETURNING events";
pub(crate) const DELETE_SEQUENCE: &str = "DELETE FROM log_sequence WHERE tenant = $1";
pub(crate) const DELETE_USES: &str = "DELETE FROM secret_use WHERE tenant = $1";

const PUT_USE: &str = "INSERT INTO secret_use (tenant, client_id, credential_id, at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (tenant, client_id, credential_id) \
     DO UPDATE SET at = excluded.at WHERE excluded.at > secret_use.at";
pub(crate) const USES: &str = "SELECT credential_id, at FROM secret_use \
     WHERE tenant = $1 AND client_id = $2 ORDER BY credential_id";

const PUT_TENANT: &str = "INSERT INTO tenant (id, domain, revision, body) VALUES ($1, $2, 0, $3) \
     ON CONFLICT (id) DO UPDATE SET domain = excluded.domain, body = excluded.body";
const FORGET_HOSTS: &str = "DELETE FROM tenant_host WHERE tenant = $1";
const PUT_HOST: &str = "INSERT INTO tenant_host (host, tenant) VALUES ($1, $2) \
     ON CONFLICT (host) DO UPDATE SET tenant = excluded.tenant \
     WHERE tenant_host.tenant = excluded.tenant";
const PUT_RESOURCE_SERVER: &str = "INSERT INTO resource_server (tenant, id, made, body, identifier) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, id) \
     DO UPDATE SET body = excluded.body, identifier = excluded.identifier";
const DELETE_RESOURCE_SERVER: &str = "DELETE FROM resource_server WHERE tenant = $1 AND id = $2";
const PUT_CLIENT: &str = "INSERT INTO client (tenant, id, made, body, name, created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, id) \
     DO UPDATE SET body = excluded.body, name = excluded.name, \
     created_at = excluded.created_at, updated_at = excluded.updated_at";
const DELETE_CLIENT: &str = "DELETE FROM client WHERE tenant = $1 AND id = $2";
const PUT_CLIENT_GRANT: &str = "INSERT INTO client_grant (tenant, id, made, body, client_id, audience, subject_type) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, id) \
     DO UPDATE SET body = excluded.body, client_id = excluded.client_id, \
     audience = excluded.audience, subject_type = excluded.subject_type";
const DELETE_CLIENT_GRANT: &str = "DELETE FROM client_grant WHERE tenant = $1 AND id = $2";
const PUT_ORGANIZATION: &str = "INSERT INTO organization (tenant, id, made, body, name) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, id) \
     DO UPDATE SET body = excluded.body, name = excluded.name";
const DELETE_ORGANIZATION: &str = "DELETE FROM organization WHERE tenant = $1 AND id = $2";
const PUT_SIGNING_KEY: &str = "INSERT INTO signing_key (tenant, id, made, body, family, place) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, id) \
     DO UPDATE SET body = excluded.body, family = excluded.family, place = excluded.place";
const DELETE_SIGNING_KEY: &str = "DELETE FROM signing_key WHERE tenant = $1 AND id = $2";
const PUT_DOCUMENT: &str = "INSERT INTO document (tenant, id, made, body, kind, parent, created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant, kind, id) \
     DO UPDATE SET body = excluded.body, parent = excluded.parent, \
     created_at = excluded.created_at, updated_at = excluded.updated_at";
const DELETE_DOCUMENT: &str = "DELETE FROM document WHERE tenant = $1 AND id = $2 AND kind = $3";
const PUT_CHANGE: &str = "INSERT INTO change \
     (tenant, revision, ordinal, at, actor_kind, actor_id, kind, subject_id, deleted, body) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// A parameter.
#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    Text(Cow<'a, str>),
    MaybeText(Option<Cow<'a, str>>),
    Number(i64),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Number(at.as_millis())
    }
}

/// One statement with its parameters.
#[derive(Debug)]
pub(crate) struct Write<'a> {
    pub(crate) sql: &'static str,
    pub(crate) values: Vec<Value<'a>>,
    /// The rule it breaks when a unique index says no.
    pub(crate) rule: &'static str,
    /// The host name it takes. When it touches no row, another tenant has it.
    pub(crate) host: Option<&'a HostName>,
}

impl<'a> Write<'a> {
    fn new(sql: &'static str, rule: &'static str, values: Vec<Value<'a>>) -> Self {
        Self {
            sql,
            values,
            rule,
            host: None,
        }
    }
}

/// The rules that the indexes hold.
pub(crate) mod rule {
    pub(crate) const IDENTIFIER: &str = "one resource server for each identifier";
    pub(crate) const GRANT: &str = "one client grant for each client, audience and subject type";
    pub(crate) const GRANT_CLIENT: &str = "a client grant needs its client";
    pub(crate) const ORGANIZATION: &str = "one organization for each name";
    pub(crate) const OWN_TENANT: &str = "a commit changes the settings of its own tenant only";
    pub(crate) const COMMIT_SIZE: &str = "a commit has at most 1,048,576 changes";
    pub(crate) const ONCE: &str = "each change stands in the change log once";
}

/// The statements that bring one change of a commit into the register.
///
/// `revision` is the commit's own, `ordinal` the place of `change` in it, `body` its record.
pub(crate) fn object_writes<'a>(
    commit: &'a Commit,
    revision: Revision,
    ordinal: usize,
    change: &'a Change,
    body: Option<&'a str>,
) -> Vec<Write<'a>> {
    let mut writes = Vec::with_capacity(1);
    let put = Put {
        tenant: &commit.tenant,
        made: number(revision).wrapping_shl(20) | i64::try_from(ordinal).unwrap_or(i64::MAX),
        body: body.unwrap_or_default(),
    };
    put.object(change, &mut writes);
    writes
}

/// The statement that writes one change of a commit into the change log.
pub(crate) fn change_write<'a>(
    commit: &'a Commit,
    revision: Revision,
    ordinal: usize,
    change: &'a Change,
    body: Option<&'a str>,
) -> Write<'a> {
    let (kind, subject_id) = change.subject();
    Write::new(
        PUT_CHANGE,
        rule::ONCE,
        vec![
            commit.tenant.as_str().into(),
            number(revision).into(),
            i64::try_from(ordinal).unwrap_or(i64::MAX).into(),
            commit.at.into(),
            commit.actor.kind.as_str().into(),
            (&*commit.actor.id).into(),
            kind.into(),
            subject_id.into(),
            i64::from(body.is_none()).into(),
            Value::MaybeText(body.map(Cow::from)),
        ],
    )
}

/// The statement that remembers when a credential was last used.
pub(crate) fn use_write(newest: &SecretUse) -> Write<'_> {
    let SecretUse {
        tenant,
        client,
        credential,
        at,
    } = newest;
    let values = vec![
        tenant.as_str().into(),
        client.as_str().into(),
        credential.as_str().into(),
        (*at).into(),
    ];
    Write::new(PUT_USE, rule::ONCE, values)
}

/// What all objects have in common.
struct Put<'a> {
    tenant: &'a TenantId,
    made: i64,
    body: &'a str,
}

impl<'a> Put<'a> {
    fn object(&self, change: &'a Change, writes: &mut Vec<Write<'a>>) {
        let no_rule = rule::ONCE;
        writes.push(match change {
            Change::PutClient(client) => self.put(
                PUT_CLIENT,
                no_rule,
                client.id.as_str(),
                vec![
                    (&*client.name).into(),
                    client.created_at.into(),
                    client.updated_at.into(),
                ],
            ),
            Change::DeleteClient(id) => self.delete(DELETE_CLIENT, id.as_str()),
            Change::PutClientGrant(grant) => self.put(
                PUT_CLIENT_GRANT,
                rule::GRANT,
                grant.id.as_str(),
                vec![
                    Value::MaybeText(grant.holder.client_id().map(|id| id.as_str().into())),
                    grant.audience.as_str().into(),
                    grant.subject_type.as_str().into(),
                ],
            ),
            Change::DeleteClientGrant(id) => self.delete(DELETE_CLIENT_GRANT, id.as_str()),
            Change::PutOrganization(organization) => self.put(
                PUT_ORGANIZATION,
                rule::ORGANIZATION,
                organization.id.as_str(),
                vec![organization.name.as_str().into()],
            ),
            Change::DeleteOrganization(id) => self.delete(DELETE_ORGANIZATION, id.as_str()),
            Change::PutResourceServer(server) => self.put(
                PUT_RESOURCE_SERVER,
                rule::IDENTIFIER,
                server.id.as_str(),
                vec![server.identifier.as_str().into()],
            ),
            Change::DeleteResourceServer(id) => self.delete(DELETE_RESOURCE_SERVER, id.as_str()),
            Change::PutSigningKey(key) => self.put(
                PUT_SIGNING_KEY,
                no_rule,
                key.id.as_str(),
                vec![key.family.as_str().into(), key.place.as_str().into()],
            ),
            Change::DeleteSigningKey(id) => self.delete(DELETE_SIGNING_KEY, id.as_str()),
            Change::PutTenant(tenant) => return self.tenant(tenant, writes),
            Change::PutDocument(document) => self.put(
                PUT_DOCUMENT,
                no_rule,
                &document.id,
                vec![
                    document.kind.as_str().into(),
                    Value::MaybeText(document.parent.as_deref().map(Cow::from)),
                    document.created_at.into(),
                    document.updated_at.into(),
                ],
            ),
            Change::DeleteDocument(kind, id) => {
                let mut write = self.delete(DELETE_DOCUMENT, id);
                write.values.push(kind.as_str().into());
                write
            }
        });
    }

    fn tenant(&self, tenant: &'a Tenant, writes: &mut Vec<Write<'a>>) {
        let id = self.tenant.as_str();
        let values = vec![id.into(), tenant.domain.as_str().into(), self.body.into()];
        writes.push(Write::new(PUT_TENANT, rule::ONCE, values));
        writes.push(Write::new(FORGET_HOSTS, rule::ONCE, vec![id.into()]));
        for host in tenant.hosts() {
            let values = vec![host.as_str().into(), id.into()];
            writes.push(Write {
                host: Some(host),
                ..Write::new(PUT_HOST, rule::ONCE, values)
            });
        }
    }

    fn put(
        &self,
        sql: &'static str,
        rule: &'static str,
        id: &'a str,
        columns: Vec<Value<'a>>,
    ) -> Write<'a> {
        let mut values: Vec<Value<'a>> = vec![
            self.tenant.as_str().into(),
            id.into(),
            self.made.into(),
            self.body.into(),
        ];
        values.extend(columns);
        Write::new(sql, rule, values)
    }

    fn delete(&self, sql: &'static str, id: &'a str) -> Write<'a> {
        let values = vec![self.tenant.as_str().into(), id.into()];
        Write::new(sql, rule::ONCE, values)
    }
}

/// A revision as a column holds it.
pub(crate) fn number(revision: Revision) -> i64 {
    i64::try_from(revision.number()).unwrap_or(i64::MAX)
}
