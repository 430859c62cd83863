//! The logs' file: blocks of log events, and when credentials were last used.

use std::path::Path;

use m2mint_domain::Timestamp;
use m2mint_domain::id::{ClientId, CredentialId, TenantId};
use m2mint_domain::log_event::LogEvent;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Sqlite, Transaction};

use super::file::{File, Schema};
use super::register::{bind, column, corrupt};
use crate::batch::batches;
use crate::error::StoreError;
use crate::log_block::{self, EVENTS_MAX, EncodedBlock, InvalidBlock};
use crate::log_query::{LogEntry, LogOrder, LogQuery, LogSearch};
use crate::log_tally::{LogTally, TallyQuery, Tallying};
use crate::sql;
use crate::store::{LogCursor, SecretUse};

const SCHEMA: Schema = Schema {
    application: i32::from_be_bytes(*b"m2mL"),
    // Blocks are appended: there is nothing to keep at hand.
    writer_cache: "-2048",
    migrations: &[
        include_str!("../../migrations/sqlite-logs/0001_logs.sql"),
        include_str!("../../migrations/sqlite-logs/0002_log_cursor.sql"),
    ],
};

/// See the module.
#[derive(Debug)]
pub(super) struct Logs(File);

impl Logs {
    pub(super) async fn open(path: &Path) -> Result<Self, StoreError> {
        File::open(path, &SCHEMA).await.map(Self)
    }

    pub(super) fn file(&self) -> &File {
        &self.0
    }

    pub(super) async fn append(
        &self,
        batch: &[(TenantId, Vec<LogEvent>)],
    ) -> Result<(), StoreError> {
        // Encoded before the transaction begins, so that it is short.
        let batch: Vec<_> = batch
            .iter()
            .map(|(tenant, events)| (tenant, log_block::encode(events)))
            .filter(|(_, blocks)| !blocks.is_empty())
            .collect();
        if batch.is_empty() {
            return Ok(());
        }
        let mut transaction = self.0.write().await?;
        for (tenant, blocks) in batch {
            self.append_blocks(&mut transaction, tenant, blocks).await?;
        }
        self.0.finish(transaction).await
    }

    async fn append_blocks(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        tenant: &TenantId,
        blocks: Vec<EncodedBlock>,
    ) -> Result<(), StoreError> {
        let failed = |error| self.0.failed(error);
        let row = sqlx::query(sql::LAST_SEQUENCE)
            .bind(tenant.as_str())
            .fetch_optional(&mut **transaction)
            .await
            .map_err(failed)?;
        let mut last: i64 = row.map_or(Ok(0), |row| {
            column(&row, 0, "log_sequence", "last", tenant.as_str())
        })?;
        for block in blocks {
            let EncodedBlock {
                events,
                first_at,
                last_at,
                body,
            } = block;
            let events = i64::try_from(events).unwrap_or(i64::MAX);
            let first = last + 1;
            last += events;
            sqlx::query(sql::PUT_BLOCK)
                .bind(tenant.as_str())
                .bind(first)
                .bind(last)
                .bind(first_at.as_millis())
                .bind(last_at.as_millis())
                .bind(events)
                .bind(body)
                .execute(&mut **transaction)
                .await
                .map_err(failed)?;
        }
        sqlx::query(sql::SET_LAST_SEQUENCE)
            .bind(tenant.as_str())
            .bind(last)
            .execute(&mut **transaction)
            .await
            .map_err(failed)?;
        Ok(())
    }

    /// Reads one block after the other until there are enough entries.
    pub(super) async fn find(
        &self,
        tenant: &TenantId,
        query: &LogQuery,
    ) -> Result<Vec<LogEntry>, StoreError> {
        let mut search = LogSearch::new(query);
        if !search.is_done() {
            self.walk(tenant, query, |first, last, body| {
                search.read(first, last, body)?;
                Ok(!search.is_done())
            })
            .await?;
        }
        Ok(search.finish())
    }

