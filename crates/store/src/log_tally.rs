//! Counting log events day by day, without building them.

use std::collections::{BTreeMap, HashSet};

use m2mint_domain::Timestamp;
use m2mint_domain::log_event::LogKind;

use crate::log_block::{InvalidBlock, LogBlock};

const DAY_MS: i64 = 86_400_000;

/// What to count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TallyQuery {
    /// Events of this kind.
    pub kind: LogKind,
    /// Not before this moment.
    pub since: Timestamp,
    /// Before this moment.
    pub until: Timestamp,
}

/// How many events there were.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct LogTally {
    /// The days (UTC) that had some, in order.
    pub days: Vec<LogDay>,
    /// How many clients they were about.
    pub clients: usize,
}

/// One day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LogDay {
    /// Its beginning.
    pub day: Timestamp,
    /// How many events.
    pub events: u64,
    /// The earliest of them.
    pub first: Timestamp,
    /// The latest of them.
    pub last: Timestamp,
}

/// A tally half done: takes one block after the other.
pub(crate) struct Tallying {
    query: TallyQuery,
    days: BTreeMap<i64, LogDay>,
    clients: HashSet<Box<str>>,
}

impl Tallying {
    pub(crate) fn new(query: TallyQuery) -> Self {
        Self {
            query,
            days: BTreeMap::new(),
            clients: HashSet::new(),
        }
    }

    pub(crate) fn read(&mut self, body: &[u8]) -> Result<(), InvalidBlock> {
        let block = LogBlock::parse(body)?;
        let TallyQuery { kind, since, until } = self.query;
        if !block.has(kind) {
            return Ok(());
        }
        let mut clients: HashSet<usize> = HashSet::new();
        for event in block.events() {
            let event = event?;
            let at = event.at();
            if event.kind() != kind || at < since || until <= at {
                continue;
            }
            clients.extend(event.client());
            let number = at.as_millis().div_euclid(DAY_MS);
            let day = self.days.entry(number).or_insert(LogDay {
                day: Timestamp::from_millis(number.saturating_mul(DAY_MS)),
                events: 0,
                first: at,
                last: at,
            });
            day.events += 1;
            day.first = day.first.min(at);
            day.last = day.last.max(at);
        }
        for client in clients {
            let id = block.borrow(client)?;
            if !self.clients.contains(id) {
                self.clients.insert(id.into());
            }
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> LogTally {
        LogTally {
            days: self.days.into_values().collect(),
            clients: self.clients.len(),
        }
    }
}
