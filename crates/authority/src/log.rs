//! The log: events in, batches out, with a promise about what survives a crash.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use foldhash::fast::RandomState;
use m2mint_domain::id::TenantId;
use m2mint_domain::log_event::LogEvent;
use m2mint_store::Store;
use tokio::sync::{Notify, watch};

/// How long an event waits for company before it is written.
const INTERVAL: Duration = Duration::from_millis(200);
/// How many events are worth a write of their own: few enough to stay in the cache.
const BATCH: usize = 2_048;
/// How many events wait at most, while the store is slow or away.
const WAITING_MAX: usize = 65_536;
/// How long until a failed write is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// What survives a crash (the setting `log.durability`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Durability {
    /// Events are written within a second and answers do not wait: a crash loses at most the last
    /// second of the log. When the store is away for longer than the queue is long, the oldest
    /// events are kept, new ones are dropped and counted.
    #[default]
    Buffered,
    /// An answer waits until its event is on disk: a token that was handed out is in the log.
    /// Events that wait at the same time share one write.
    Durable,
}

/// The event could not be written, and [`Durability::Durable`] was promised.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the log cannot be written")]
pub struct LogUnavailable;

/// Takes log events and writes them in batches.
#[derive(Debug)]
pub struct LogBook {
    queue: Mutex<Queue>,
    wake: Notify,
    written: watch::Sender<Written>,
    dropped: AtomicU64,
    durability: Durability,
    store: Arc<dyn Store>,
}

/// What waits to be written.
#[derive(Debug, Default)]
struct Queue {
    events: Vec<(TenantId, LogEvent)>,
    /// How many events were ever taken in.
    taken: u64,
    closing: bool,
}

/// How far the writer is.
#[derive(Clone, Copy, Debug, Default)]
struct Written {
    /// All events up to this number are on disk.
    up_to: u64,
    /// All events up to this number were tried; those beyond `up_to` failed.
    tried: u64,
    /// The highest number that was given up. It may be at or below `up_to`, when a later batch was
    /// written since: whoever looks late must not take that success for their own.
    lost: u64,
    closed: bool,
}

impl LogBook {
    /// A log book over `store`. Somebody must run [`LogBook::run`].
    #[must_use]
    pub fn new(store: Arc<dyn Store>, durability: Durability) -> Arc<Self> {
        Arc::new(Self {
            queue: Mutex::default(),
            wake: Notify::new(),
            written: watch::Sender::new(Written::default()),
            dropped: AtomicU64::new(0),
            durability,
            store,
        })
    }

    /// Takes an event. Under [`Durability::Durable`] it returns when the event is on disk.
    ///
    /// # Errors
    ///
    /// [`LogUnavailable`] when the promise cannot be kept; never under [`Durability::Buffered`].
    pub async fn record(&self, tenant: &TenantId, event: LogEvent) -> Result<(), LogUnavailable> {
        match self.durability {
            Durability::Buffered => {
                self.push(tenant, event);
                Ok(())
            }
            Durability::Durable => {
                let ticket = self.push(tenant, event).ok_or(LogUnavailable)?;
                self.wake.notify_one();
                self.wait_for(ticket).await
            }
        }
    }

    /// Takes an event that nobody waits for: the answer promises nothing about it. It is dropped and
    /// counted when the queue is full.
    pub fn note(&self, tenant: &TenantId, event: LogEvent) {
        self.push(tenant, event);
    }

    /// Waits until everything taken so far is on disk.
    ///
    /// # Errors
    ///
    /// [`LogUnavailable`] when the store refuses.
    pub async fn flush(&self) -> Result<(), LogUnavailable> {
        let ticket = self.lock().taken;
        self.wake.notify_one();
        self.wait_for(ticket).await
    }

    /// How many events were dropped because the store was away for too long.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Asks the writer to write what is left and stop.
    pub fn close(&self) {
        self.lock().closing = true;
        self.wake.notify_one();
    }

    /// Writes batches until [`LogBook::close`] is called and everything is on disk. One task runs
    /// this for the life of the process.
    pub async fn run(self: Arc<Self>) {
        let mut held = Batch::default();
        loop {
            if held.groups.is_empty() {
                let _woken = tokio::time::timeout(INTERVAL, self.wake.notified()).await;
            }
            let closing = self.lock().closing;
            if held.groups.is_empty() {
                // The lock is held for as long as it takes to swap two vectors.
                let (events, up_to) = self.lock().take();
                held = Batch {
                    groups: by_tenant(events),
                    up_to,
                };
            }
            let written = self.write(&mut held).await;
            if closing && held.groups.is_empty() && self.lock().events.is_empty() {
                self.written.send_modify(|state| state.closed = true);
                return;
            }
            if !written {
                if closing {
                    tracing::error!(lost = held.len(), "stopping with log events unwritten");
                    self.written.send_modify(|state| state.closed = true);
                    return;
                }
                tokio::time::sleep(RETRY).await;
            }
        }
    }

