//! Log streams that run: what the log says is sent to receivers, in its order and at least once.
//!
//! A stream remembers in the store how far it is, so that nothing is lost when the process ends or the
//! receiver is away; it is sent again what was under way. A receiver that fails is tried again later
//! and later; one that failed for a week is not tried any more until somebody says so.

mod delivery;
mod progress;

use std::collections::HashSet;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use m2mint_domain::Timestamp;
use m2mint_domain::document::{Document, DocumentKind};
use m2mint_domain::id::TenantId;
use m2mint_store::{Actor, ActorKind, LogCursor, LogEntry, LogOrder, LogQuery};
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::documents::{self, Dated};
use crate::entropy::EntropySource;
use crate::log_stream::{LogStream, SinkKind, StreamStatus};
use crate::registry::log_streams::failing_since;
use crate::registry::{Registry, RegistryError};
use crate::snapshot::Snapshots;

pub use delivery::Delivery;
use progress::{Key, Progress};

/// How often it is looked whether there is something to send.
const POLL: Duration = Duration::from_secs(1);
/// How many events go in one delivery.
const BATCH: usize = 100;
/// How many batches a stream sends before others get their turn.
const TURN: usize = 50;
/// How many streams are sent to at once.
const AT_ONCE: usize = 16;
/// After how long a stream is suspended (Auth0's number).
const PATIENCE_MS: i64 = 7 * 86_400_000;

/// Sends deliveries over the network.
#[async_trait]
pub trait Carrier: Debug + Send + Sync {
    /// Sends one. When this returns without an error, the receiver has it.
    ///
    /// # Errors
    ///
    /// [`NotDelivered`], which names no secret.
    async fn carry(&self, delivery: Delivery) -> Result<(), NotDelivered>;
}

/// Why a receiver does not have what was sent: one sentence, without addresses and secrets.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct NotDelivered(pub String);