    pub(super) async fn tally(
        &self,
        tenant: &TenantId,
        query: TallyQuery,
    ) -> Result<LogTally, StoreError> {
        let mut tally = Tallying::new(query);
        let blocks = LogQuery {
            order: LogOrder::OldestFirst,
            since: Some(query.since),
            until: Some(query.until),
            ..LogQuery::default()
        };
        self.walk(tenant, &blocks, |_, _, body| {
            tally.read(body)?;
            Ok(true)
        })
        .await?;
        Ok(tally.finish())
    }

    /// Hands over the blocks that may hold what is asked for, in the order of the query, for as long
    /// as `read` says to go on. It gets the numbers of the first and the last event, and the block.
    async fn walk(
        &self,
        tenant: &TenantId,
        query: &LogQuery,
        mut read: impl FnMut(u64, u64, &[u8]) -> Result<bool, InvalidBlock> + Send,
    ) -> Result<(), StoreError> {
        let (lowest, highest) = query.window();
        let number = |number| i64::try_from(number).unwrap_or(i64::MAX);
        let (mut lowest, mut highest) = (number(lowest), number(highest));
        let statement = match query.order {
            LogOrder::OldestFirst => sql::OLDEST_BLOCK,
            LogOrder::NewestFirst => sql::NEWEST_BLOCK,
        };
        while lowest <= highest {
            // No block is longer, so none that begins before can reach into the window.
            let first_block = lowest.saturating_sub(number(EVENTS_MAX as u64) - 1);
            let row = sqlx::query(statement)
                .bind(tenant.as_str())
                .bind(first_block)
                .bind(lowest)
                .bind(highest)
                .bind(query.since.map_or(i64::MIN, Timestamp::as_millis))
                .bind(query.until.map_or(i64::MAX, Timestamp::as_millis))
                .fetch_optional(self.0.reader())
                .await
                .map_err(|error| self.0.failed(error))?;
            let Some(row) = row else {
                break;
            };
            let (first, last, more) = read_block(&row, tenant.as_str(), &mut read)?;
            if !more {
                break;
            }
            match query.order {
                LogOrder::OldestFirst => lowest = last.saturating_add(1),
                LogOrder::NewestFirst => highest = first.saturating_sub(1),
            }
        }
        Ok(())
    }

    pub(super) async fn cursor(
        &self,
        tenant: &TenantId,
        reader: &str,
    ) -> Result<Option<LogCursor>, StoreError> {
        const TABLE: &str = "log_cursor";
        let row = sqlx::query(sql::CURSOR)
            .bind(tenant.as_str())
            .bind(reader)
            .fetch_optional(self.0.reader())
            .await
            .map_err(|error| self.0.failed(error))?;
        row.map(|row| {
            let position: i64 = column(&row, 0, TABLE, "position", reader)?;
            let failing_since: Option<i64> = column(&row, 1, TABLE, "failing_since", reader)?;
            Ok(LogCursor {
                position: u64::try_from(position).unwrap_or_default(),
                failing_since: failing_since.map(Timestamp::from_millis),
            })
        })
        .transpose()
    }

