//! What goes on beside the requests: catching up with other nodes, writing down when secrets were
//! used, and forgetting old log events.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use m2mint_store::{SecretUse, Store};

use crate::clock::Clock;
use crate::snapshot::Snapshots;

/// How often the store is asked whether another process changed something. This is the promise of
/// [`crate::Registry`]: one second.
const POLL: Duration = Duration::from_millis(900);
/// How often old log events are purged, counted in polls: about an hour.
const PURGE_EVERY: u32 = 4_000;

/// How often the last uses of secrets are written, counted in polls: about a minute.
const USES_EVERY: u32 = 67;
/// How old the written time of a secret in use may get. A crash loses no more than this.
const USES_STALE_MS: i64 = 300_000;
/// How many are written at a time: other writers of the log get their turn in between.
const USES_BATCH: usize = 2_048;

/// Keeps a node up to date.
#[derive(Debug)]
pub struct Maintenance {
    snapshots: Arc<Snapshots>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    retention_days: Option<u32>,
    fresh: AtomicBool,
}

impl Maintenance {
    /// Purges log events that are older than `retention_days`; `None` keeps them for ever.
    #[must_use]
    pub fn new(
        snapshots: Arc<Snapshots>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        retention_days: Option<u32>,
    ) -> Arc<Self> {
        let fresh = AtomicBool::new(true);
        Arc::new(Self {
            snapshots,
            store,
            clock,
            retention_days,
            fresh,
        })
    }

    /// Whether the last poll reached the store. When it did not, tokens go on being issued from the
    /// last good snapshot, and readiness says so.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.fresh.load(Ordering::Relaxed)
    }

    /// Polls for the life of the process.
    pub async fn run(self: Arc<Self>) {
        let mut polls = 0_u32;
        loop {
            self.poll().await;
            if polls.is_multiple_of(PURGE_EVERY) {
                self.purge().await;
            }
            if polls % USES_EVERY == USES_EVERY - 1 {
                self.write_secret_uses(USES_STALE_MS).await;
            }
            polls = polls.wrapping_add(1);
            tokio::time::sleep(POLL).await;
        }
    }

    async fn poll(&self) {
        match self.snapshots.refresh().await {
            Ok(()) => {
                if !self.fresh.swap(true, Ordering::Relaxed) {
                    tracing::info!("the register is reachable again");
                }
            }
            Err(error) => {
                // Once when it begins, not once a second.
                if self.fresh.swap(false, Ordering::Relaxed) {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(
                        error,
                        "the register cannot be read; serving the last snapshot"
                    );
                }
            }
        }
    }

    /// Writes down what is not on disk yet. Call it when the process ends.
    pub async fn close(&self) {
        self.write_secret_uses(0).await;
    }

    /// A secret that is used all the time is written every few minutes, so that a hundred thousand
    /// busy clients cost the disk next to nothing.
    async fn write_secret_uses(&self, stale_ms: i64) {
        for tenant in self.snapshots.tenants() {
            let Some(snapshot) = self.snapshots.tenant(&tenant) else {
                continue;
            };
            let mut uses = Vec::new();
            for entry in snapshot.state().client_entries() {
                for secret in entry.secrets() {
                    if let Some(at) = secret.take_unwritten(stale_ms) {
                        uses.push(SecretUse {
                            tenant: tenant.clone(),
                            client: entry.id().clone(),
                            credential: secret.id().clone(),
                            at,
                        });
                    }
                }
            }
            for uses in uses.chunks(USES_BATCH) {
                if let Err(error) = self.store.record_secret_uses(uses).await {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "last uses of secrets were not written");
                }
            }
        }
    }

    async fn purge(&self) {
        let Some(days) = self.retention_days else {
            return;
        };
        let oldest = self.clock.now().plus_secs(-86_400 * i64::from(days));
        match self.store.purge_logs(oldest).await {
            Ok(0) => {}
            Ok(events) => tracing::info!(events, days, "old log events were purged"),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "old log events could not be purged");
            }
        }
    }
}