    async fn write(&self, held: &mut Batch) -> bool {
        if held.groups.is_empty() {
            return true;
        }
        match self.store.append_logs(&held.groups).await {
            Ok(()) => {
                held.groups.clear();
                self.written.send_modify(|state| {
                    state.up_to = held.up_to;
                    state.tried = held.up_to;
                });
                true
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, waiting = held.len(), "the log could not be written");
                match self.durability {
                    Durability::Durable => {
                        // Those who wait are told, and what they asked for was not handed out.
                        held.groups.clear();
                        self.written.send_modify(|state| {
                            state.tried = held.up_to;
                            state.lost = held.up_to;
                        });
                    }
                    Durability::Buffered => {
                        // What waits behind the held events waits as long as they do.
                        let taken = self.lock().taken;
                        self.written.send_modify(|state| state.tried = taken);
                    }
                }
                false
            }
        }
    }

    /// Puts an event in the queue and gives its number, or drops it when the queue is full.
    fn push(&self, tenant: &TenantId, event: LogEvent) -> Option<u64> {
        let mut queue = self.lock();
        if WAITING_MAX <= queue.events.len() {
            drop(queue);
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        queue.events.push((tenant.clone(), event));
        queue.taken += 1;
        let (ticket, waiting) = (queue.taken, queue.events.len());
        drop(queue);
        if waiting == BATCH {
            self.wake.notify_one();
        }
        Some(ticket)
    }

    async fn wait_for(&self, ticket: u64) -> Result<(), LogUnavailable> {
        if ticket == 0 {
            // Numbers begin with 1: nothing was ever taken in, and so nothing can be lost.
            return Ok(());
        }
        let mut written = self.written.subscribe();
        let reached = written
            .wait_for(|state| ticket <= state.up_to || ticket <= state.tried || state.closed)
            .await
            .map_err(|_| LogUnavailable)?;
        if reached.lost < ticket && ticket <= reached.up_to {
            Ok(())
        } else {
            Err(LogUnavailable)
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Takes everything that waits, with the number of the last of it.
    fn take(&mut self) -> (Vec<(TenantId, LogEvent)>, u64) {
        // The next batch will be about as long.
        let room = Vec::with_capacity(self.events.len().min(BATCH));
        (std::mem::replace(&mut self.events, room), self.taken)
    }
}

/// Events on their way to the store.
#[derive(Debug, Default)]
struct Batch {
    groups: Vec<(TenantId, Vec<LogEvent>)>,
    /// The number of the last of them.
    up_to: u64,
}

impl Batch {
    fn len(&self) -> usize {
        self.groups.iter().map(|(_, events)| events.len()).sum()
    }
}

/// Groups events by tenant, keeping their order.
fn by_tenant(events: Vec<(TenantId, LogEvent)>) -> Vec<(TenantId, Vec<LogEvent>)> {
    let mut groups: Vec<(TenantId, Vec<LogEvent>)> = Vec::new();
    let mut places: HashMap<TenantId, usize, RandomState> = HashMap::default();
    let total = events.len();
    for (tenant, event) in events {
        // Most processes have one tenant, and most events come in runs.
        let place = match groups.first() {
            Some((first, _)) if *first == tenant => 0,
            Some(_) | None => match places.get(&tenant) {
                Some(place) => *place,
                None => {
                    places.insert(tenant.clone(), groups.len());
                    groups.push((
                        tenant,
                        Vec::with_capacity(if groups.is_empty() { total } else { 0 }),
                    ));
                    groups.len() - 1
                }
            },
        };
        if let Some((_, group)) = groups.get_mut(place) {
            group.push(event);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use m2mint_store::StoreUrl;

    use super::*;

    #[tokio::test]
    async fn a_log_that_never_took_an_event_has_nothing_to_write() {
        let store = m2mint_store::open(&StoreUrl::memory()).await.unwrap();
        let book = LogBook::new(store, Durability::Buffered);
        assert_eq!(book.flush().await, Ok(()));
    }
}
