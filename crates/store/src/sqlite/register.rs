//! The register's file.

use std::path::Path;

use m2mint_domain::id::TenantId;
use m2mint_domain::{Change, State, Timestamp};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use super::file::{File, Schema};
use super::logs::Logs;
use crate::batch::{Batch, batches};
use crate::commit::{Actor, ActorKind, Commit, CommittedChange, Revision};
use crate::error::{BoxError, StoreError};
use crate::history::{HISTORY_MAX, HistoryEntry, HistoryQuery, Place};
use crate::record::{self, InvalidRecord, Subject};
use crate::sql::{self, Value, rule};

const SCHEMA: Schema = Schema {
    application: i32::from_be_bytes(*b"m2mR"),
    // Ids are random, so a large commit touches pages everywhere: 64 MiB.
    writer_cache: "-65536",
    migrations: &[
        include_str!("../../migrations/sqlite/0001_register.sql"),
        include_str!("../../migrations/sqlite/0002_documents.sql"),
        include_str!("../../migrations/sqlite/0003_history.sql"),
        include_str!("../../migrations/sqlite/0004_default_grants.sql"),
    ],
};

/// How many changes of a commit are written at a time.
const SLICE: usize = 4_096;

/// See the module.
#[derive(Debug)]
pub(super) struct Register(File);

