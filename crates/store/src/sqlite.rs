//! A store in two `SQLite` files: the register, and the logs beside it.
//!
//! Each file has one connection that writes and a few that read, in WAL mode, so that readers never
//! wait. `synchronous=FULL` in both: what was acknowledged survives a loss of power. Several
//! processes may have the same files open.

mod file;
mod logs;
mod register;

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use m2mint_domain::id::{ClientId, CredentialId, TenantId};
use m2mint_domain::log_event::LogEvent;
use m2mint_domain::{State, Timestamp};

use crate::commit::{Commit, CommittedChange, Revision};
use crate::error::StoreError;
use crate::history::{HistoryEntry, HistoryQuery};
use crate::log_query::{LogEntry, LogQuery};
use crate::log_tally::{LogTally, TallyQuery};
use crate::store::{LogCursor, SecretUse, Store, StoreHealth};

use logs::Logs;
use register::Register;

/// See the module.
#[derive(Debug)]
pub(crate) struct SqliteStore {
    register: Register,
    logs: Logs,
}

impl SqliteStore {
    /// Opens the files, and makes those that are missing. The directory must be there.
    pub(crate) async fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            register: Register::open(path).await?,
            logs: Logs::open(&logs_path(path)).await?,
        })
    }
}

/// `m2mint.db` → `m2mint-logs.db`, in the same directory.
fn logs_path(register: &Path) -> PathBuf {
    let mut name = register.file_stem().unwrap_or_default().to_os_string();
    name.push("-logs");
    if let Some(extension) = register.extension() {
        name.push(".");
        name.push(extension);
    }
    register.with_file_name(name)
}

#[async_trait]
impl Store for SqliteStore {
    async fn tenants(&self) -> Result<Vec<(TenantId, Revision)>, StoreError> {
        self.register.tenants().await
    }

    async fn load(&self, tenant: &TenantId) -> Result<Option<(Revision, State)>, StoreError> {
        self.register.load(tenant).await
    }

    async fn changes_since(
        &self,
        tenant: &TenantId,
        revision: Revision,
        limit: usize,
    ) -> Result<Vec<CommittedChange>, StoreError> {
        self.register.changes_since(tenant, revision, limit).await
    }

    async fn history(
        &self,
        tenant: &TenantId,
        query: &HistoryQuery,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        self.register.history(tenant, query).await
    }

    async fn commit(&self, commit: &Commit) -> Result<Revision, StoreError> {
        self.register.commit(commit, &self.logs).await
    }

    async fn delete_tenant(&self, tenant: &TenantId) -> Result<bool, StoreError> {
        let found = self.register.delete_tenant(tenant).await?;
        self.logs.delete_tenant(tenant).await?;
        Ok(found)
    }

    async fn clear_logs(&self, tenant: &TenantId) -> Result<(), StoreError> {
        self.logs.delete_tenant(tenant).await
    }

    async fn append_logs(&self, batch: &[(TenantId, Vec<LogEvent>)]) -> Result<(), StoreError> {
        self.logs.append(batch).await
    }

    async fn find_logs(
        &self,
        tenant: &TenantId,
        query: &LogQuery,
    ) -> Result<Vec<LogEntry>, StoreError> {
        self.logs.find(tenant, query).await
    }

    async fn tally_logs(
        &self,
        tenant: &TenantId,
        query: TallyQuery,
    ) -> Result<LogTally, StoreError> {
        self.logs.tally(tenant, query).await
    }

    async fn log_cursor(
        &self,
        tenant: &TenantId,
        reader: &str,
    ) -> Result<Option<LogCursor>, StoreError> {
        self.logs.cursor(tenant, reader).await
    }

    async fn set_log_cursor(
        &self,
        tenant: &TenantId,
        reader: &str,
        cursor: Option<LogCursor>,
    ) -> Result<(), StoreError> {
        self.logs.set_cursor(tenant, reader, cursor).await
    }

    async fn purge_logs(&self, older_than: Timestamp) -> Result<u64, StoreError> {
        self.logs.purge(older_than).await
    }

    async fn record_secret_uses(&self, uses: &[SecretUse]) -> Result<(), StoreError> {
        self.logs.record_secret_uses(uses).await
    }

    async fn secret_uses(
        &self,
        tenant: &TenantId,
        client: &ClientId,
    ) -> Result<Vec<(CredentialId, Timestamp)>, StoreError> {
        self.logs.secret_uses(tenant, client).await
    }

    async fn check(&self) -> Result<StoreHealth, StoreError> {
        let (register, logs) = (self.register.file(), self.logs.file());
        let mut problems = register.problems().await?;
        problems.extend(logs.problems().await?);
        Ok(StoreHealth {
            register_bytes: register.bytes().await,
            logs_bytes: logs.bytes().await,
            writable: register.is_writable().await && logs.is_writable().await,
            problems,
        })
    }

    async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.register.setting(name).await
    }

    async fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.register.set_setting(name, value).await
    }

    async fn close(&self) {
        self.register.file().close().await;
        self.logs.file().close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logs_are_beside_the_register() {
        for (register, logs) in [
            ("/var/lib/m2mint.db", "/var/lib/m2mint-logs.db"),
            ("m2mint", "m2mint-logs"),
            ("a.b/x.y.db", "a.b/x.y-logs.db"),
        ] {
            assert_eq!(logs_path(Path::new(register)), Path::new(logs));
        }
    }
}