    pub(super) async fn set_cursor(
        &self,
        tenant: &TenantId,
        reader: &str,
        cursor: Option<LogCursor>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.0.write().await?;
        let query = match cursor {
            Some(LogCursor {
                position,
                failing_since,
            }) => sqlx::query(sql::SET_CURSOR)
                .bind(tenant.as_str())
                .bind(reader)
                .bind(i64::try_from(position).unwrap_or(i64::MAX))
                .bind(failing_since.map(Timestamp::as_millis)),
            None => sqlx::query(sql::FORGET_CURSOR)
                .bind(tenant.as_str())
                .bind(reader),
        };
        query
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.0.failed(error))?;
        self.0.finish(transaction).await
    }

    pub(super) async fn purge(&self, older_than: Timestamp) -> Result<u64, StoreError> {
        self.delete_blocks(|| sqlx::query(sql::PURGE).bind(older_than.as_millis()))
            .await
    }

    pub(super) async fn delete_tenant(&self, tenant: &TenantId) -> Result<(), StoreError> {
        self.delete_blocks(|| sqlx::query(sql::DELETE_BLOCKS).bind(tenant.as_str()))
            .await?;
        let mut transaction = self.0.write().await?;
        for statement in [sql::DELETE_SEQUENCE, sql::DELETE_USES, sql::DELETE_CURSORS] {
            sqlx::query(statement)
                .bind(tenant.as_str())
                .execute(&mut *transaction)
                .await
                .map_err(|error| self.0.failed(error))?;
        }
        self.0.finish(transaction).await
    }

    /// Deletes blocks, a few in each transaction, and returns how many events were in them.
    async fn delete_blocks<'q>(
        &self,
        some: impl Fn() -> sqlx::query::Query<'q, Sqlite, sqlx::sqlite::SqliteArguments>,
    ) -> Result<u64, StoreError> {
        let mut deleted = 0;
        loop {
            let mut transaction = self.0.write().await?;
            let rows = some().fetch_all(&mut *transaction).await;
            let rows = rows.map_err(|error| self.0.failed(error))?;
            self.0.finish(transaction).await?;
            for row in &rows {
                let events: i64 = column(row, 0, "log_block", "events", "")?;
                deleted += u64::try_from(events).unwrap_or_default();
            }
            if rows.len() < sql::PURGE_BLOCKS {
                return Ok(deleted);
            }
            tokio::task::yield_now().await;
        }
    }

    pub(super) async fn record_secret_uses(&self, uses: &[SecretUse]) -> Result<(), StoreError> {
        if uses.is_empty() {
            return Ok(());
        }
        let mut transaction = self.0.write().await?;
        for batch in batches(uses.iter().map(sql::use_write).collect()) {
            let mut query = sqlx::query::<Sqlite>(AssertSqlSafe(batch.sql.into_owned()));
            for value in batch.values {
                query = bind(query, value);
            }
            query
                .execute(&mut *transaction)
                .await
                .map_err(|error| self.0.failed(error))?;
        }
        self.0.finish(transaction).await
    }

    pub(super) async fn secret_uses(
        &self,
        tenant: &TenantId,
        client: &ClientId,
    ) -> Result<Vec<(CredentialId, Timestamp)>, StoreError> {
        const TABLE: &str = "secret_use";
        let rows = sqlx::query(sql::USES)
            .bind(tenant.as_str())
            .bind(client.as_str())
            .fetch_all(self.0.reader())
            .await
            .map_err(|error| self.0.failed(error))?;
        rows.iter()
            .map(|row| {
                let id: &str = column(row, 0, TABLE, "credential_id", client.as_str())?;
                let credential = id
                    .parse()
                    .map_err(|error| corrupt(TABLE, "credential_id", id, error))?;
                let at = Timestamp::from_millis(column(row, 1, TABLE, "at", id)?);
                Ok((credential, at))
            })
            .collect()
    }
}

/// Hands over one block, and returns the numbers of its first and last event, and whether to go on.
fn read_block(
    row: &SqliteRow,
    tenant: &str,
    read: &mut impl FnMut(u64, u64, &[u8]) -> Result<bool, InvalidBlock>,
) -> Result<(i64, i64, bool), StoreError> {
    const TABLE: &str = "log_block";
    let first: i64 = column(row, 0, TABLE, "first_sequence", tenant)?;
    let id = format!("{tenant}/{first}");
    let last: i64 = column(row, 1, TABLE, "last_sequence", &id)?;
    let body: &[u8] = column(row, 2, TABLE, "body", &id)?;
    let from = u64::try_from(first).unwrap_or_default();
    let until = u64::try_from(last).unwrap_or_default();
    let more = read(from, until, body).map_err(|error| corrupt(TABLE, "body", &id, error))?;
    Ok((first, last, more))
}