/// A name that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("unknown {0}")]
struct UnknownName(&'static str);

impl Register {
    pub(super) async fn open(path: &Path) -> Result<Self, StoreError> {
        File::open(path, &SCHEMA).await.map(Self)
    }

    pub(super) fn file(&self) -> &File {
        &self.0
    }

    pub(super) async fn tenants(&self) -> Result<Vec<(TenantId, Revision)>, StoreError> {
        let rows = sqlx::query(sql::TENANTS).fetch_all(self.0.reader()).await;
        let rows = rows.map_err(|error| self.0.failed(error))?;
        rows.iter()
            .map(|row| {
                let id: &str = column(row, 0, "tenant", "id", "")?;
                let tenant = id
                    .parse()
                    .map_err(|error| corrupt("tenant", "id", id, error))?;
                Ok((tenant, revision(column(row, 1, "tenant", "revision", id)?)))
            })
            .collect()
    }

    pub(super) async fn load(
        &self,
        tenant: &TenantId,
    ) -> Result<Option<(Revision, State)>, StoreError> {
        let mut transaction = self.0.read().await?;
        let found = sqlx::query(sql::TENANT)
            .bind(tenant.as_str())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(|error| self.0.failed(error))?;
        let Some(row) = found else {
            return Ok(None);
        };
        let revision = revision(column(&row, 0, "tenant", "revision", tenant.as_str())?);
        let body = column(&row, 1, "tenant", "body", tenant.as_str())?;
        let Change::PutTenant(settings) = read_body(Subject::Tenant, tenant.as_str(), body)? else {
            return Ok(None);
        };
        let mut state = State::new(settings);
        for (subject, query) in sql::OBJECTS {
            self.load_objects(&mut transaction, tenant, subject, query, &mut state)
                .await?;
        }
        self.0.finish(transaction).await?;
        Ok(Some((revision, state)))
    }

    /// Takes the objects of one table into the state, page by page.
    async fn load_objects(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        tenant: &TenantId,
        subject: Subject,
        query: &'static str,
        state: &mut State,
    ) -> Result<(), StoreError> {
        let table = subject.as_str();
        let mut made = -1i64;
        loop {
            let rows = sqlx::query(query)
                .bind(tenant.as_str())
                .bind(made)
                .bind(sql::PAGE)
                .fetch_all(&mut **transaction)
                .await
                .map_err(|error| self.0.failed(error))?;
            for row in &rows {
                let id: &str = column(row, 1, table, "id", tenant.as_str())?;
                made = column(row, 0, table, "made", id)?;
                let body = column(row, 2, table, "body", id)?;
                state.step(&read_body(subject, id, body)?);
            }
            if i64::try_from(rows.len()).unwrap_or(i64::MAX) < sql::PAGE {
                return Ok(());
            }
        }
    }

    pub(super) async fn changes_since(
        &self,
        tenant: &TenantId,
        since: Revision,
        limit: usize,
    ) -> Result<Vec<CommittedChange>, StoreError> {
        let rows = sqlx::query(sql::CHANGES_SINCE)
            .bind(tenant.as_str())
            .bind(sql::number(since))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(self.0.reader())
            .await
            .map_err(|error| self.0.failed(error))?;
        rows.iter()
            .map(|row| read_change(row, tenant.as_str()))
            .collect()
    }

    pub(super) async fn history(
        &self,
        tenant: &TenantId,
        asked: &HistoryQuery,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        let (revision, ordinal) = asked.before.map_or((i64::MAX, 0), |end| {
            let ordinal = i64::try_from(end.ordinal).unwrap_or(i64::MAX);
            (sql::number(end.revision), ordinal)
        });
        let statement = match (&asked.kind, &asked.id) {
            (None, _) => sql::HISTORY,
            (Some(_), None) => sql::HISTORY_OF_KIND,
            (Some(_), Some(_)) => sql::HISTORY_OF_OBJECT,
        };
        let mut query = sqlx::query(statement)
            .bind(tenant.as_str())
            .bind(revision)
            .bind(ordinal)
            .bind(i64::try_from(asked.take.min(HISTORY_MAX)).unwrap_or(i64::MAX));
        if let Some(kind) = asked.kind.as_deref() {
            query = query.bind(kind);
            if let Some(id) = asked.id.as_deref() {
                query = query.bind(id);
            }
        }
        let rows = query.fetch_all(self.0.reader()).await;
        let rows = rows.map_err(|error| self.0.failed(error))?;
        rows.iter()
            .map(|row| read_history(row, tenant.as_str()))
            .collect()
    }

    pub(super) async fn commit(
        &self,
        commit: &Commit,
        logs: &Logs,
    ) -> Result<Revision, StoreError> {
        let mut transaction = self.0.write().await?;
        let stored = self.revision(&mut transaction, &commit.tenant).await?;
        commit.check(stored)?;
        if commit.changes.is_empty() {
            return Ok(commit.expected);
        }
        if stored.is_none() {
            // What a deletion that was cut short may have left of a tenant with this name.
            logs.delete_tenant(&commit.tenant).await?;
        }
        let next = commit.expected.next();
        // A slice at a time: a large commit does not hold all its texts at once.
        for (slice, changes) in commit.changes.chunks(SLICE).enumerate() {
            let bodies = changes
                .iter()
                .map(write_body)
                .collect::<Result<Vec<_>, _>>()?;
            let (mut objects, mut history) = (Vec::new(), Vec::new());
            for (place, (change, body)) in changes.iter().zip(&bodies).enumerate() {
                let ordinal = slice * SLICE + place;
                let body = body.as_deref();
                objects.extend(sql::object_writes(commit, next, ordinal, change, body));
                history.push(sql::change_write(commit, next, ordinal, change, body));
            }
            objects.extend(history);
            for batch in batches(objects) {
                self.execute(&mut transaction, batch).await?;
            }
        }
        sqlx::query(sql::SET_REVISION)
            .bind(commit.tenant.as_str())
            .bind(sql::number(next))
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.0.failed(error))?;
        let committed = transaction.commit().await;
        committed.map_err(|error| self.refused(error, rule::GRANT_CLIENT))?;
        if SLICE <= commit.changes.len() {
            self.0.shrink().await;
        }
        Ok(next)
    }

    pub(super) async fn delete_tenant(&self, tenant: &TenantId) -> Result<bool, StoreError> {
        let mut transaction = self.0.write().await?;
        let deleted = sqlx::query(sql::DELETE_TENANT)
            .bind(tenant.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.0.failed(error))?;
        self.0.finish(transaction).await?;
        Ok(0 < deleted.rows_affected())
    }

    pub(super) async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query(sql::SETTING)
            .bind(name)
            .fetch_optional(self.0.reader())
            .await
            .map_err(|error| self.0.failed(error))?;
        row.map(|row| column(&row, 0, "setting", "value", name))
            .transpose()
    }

    pub(super) async fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let mut transaction = self.0.write().await?;
        sqlx::query(sql::SET_SETTING)
            .bind(name)
            .bind(value)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.0.failed(error))?;
        self.0.finish(transaction).await
    }

    async fn revision(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        tenant: &TenantId,
    ) -> Result<Option<Revision>, StoreError> {
        let row = sqlx::query(sql::REVISION)
            .bind(tenant.as_str())
            .fetch_optional(&mut **transaction)
            .await
            .map_err(|error| self.0.failed(error))?;
        row.map(|row| column(&row, 0, "tenant", "revision", tenant.as_str()).map(revision))
            .transpose()
    }

    async fn execute(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        batch: Batch<'_>,
    ) -> Result<(), StoreError> {
        // Our own statements, with more or fewer rows; values are bound, never spliced in.
        let mut query = sqlx::query::<Sqlite>(AssertSqlSafe(batch.sql.into_owned()));
        for value in batch.values {
            query = bind(query, value);
        }
        let done = query.execute(&mut **transaction).await;
        let done = done.map_err(|error| self.refused(error, batch.rule))?;
        match batch.host {
            Some(host) if done.rows_affected() == 0 => {
                Err(StoreError::HostTaken { host: host.clone() })
            }
            _ => Ok(()),
        }
    }

    /// What an error means for which a broken rule may be the reason.
    fn refused(&self, error: sqlx::Error, rule: &'static str) -> StoreError {
        let broken = error
            .as_database_error()
            .is_some_and(|e| e.is_unique_violation() || e.is_foreign_key_violation());
        if broken {
            return StoreError::Refused { rule };
        }
        self.0.failed(error)
    }
}

