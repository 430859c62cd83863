//! One `SQLite` file: opening it, bringing its schema up to date, telling what went wrong.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Row, Sqlite, Transaction};

use crate::error::{BoxError, StoreError};

/// How long a writer waits for one in another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait before trying again where `SQLite` does not wait itself.
const BUSY_PAUSE: Duration = Duration::from_millis(10);
/// How long an operation waits for a connection of its own process.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Readers that nobody needs give their memory back.
const READER_IDLE: Duration = Duration::from_mins(1);
const READERS: u32 = 2;
/// Of each reader, in KiB with a minus, as `SQLite` wants it. The register is read whole and kept
/// in memory, so there is little to gain from more.
const PAGE_CACHE: &str = "-2048";
const JOURNAL_SIZE_LIMIT: &str = "16777216";

/// What a file must hold.
pub(super) struct Schema {
    /// Tells our files from those of others (`PRAGMA application_id`).
    pub(super) application: i32,
    /// The most memory the writer may take for pages, as `PAGE_CACHE` is written. It takes what a
    /// transaction touches: [`File::shrink`] gives it back.
    pub(super) writer_cache: &'static str,
    /// The steps from an empty file to today's schema. Steps are added, never changed.
    pub(super) migrations: &'static [&'static str],
}

/// An open file.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    writer: SqlitePool,
    reader: SqlitePool,
}

/// The file is a database, and of somebody else.
#[derive(Debug, thiserror::Error)]
#[error("it is a database of another program")]
struct ForeignDatabase;

impl File {
    pub(super) async fn open(path: &Path, schema: &Schema) -> Result<Self, StoreError> {
        make_private(path).await?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .synchronous(SqliteSynchronous::Full)
            .statement_cache_capacity(64)
            .pragma("cache_size", PAGE_CACHE)
            .pragma("journal_size_limit", JOURNAL_SIZE_LIMIT)
            .pragma("temp_store", "memory")
            .disable_statement_logging();
        let writing = options
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            .pragma("cache_size", schema.writer_cache);
        let writer = connect(writing)
            .await
            .map_err(|error| failed(path, error))?;
        // Opened when the first one reads.
        let reader = pool(READERS)
            .idle_timeout(READER_IDLE)
            .connect_lazy_with(options.pragma("query_only", "on"));
        let file = Self {
            path: path.to_owned(),
            writer,
            reader,
        };
        if let Err(error) = file.migrate(schema).await {
            file.close().await;
            return Err(error);
        }
        Ok(file)
    }

