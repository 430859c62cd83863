//! Asking for log entries, and walking the blocks that may hold them.

use std::fmt;
use std::sync::Arc;

use m2mint_domain::Timestamp;
use m2mint_domain::id::ClientId;
use m2mint_domain::log_event::{LogEvent, LogKind};

use crate::log_block::{InvalidBlock, LogBlock};

/// The most entries one query gives.
pub const TAKE_MAX: usize = 1_000;

/// One entry of a tenant's log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogEntry {
    /// Its number: from 1, in the order of writing, without gaps.
    pub sequence: u64,
    /// What happened.
    pub event: LogEvent,
}

/// From which end to read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LogOrder {
    /// The highest number first.
    #[default]
    NewestFirst,
    /// The lowest number first.
    OldestFirst,
}

/// A further condition, in words that the store does not know.
#[derive(Clone)]
pub struct LogCondition(Arc<Holds>);

type Holds = dyn Fn(u64, &LogEvent) -> bool + Send + Sync;

impl LogCondition {
    /// Asked with the number of an entry and its event.
    pub fn new(holds: impl Fn(u64, &LogEvent) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(holds))
    }

    fn holds(&self, sequence: u64, event: &LogEvent) -> bool {
        (self.0)(sequence, event)
    }
}

impl fmt::Debug for LogCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogCondition")
    }
}

impl PartialEq for LogCondition {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for LogCondition {}

/// Which log entries to give. All conditions hold at once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogQuery {
    /// From which end.
    pub order: LogOrder,
    /// Only entries behind this one, in the direction of `order`.
    pub after: Option<u64>,
    /// How many of the entries that match to leave out first.
    pub skip: usize,
    /// How many to give: at most [`TAKE_MAX`].
    pub take: usize,
    /// Of these kinds. Empty: of any.
    pub kinds: Vec<LogKind>,
    /// About this client.
    pub client_id: Option<ClientId>,
    /// Not before this moment.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// Whatever else must hold. It is asked last, and costs the building of each event it is asked
    /// about.
    pub condition: Option<LogCondition>,
}

impl Default for LogQuery {
    /// The newest hundred.
    fn default() -> Self {
        Self {
            order: LogOrder::NewestFirst,
            after: None,
            skip: 0,
            take: 100,
            kinds: Vec::new(),
            client_id: None,
            since: None,
            until: None,
            condition: None,
        }
    }
}

impl LogQuery {
    /// The numbers that `order` and `after` allow, both ends included; none when it is empty.
    pub(crate) fn window(&self) -> (u64, u64) {
        match (self.order, self.after) {
            (_, None) => (1, u64::MAX),
            (LogOrder::OldestFirst, Some(after)) => (after.saturating_add(1), u64::MAX),
            (LogOrder::NewestFirst, Some(after)) => (1, after.saturating_sub(1)),
        }
    }
}

/// A query half answered: takes one block after the other, in the order of the query.
pub(crate) struct LogSearch<'a> {
    query: &'a LogQuery,
    skip: usize,
    take: usize,
    found: Vec<LogEntry>,
}

impl<'a> LogSearch<'a> {
    pub(crate) fn new(query: &'a LogQuery) -> Self {
        Self {
            query,
            skip: query.skip,
            take: query.take.min(TAKE_MAX),
            found: Vec::new(),
        }
    }

    /// Whether there is nothing more to look for.
    pub(crate) fn is_done(&self) -> bool {
        self.take <= self.found.len()
    }

    /// Takes from a block what matches. `first` and `last` are the numbers of its first and last
    /// event.
    ///
    /// The text of an event is built only for events that are given.
    pub(crate) fn read(&mut self, first: u64, last: u64, body: &[u8]) -> Result<(), InvalidBlock> {
        let block = LogBlock::parse(body)?;
        if first.checked_add(block.len() as u64) != last.checked_add(1) {
            return Err(InvalidBlock::Count);
        }
        let client = match &self.query.client_id {
            None => None,
            Some(client) => match block.position_of(client.as_str()) {
                None => return Ok(()),
                position => position,
            },
        };
        let kinds = &self.query.kinds;
        if !kinds.is_empty() && !kinds.iter().any(|kind| block.has(*kind)) {
            return Ok(());
        }
        let (lowest, highest) = self.query.window();
        let mut matching = Vec::new();
        for (sequence, event) in (first..).zip(block.events()) {
            let event = event?;
            if (lowest..=highest).contains(&sequence)
                && (kinds.is_empty() || kinds.contains(&event.kind()))
                && (client.is_none() || event.client() == client)
                && self.query.since.is_none_or(|since| since <= event.at())
                && self.query.until.is_none_or(|until| event.at() < until)
            {
                matching.push((sequence, event));
            }
        }
        if self.query.order == LogOrder::NewestFirst {
            matching.reverse();
        }
        let condition = self.query.condition.as_ref();
        for (sequence, event) in matching {
            if self.is_done() {
                break;
            }
            if condition.is_none() && 0 < self.skip {
                self.skip -= 1;
                continue;
            }
            let event = block.read(&event)?;
            if !condition.is_none_or(|condition| condition.holds(sequence, &event)) {
                continue;
            }
            if 0 < self.skip {
                self.skip -= 1;
                continue;
            }
            self.found.push(LogEntry { sequence, event });
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Vec<LogEntry> {
        self.found
    }
}
