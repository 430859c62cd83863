//! The notebook: everything one can ask of a store.

use std::fmt::Debug;

use async_trait::async_trait;
use m2mint_domain::id::{ClientId, CredentialId, TenantId};
use m2mint_domain::log_event::LogEvent;
use m2mint_domain::{State, Timestamp};

use crate::commit::{Commit, CommittedChange, Revision};
use crate::error::StoreError;
use crate::history::{HistoryEntry, HistoryQuery};
use crate::log_query::{LogEntry, LogQuery};
use crate::log_tally::{LogTally, TallyQuery};

/// A credential proved its client.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SecretUse {
    /// In which tenant.
    pub tenant: TenantId,
    /// Whose credential.
    pub client: ClientId,
    /// Which.
    pub credential: CredentialId,
    /// When.
    pub at: Timestamp,
}

/// How far a reader of a tenant's log is: a log stream, by its id.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LogCursor {
    /// The number of the last event that it is done with.
    pub position: u64,
    /// Since when it cannot go on.
    pub failing_since: Option<Timestamp>,
}

/// How a store is doing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoreHealth {
    /// What the register takes on disk, in bytes.
    pub register_bytes: u64,
    /// What the logs take on disk, in bytes.
    pub logs_bytes: u64,
    /// Whether it takes writes.
    pub writable: bool,
    /// What the integrity check found, a line each. Empty: all is well.
    pub problems: Vec<String>,
}

/// A notebook of whole operations. Each takes effect at once and entirely, or not at all.
///
/// Every operation may fail with the variants of [`StoreError`] that speak of the place where the
/// data is kept; the docs below name the others.
#[async_trait]
pub trait Store: Send + Sync + Debug {
    /// All tenants by name, with the revisions of their registers. One cheap query: ask often.
    async fn tenants(&self) -> Result<Vec<(TenantId, Revision)>, StoreError>;

    /// The whole register of one tenant, as of one moment. `None`: there is no such tenant.
    async fn load(&self, tenant: &TenantId) -> Result<Option<(Revision, State)>, StoreError>;

    /// The changes after `revision`, oldest first, and only whole revisions: as many as fit into
    /// `limit` changes, at least one. An empty list means there is nothing newer, or no such tenant.
    async fn changes_since(
        &self,
        tenant: &TenantId,
        revision: Revision,
        limit: usize,
    ) -> Result<Vec<CommittedChange>, StoreError>;

    /// What was changed in the register of one tenant, the newest first.
    async fn history(
        &self,
        tenant: &TenantId,
        query: &HistoryQuery,
    ) -> Result<Vec<HistoryEntry>, StoreError>;

    /// Writes down a commit and returns its revision, on disk.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] when the register is not at `commit.expected`;
    /// [`StoreError::NoSuchTenant`] when there is no tenant and this is not its first commit
    /// ([`Revision::ZERO`], [`m2mint_domain::Change::PutTenant`]); [`StoreError::HostTaken`] and
    /// [`StoreError::Refused`] for changes that cannot be.
    async fn commit(&self, commit: &Commit) -> Result<Revision, StoreError>;

    /// Forgets a tenant: its register, its change log, its logs. `false`: there was none.
    ///
    /// The register goes first and at once. Should the program die before the logs are gone, they
    /// go when this is asked again, or when a tenant of that name is made.
    async fn delete_tenant(&self, tenant: &TenantId) -> Result<bool, StoreError>;

    /// Appends log events and numbers them, for each tenant from 1 and without gaps. They are on
    /// disk when this returns, all or none of them.
    async fn append_logs(&self, batch: &[(TenantId, Vec<LogEvent>)]) -> Result<(), StoreError>;

    /// The log entries of one tenant that match.
    async fn find_logs(
        &self,
        tenant: &TenantId,
        query: &LogQuery,
    ) -> Result<Vec<LogEntry>, StoreError>;

    /// Counts the log entries of one tenant, day by day.
    async fn tally_logs(
        &self,
        tenant: &TenantId,
        query: TallyQuery,
    ) -> Result<LogTally, StoreError>;

    /// How far a reader of a tenant's log is; `None`: it never read, or was forgotten.
    async fn log_cursor(
        &self,
        tenant: &TenantId,
        reader: &str,
    ) -> Result<Option<LogCursor>, StoreError>;

    /// Remembers how far a reader of a tenant's log is, on disk; `None` forgets the reader.
    async fn set_log_cursor(
        &self,
        tenant: &TenantId,
        reader: &str,
        cursor: Option<LogCursor>,
    ) -> Result<(), StoreError>;

    /// Forgets log events of all tenants that are older, and returns how many. Events leave in
    /// blocks, so one may stay for as long as a younger neighbour does. Writers get their turn in
    /// between.
    async fn purge_logs(&self, older_than: Timestamp) -> Result<u64, StoreError>;

    /// Forgets the log of one tenant, its readers, and when its credentials were used, and numbers its
    /// events from 1 again.
    async fn clear_logs(&self, tenant: &TenantId) -> Result<(), StoreError>;

    /// Remembers when credentials were last used. An older time never replaces a newer one.
    async fn record_secret_uses(&self, uses: &[SecretUse]) -> Result<(), StoreError>;

    /// When the credentials of a client were last used, by credential.
    async fn secret_uses(
        &self,
        tenant: &TenantId,
        client: &ClientId,
    ) -> Result<Vec<(CredentialId, Timestamp)>, StoreError>;

    /// Looks the store over. Reads all of it: for `doctor`, not for a probe.
    async fn check(&self) -> Result<StoreHealth, StoreError>;

    /// A setting of the whole installation.
    async fn setting(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Changes a setting of the whole installation.
    async fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError>;

    /// Finishes what is under way and lets go of the files.
    async fn close(&self);
}