/// Why a stream did not go on.
#[derive(Debug, thiserror::Error)]
enum Halt {
    /// The receiver is away, or says no.
    #[error("not delivered")]
    Receiver(#[source] NotDelivered),
    /// Our own side failed: no fault of the receiver.
    #[error("the log or the register cannot be used")]
    Own(#[source] RegistryError),
}

/// Sends what the logs say to the receivers that the log streams name.
#[derive(Debug)]
pub struct LogStreamer {
    registry: Arc<Registry>,
    snapshots: Arc<Snapshots>,
    carrier: Arc<dyn Carrier>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn EntropySource>,
    progress: Mutex<Progress>,
}

/// Entries of the log, up to one of this number.
#[derive(Debug)]
struct Batch {
    last: u64,
    /// Those of them that the stream carries.
    wanted: Vec<LogEntry>,
}

/// A stream that may have something to send.
#[derive(Clone, Debug)]
struct Due {
    key: Key,
    document: Arc<Document>,
    stream: Dated<LogStream>,
}

impl LogStreamer {
    /// A streamer. Somebody must call [`LogStreamer::run`].
    #[must_use]
    pub fn new(
        registry: Arc<Registry>,
        snapshots: Arc<Snapshots>,
        carrier: Arc<dyn Carrier>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn EntropySource>,
    ) -> Arc<Self> {
        Arc::new(Self {
            registry,
            snapshots,
            carrier,
            clock,
            entropy,
            progress: Mutex::default(),
        })
    }

    /// Sends for the life of the process. Streams do not wait for each other.
    pub async fn run(self: Arc<Self>) {
        let mut under_way = JoinSet::new();
        loop {
            while under_way.try_join_next().is_some() {}
            self.start(&mut under_way);
            tokio::time::sleep(POLL).await;
        }
    }

    /// Gives every stream that is due one turn, and waits for all of them.
    pub async fn round(self: &Arc<Self>) {
        let mut under_way = JoinSet::new();
        self.start(&mut under_way);
        while under_way.join_next().await.is_some() {}
    }

    fn start(self: &Arc<Self>, under_way: &mut JoinSet<()>) {
        for due in self.due() {
            if AT_ONCE <= under_way.len() {
                return;
            }
            if self.progress().begin(&due.key) {
                let turn = Turn {
                    streamer: Arc::clone(self),
                    due,
                };
                under_way.spawn(async move { turn.take().await });
            }
        }
    }

    fn due(&self) -> Vec<Due> {
        let now = self.clock.now();
        let (mut due, mut there) = (Vec::new(), HashSet::new());
        for tenant in self.snapshots.tenants() {
            let Some(snapshot) = self.snapshots.tenant(&tenant) else {
                continue;
            };
            for document in snapshot.state().documents(DocumentKind::LogStream) {
                let key = (tenant.clone(), document.id.clone());
                match documents::read::<LogStream>(document) {
                    Ok(stream)
                        if runs(&stream.object) && !self.progress().waits(&key, document, now) =>
                    {
                        due.push(Due {
                            key,
                            document: Arc::clone(document),
                            stream,
                        });
                    }
                    // One that a newer release wrote is that one's to send.
                    Ok(_) | Err(_) => {}
                }
                there.insert((tenant.clone(), document.id.clone()));
            }
        }
        self.progress().keep(&there);
        due
    }

    /// Sends what there is, up to [`TURN`] batches.
    async fn send(&self, due: &Due) -> Result<(), Halt> {
        let Some(mut cursor) = self.cursor(due).await? else {
            return Ok(());
        };
        let mut written = cursor.position;
        for _ in 0..TURN {
            if !self.is_current(due) {
                break;
            }
            let Some(batch) = self.read(due, &cursor).await? else {
                break;
            };
            if !batch.wanted.is_empty() {
                self.deliver(due, &cursor, &batch).await?;
                self.progress().succeeded(&due.key);
                cursor.failing_since = None;
                self.remember(due, batch.last, None).await?;
                written = batch.last;
            }
            cursor.position = batch.last;
        }
        // What it does not carry is not worth a write for each batch.
        if written < cursor.position {
            self.remember(due, cursor.position, cursor.failing_since)
                .await?;
        }
        Ok(())
    }

    /// Whether the stream is still what it was when its turn began.
    fn is_current(&self, due: &Due) -> bool {
        let (tenant, id) = &due.key;
        self.snapshots.tenant(tenant).is_some_and(|snapshot| {
            let document = snapshot.state().document(DocumentKind::LogStream, id);
            document.is_some_and(|document| Arc::ptr_eq(document, &due.document))
        })
    }

    /// The next entries; `None`: there is nothing more.
    async fn read(&self, due: &Due, cursor: &LogCursor) -> Result<Option<Batch>, Halt> {
        let query = LogQuery {
            order: LogOrder::OldestFirst,
            after: Some(cursor.position),
            take: BATCH,
            ..LogQuery::default()
        };
        let mut wanted = self.find(&due.key.0, &query).await?;
        let last = wanted.last().map(|entry| entry.sequence);
        let stream = &due.stream.object;
        wanted.retain(|entry| stream.carries(entry.event.kind.code()));
        Ok(last.map(|last| Batch { last, wanted }))
    }

    async fn deliver(&self, due: &Due, cursor: &LogCursor, batch: &Batch) -> Result<(), Halt> {
        let (tenant, _) = &due.key;
        let sink = self
            .registry
            .open_sink(tenant, &due.stream.object)
            .map_err(|error| Halt::Own(RegistryError::Vault(error)))?;
        let mut delivered = cursor.position;
        for (up_to, delivery) in delivery::of(tenant, &sink, &batch.wanted) {
            if let Err(error) = self.carrier.carry(delivery).await {
                if cursor.position < delivered {
                    self.remember(due, delivered, cursor.failing_since).await?;
                }
                return Err(Halt::Receiver(error));
            }
            delivered = up_to;
        }
        Ok(())
    }

    /// How far the stream is; `None`: nothing happened yet that it could carry.
    async fn cursor(&self, due: &Due) -> Result<Option<LogCursor>, Halt> {
        let (tenant, id) = &due.key;
        let known = self.registry.store().log_cursor(tenant, id).await;
        if let Some(cursor) = known.map_err(own)? {
            return Ok(Some(cursor));
        }
        let since = due.stream.object.since(due.stream.created_at);
        let newest = LogQuery {
            take: 1,
            ..LogQuery::default()
        };
        let Some(newest) = self.find(tenant, &newest).await?.pop() else {
            return Ok(None);
        };
        let position = if newest.event.at < since {
            newest.sequence
        } else {
            let first = LogQuery {
                order: LogOrder::OldestFirst,
                since: Some(since),
                take: 1,
                ..LogQuery::default()
            };
            let first = self.find(tenant, &first).await?.pop();
            first.map_or(newest.sequence, |first| first.sequence.saturating_sub(1))
        };
        self.remember(due, position, None).await?;
        Ok(Some(LogCursor {
            position,
            failing_since: None,
        }))
    }

    async fn find(&self, tenant: &TenantId, query: &LogQuery) -> Result<Vec<LogEntry>, Halt> {
        let found = self.registry.store().find_logs(tenant, query).await;
        found.map_err(own)
    }

    async fn remember(
        &self,
        due: &Due,
        position: u64,
        failing_since: Option<Timestamp>,
    ) -> Result<(), Halt> {
        let (tenant, id) = &due.key;
        let cursor = LogCursor {
            position,
            failing_since,
        };
        let written = self
            .registry
            .store()
            .set_log_cursor(tenant, id, Some(cursor))
            .await;
        written.map_err(own)
    }

    /// Makes a stream wait, or suspends it when it has waited for long enough.
    async fn fail(&self, due: &Due, halt: &Halt) {
        let mut chance = [0; 4];
        self.entropy.fill(&mut chance);
        let now = self.clock.now();
        let failures =
            self.progress()
                .failed(&due.key, &due.document, now, u32::from_le_bytes(chance));
        let (tenant, id) = &due.key;
        if failures == 1 {
            // Once when it begins, not once a try.
            let error = halt as &dyn std::error::Error;
            tracing::warn!(error, %tenant, stream = %id, "a log stream does not get through");
        }
        let Halt::Receiver(_) = halt else {
            return;
        };
        if let Err(halt) = self.note_failure(due).await {
            let error = &halt as &dyn std::error::Error;
            tracing::error!(error, %tenant, stream = %id, "a failing log stream was not noted");
        }
    }

    async fn note_failure(&self, due: &Due) -> Result<(), Halt> {
        let (tenant, id) = &due.key;
        let Some(cursor) = self.cursor(due).await? else {
            return Ok(());
        };
        let now = self.clock.now();
        let Some(since) = failing_since(cursor.failing_since, &due.stream) else {
            return self.remember(due, cursor.position, Some(now)).await;
        };
        if now.as_millis().saturating_sub(since.as_millis()) < PATIENCE_MS {
            return Ok(());
        }
        let actor = Actor {
            kind: ActorKind::System,
            id: "log streams".into(),
        };
        self.registry
            .suspend_log_stream(tenant, &actor, &due.stream)
            .await
            .map_err(Halt::Own)?;
        tracing::warn!(%tenant, stream = %id, "a log stream was suspended");
        Ok(())
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One stream's turn. Ends on every way out, so that no stream stays busy for ever.
struct Turn {
    streamer: Arc<LogStreamer>,
    due: Due,
}

impl Turn {
    async fn take(self) {
        if let Err(halt) = self.streamer.send(&self.due).await {
            self.streamer.fail(&self.due, &halt).await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.streamer.progress().end(&self.due.key);
    }
}

/// Whether a stream is sent to at all.
fn runs(stream: &LogStream) -> bool {
    stream.status == StreamStatus::Active && stream.kind == SinkKind::Http
}

fn own(error: m2mint_store::StoreError) -> Halt {
    Halt::Own(RegistryError::Store(error))
}