pub(super) type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

pub(super) fn bind<'q>(query: Query<'q>, value: Value<'_>) -> Query<'q> {
    match value {
        Value::Text(text) => query.bind(text),
        Value::MaybeText(text) => query.bind(text),
        Value::Number(number) => query.bind(number),
    }
}

fn read_change(row: &SqliteRow, tenant: &str) -> Result<CommittedChange, StoreError> {
    const TABLE: &str = "change";
    let number: i64 = column(row, 0, TABLE, "revision", tenant)?;
    let ordinal: i64 = column(row, 1, TABLE, "ordinal", tenant)?;
    let id = format!("{tenant}/{number}/{ordinal}");
    let at = column(row, 2, TABLE, "at", &id)?;
    let actor_kind: &str = column(row, 3, TABLE, "actor_kind", &id)?;
    let actor_id: &str = column(row, 4, TABLE, "actor_id", &id)?;
    let deleted: i64 = column(row, 7, TABLE, "deleted", &id)?;
    let body: Option<&str> = column(row, 8, TABLE, "body", &id)?;
    let actor_kind = ActorKind::parse(actor_kind)
        .ok_or_else(|| corrupt(TABLE, "actor_kind", &id, UnknownName("kind of actor")))?;
    Ok(CommittedChange {
        revision: revision(number),
        at: Timestamp::from_millis(at),
        actor: Actor {
            kind: actor_kind,
            id: actor_id.into(),
        },
        change: read_step(row, &id, deleted, body)?,
    })
}

/// What a row of the change log says of its object, by this mark of a deletion and this body.
fn read_step(
    row: &SqliteRow,
    id: &str,
    deleted: i64,
    body: Option<&str>,
) -> Result<Change, StoreError> {
    const TABLE: &str = "change";
    let kind: &str = column(row, 5, TABLE, "kind", id)?;
    let subject_id: &str = column(row, 6, TABLE, "subject_id", id)?;
    let unknown = |column, what| corrupt(TABLE, column, id, UnknownName(what));
    let subject = Subject::parse(kind).ok_or_else(|| unknown("kind", "kind of object"))?;
    let change = match (deleted, body) {
        (0, Some(body)) => record::read(subject, body),
        (1, None) => record::read_deletion(kind, subject_id),
        _ => return Err(unknown("deleted", "mark of a deletion")),
    };
    change.map_err(|error| corrupt(TABLE, "body", id, error))
}

fn read_history(row: &SqliteRow, tenant: &str) -> Result<HistoryEntry, StoreError> {
    const TABLE: &str = "change";
    let CommittedChange {
        revision,
        at,
        actor,
        change,
    } = read_change(row, tenant)?;
    let ordinal: i64 = column(row, 1, TABLE, "ordinal", tenant)?;
    let id = format!("{tenant}/{revision}/{ordinal}");
    let deleted: Option<i64> = column(row, 9, TABLE, "deleted", &id)?;
    let body: Option<&str> = column(row, 10, TABLE, "body", &id)?;
    Ok(HistoryEntry {
        place: Place {
            revision,
            ordinal: u64::try_from(ordinal).unwrap_or_default(),
        },
        at,
        actor,
        change,
        before: deleted
            .map(|deleted| read_step(row, &id, deleted, body))
            .transpose()?,
    })
}

fn write_body(change: &Change) -> Result<Option<String>, StoreError> {
    record::write(change).map_err(|error| {
        let (table, id) = change.subject();
        corrupt(table, "body", id, error)
    })
}

fn read_body(subject: Subject, id: &str, body: &str) -> Result<Change, StoreError> {
    record::read(subject, body)
        .map_err(|error: InvalidRecord| corrupt(subject.as_str(), "body", id, error))
}

fn revision(number: i64) -> Revision {
    Revision::new(u64::try_from(number).unwrap_or_default())
}

/// Reads one column; `id` says which row, should it be unreadable.
pub(super) fn column<'r, T>(
    row: &'r SqliteRow,
    index: usize,
    table: &'static str,
    column: &'static str,
    id: &str,
) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
{
    row.try_get(index)
        .map_err(|error| corrupt(table, column, id, error))
}

pub(super) fn corrupt(
    table: &'static str,
    column: &'static str,
    id: &str,
    source: impl Into<BoxError>,
) -> StoreError {
    StoreError::Corrupt {
        table,
        column,
        id: id.into(),
        source: source.into(),
    }
}
