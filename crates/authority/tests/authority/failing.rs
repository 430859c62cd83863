//! A store that fails on demand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use m2mint_domain::id::{ClientId, CredentialId, TenantId};
use m2mint_domain::log_event::LogEvent;
use m2mint_domain::{State, Timestamp};
use m2mint_store::{
    Commit, CommittedChange, HistoryEntry, HistoryQuery, LogCursor, LogEntry, LogQuery, LogTally,
    Revision, SecretUse, Store, StoreError, StoreHealth, StoreUrl, TallyQuery,
};

/// A store in memory behind two switches and a gate.
#[derive(Debug)]
pub(crate) struct FailingStore {
    inner: Arc<dyn Store>,
    /// Whether the register can be read and written.
    register_away: AtomicBool,
    /// Whether logs can be written.
    logs_away: AtomicBool,
    /// How many commits still meet a conflict.
    conflicts: AtomicUsize,
}

impl FailingStore {
    pub(crate) async fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: m2mint_store::open(&StoreUrl::memory()).await.unwrap(),
            register_away: AtomicBool::new(false),
            logs_away: AtomicBool::new(false),
            conflicts: AtomicUsize::new(0),
        })
    }

    pub(crate) fn register_is_away(&self, away: bool) {
        self.register_away.store(away, Ordering::SeqCst);
    }

    pub(crate) fn logs_are_away(&self, away: bool) {
        self.logs_away.store(away, Ordering::SeqCst);
    }

    pub(crate) fn conflict_next(&self, commits: usize) {
        self.conflicts.store(commits, Ordering::SeqCst);
    }

    fn register(&self) -> Result<(), StoreError> {
        unless(&self.register_away)
    }

    fn logs(&self) -> Result<(), StoreError> {
        unless(&self.logs_away)
    }
}

fn unless(away: &AtomicBool) -> Result<(), StoreError> {
    if away.load(Ordering::SeqCst) {
        return Err(StoreError::Unavailable {
            location: "test".into(),
            source: "switched off".into(),
        });
    }
    Ok(())
}

#[async_trait]
impl Store for FailingStore {
    async fn tenants(&self) -> Result<Vec<(TenantId, Revision)>, StoreError> {
        self.register()?;
        self.inner.tenants().await
    }

    async fn load(&self, tenant: &TenantId) -> Result<Option<(Revision, State)>, StoreError> {
        self.register()?;
        self.inner.load(tenant).await
    }

    async fn changes_since(
        &self,
        tenant: &TenantId,
        revision: Revision,
        limit: usize,
    ) -> Result<Vec<CommittedChange>, StoreError> {
        self.register()?;
        self.inner.changes_since(tenant, revision, limit).await
    }

    async fn history(
        &self,
        tenant: &TenantId,
        query: &HistoryQuery,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        self.inner.history(tenant, query).await
    }

    async fn commit(&self, commit: &Commit) -> Result<Revision, StoreError> {
        self.register()?;
        let left = self
            .conflicts
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        if left.is_ok() {
            return Err(StoreError::Conflict);
        }
        self.inner.commit(commit).await
    }

    async fn delete_tenant(&self, tenant: &TenantId) -> Result<bool, StoreError> {
        self.inner.delete_tenant(tenant).await
    }

    async fn append_logs(&self, batch: &[(TenantId, Vec<LogEvent>)]) -> Result<(), StoreError> {
        self.logs()?;
        self.inner.append_logs(batch).await
    }

    async fn find_logs(
        &self,
        tenant: &TenantId,
        query: &LogQuery,
    ) -> Result<Vec<LogEntry>, StoreError> {
        self.inner.find_logs(tenant, query).await
    }

    async fn tally_logs(
        &self,
        tenant: &TenantId,
        query: TallyQuery,
    ) -> Result<LogTally, StoreError> {
        self.inner.tally_logs(tenant, query).await
    }

    async fn log_cursor(
        &self,
        tenant: &TenantId,
        reader: &str,
    ) -> Result<Option<LogCursor>, StoreError> {
        self.inner.log_cursor(tenant, reader).await
    }

    async fn set_log_cursor(
        &self,
        tenant: &TenantId,
        reader: &str,
        cursor: Option<LogCursor>,
    ) -> Result<(), StoreError> {
        self.logs()?;
        self.inner.set_log_cursor(tenant, reader, cursor).await
    }

    async fn purge_logs(&self, older_than: Timestamp) -> Result<u64, StoreError> {
        self.inner.purge_logs(older_than).await
    }

    async fn clear_logs(&self, tenant: &TenantId) -> Result<(), StoreError> {
        self.inner.clear_logs(tenant).await
    }

    async fn record_secret_uses(&self, uses: &[SecretUse]) -> Result<(), StoreError> {
        self.logs()?;
        self.inner.record_secret_uses(uses).await
    }

    async fn secret_uses(
        &self,
        tenant: &TenantId,
        client: &ClientId,
    ) -> Result<Vec<(CredentialId, Timestamp)>, StoreError> {
        self.inner.secret_uses(tenant, client).await
    }

    async fn check(&self) -> Result<StoreHealth, StoreError> {
        self.inner.check().await
    }

    async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.inner.setting(name).await
    }

    async fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.inner.set_setting(name, value).await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}