    /// A transaction that may write, and that nobody else's can be beside.
    pub(super) async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        let begun = self.writer.begin_with("BEGIN IMMEDIATE").await;
        begun.map_err(|error| self.failed(error))
    }

    /// Gives back the memory that a large transaction took. Failing costs nothing but that memory.
    pub(super) async fn shrink(&self) {
        let _kept = sqlx::query("PRAGMA shrink_memory")
            .execute(&self.writer)
            .await;
    }

    /// A transaction that sees one moment.
    pub(super) async fn read(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        let begun = self.reader.begin().await;
        begun.map_err(|error| self.failed(error))
    }

    /// For single queries.
    pub(super) fn reader(&self) -> &SqlitePool {
        &self.reader
    }

    pub(super) async fn finish(&self, open: Transaction<'_, Sqlite>) -> Result<(), StoreError> {
        open.commit().await.map_err(|error| self.failed(error))
    }

    /// What an error of the database means.
    pub(super) fn failed(&self, error: sqlx::Error) -> StoreError {
        failed(&self.path, error)
    }

    pub(super) async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// What the file and its journal take, in bytes.
    pub(super) async fn bytes(&self) -> u64 {
        let mut journal = self.path.clone().into_os_string();
        journal.push("-wal");
        let mut bytes = 0;
        for path in [self.path.clone(), journal.into()] {
            bytes += tokio::fs::metadata(path).await.map_or(0, |file| file.len());
        }
        bytes
    }

    pub(super) async fn is_writable(&self) -> bool {
        match self.write().await {
            Ok(transaction) => transaction.rollback().await.is_ok(),
            Err(_) => false,
        }
    }

    /// What the integrity check finds.
    pub(super) async fn problems(&self) -> Result<Vec<String>, StoreError> {
        let mut problems = Vec::new();
        for check in ["PRAGMA integrity_check(20)", "PRAGMA foreign_key_check"] {
            let rows = sqlx::query(check).fetch_all(&self.reader).await;
            let rows = match rows.map_err(|error| self.failed(error)) {
                Ok(rows) => rows,
                Err(StoreError::Damaged { source, .. }) => {
                    problems.push(format!("{}: {source}", self.path.display()));
                    continue;
                }
                Err(error) => return Err(error),
            };
            for row in rows {
                let line: String = row.try_get(0).map_err(|error| self.failed(error))?;
                if line != "ok" {
                    problems.push(format!("{}: {line}", self.path.display()));
                }
            }
        }
        Ok(problems)
    }

    /// Brings the schema up to date, in one transaction. An up-to-date one costs two small reads.
    async fn migrate(&self, schema: &Schema) -> Result<(), StoreError> {
        let failed = |error| self.failed(error);
        let known = u32::try_from(schema.migrations.len()).unwrap_or(u32::MAX);
        if self.version(&self.writer, schema, known).await? == known {
            return Ok(());
        }
        let mut transaction = self.write().await?;
        // Another process may have been faster.
        let found = self.version(&mut *transaction, schema, known).await?;
        let done = usize::try_from(found).unwrap_or(usize::MAX);
        for migration in schema.migrations.iter().skip(done) {
            sqlx::raw_sql(*migration)
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
        let stamp = format!(
            "PRAGMA user_version = {known}; PRAGMA application_id = {}",
            schema.application
        );
        sqlx::raw_sql(AssertSqlSafe(stamp))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        self.finish(transaction).await
    }

    /// The version of the schema; 0 for an empty file.
    async fn version(
        &self,
        executor: impl sqlx::Executor<'_, Database = Sqlite>,
        schema: &Schema,
        known: u32,
    ) -> Result<u32, StoreError> {
        let row: SqliteRow = sqlx::query(
            "SELECT user_version, application_id, (SELECT COUNT(*) FROM sqlite_schema) \
             FROM pragma_user_version, pragma_application_id",
        )
        .fetch_one(executor)
        .await
        .map_err(|error| self.failed(error))?;
        let number = |index| {
            let number: Result<i64, _> = row.try_get(index);
            number.map_err(|error| self.failed(error))
        };
        let (version, application, tables) = (number(0)?, number(1)?, number(2)?);
        let empty = version == 0 && application == 0 && tables == 0;
        if !empty && application != i64::from(schema.application) {
            return Err(StoreError::NotADatabase {
                location: location(&self.path),
                source: ForeignDatabase.into(),
            });
        }
        let version = u32::try_from(version).unwrap_or(u32::MAX);
        if known < version {
            return Err(StoreError::Newer {
                location: location(&self.path),
                found: version,
                known,
            });
        }
        Ok(version)
    }
}

/// Connects the writer. Turning a new file to WAL needs it alone for a moment, and `SQLite` does not
/// wait for that by itself when another process does the same.
async fn connect(options: SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    let mut waited = Duration::ZERO;
    loop {
        let writer = pool(1).idle_timeout(None).connect_with(options.clone());
        match writer.await {
            Err(error) if result_code(&error) == Some(BUSY) && waited < BUSY_TIMEOUT => {
                tokio::time::sleep(BUSY_PAUSE).await;
                waited += BUSY_PAUSE;
            }
            result => return result,
        }
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .max_lifetime(None)
        // A file does not hang up.
        .test_before_acquire(false)
}

/// Makes an empty file that only its owner may read. `SQLite` gives its journals the same mode.
async fn make_private(path: &Path) -> Result<(), StoreError> {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    match options.open(path).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::NotWritable {
            location: location(path),
            source: error.into(),
        }),
    }
}

fn location(path: &Path) -> Box<str> {
    path.display().to_string().into()
}

fn failed(path: &Path, error: sqlx::Error) -> StoreError {
    let location = location(path);
    let code = result_code(&error);
    let source: BoxError = error.into();
    match code {
        Some(PERM | READONLY | CANTOPEN) => StoreError::NotWritable { location, source },
        Some(CORRUPT) => StoreError::Damaged { location, source },
        Some(FULL) => StoreError::Full { location, source },
        Some(NOTADB) => StoreError::NotADatabase { location, source },
        _ => StoreError::Unavailable { location, source },
    }
}

// Primary result codes (sqlite.org/rescode.html).
const PERM: i32 = 3;
const BUSY: i32 = 5;
const READONLY: i32 = 8;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const NOTADB: i32 = 26;

/// The primary result code: the low byte of the extended one.
fn result_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?;
    code.parse::<i32>().ok().map(|code| code & 0xff)
}
