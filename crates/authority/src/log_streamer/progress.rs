//! What the streams are doing: who is being sent to, and who waits after a failure for how long.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use m2mint_domain::Timestamp;
use m2mint_domain::document::Document;
use m2mint_domain::id::TenantId;

/// How long a first failure makes a stream wait, and how long any does. The wait doubles each time.
const WAIT_MS: i64 = 1_000;
const WAIT_MAX_MS: i64 = 600_000;

/// A stream, of a tenant.
pub(super) type Key = (TenantId, Box<str>);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Progress {
    busy: HashSet<Key>,
    waiting: HashMap<Key, Waiting>,
}

/// A stream that failed.
#[derive(Debug)]
struct Waiting {
    /// What it was then: a change is a reason not to wait any longer.
    document: Arc<Document>,
    failures: u32,
    until: Timestamp,
}

impl Progress {
    /// Begins a turn, if none is under way.
    pub(super) fn begin(&mut self, key: &Key) -> bool {
        self.busy.insert(key.clone())
    }

    pub(super) fn end(&mut self, key: &Key) {
        self.busy.remove(key);
    }

    pub(super) fn waits(&self, key: &Key, document: &Arc<Document>, now: Timestamp) -> bool {
        let waiting = self.waiting.get(key);
        waiting.is_some_and(|one| Arc::ptr_eq(&one.document, document) && now < one.until)
    }

    pub(super) fn succeeded(&mut self, key: &Key) {
        self.waiting.remove(key);
    }

    /// Forgets streams that are not there any more.
    pub(super) fn keep(&mut self, there: &HashSet<Key>) {
        self.waiting.retain(|key, _| there.contains(key));
    }

    /// Doubles the wait of a stream, with a part left to `chance` so that streams do not knock all at
    /// once. Gives how often it failed in a row.
    pub(super) fn failed(
        &mut self,
        key: &Key,
        document: &Arc<Document>,
        now: Timestamp,
        chance: u32,
    ) -> u32 {
        let before = self.waiting.get(key);
        let failures = before
            .filter(|one| Arc::ptr_eq(&one.document, document))
            .map_or(1, |one| one.failures.saturating_add(1));
        let waiting = Waiting {
            document: Arc::clone(document),
            failures,
            until: Timestamp::from_millis(now.as_millis().saturating_add(wait(failures, chance))),
        };
        self.waiting.insert(key.clone(), waiting);
        failures
    }
}

/// Milliseconds: at least half of what is due, and at most all of it.
fn wait(failures: u32, chance: u32) -> i64 {
    let doubled = failures.saturating_sub(1).min(16);
    let whole = WAIT_MS
        .checked_shl(doubled)
        .map_or(WAIT_MAX_MS, |wait| wait.min(WAIT_MAX_MS));
    let half = whole / 2;
    half + half * i64::from(chance) / i64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_ten_minutes_and_leave_half_to_chance() {
        for (failures, least, most) in [
            (1, 500, 1_000),
            (2, 1_000, 2_000),
            (5, 8_000, 16_000),
            (10, 256_000, 512_000),
            (11, 300_000, 600_000),
            (u32::MAX, 300_000, 600_000),
        ] {
            assert_eq!(wait(failures, 0), least);
            assert_eq!(wait(failures, u32::MAX), most);
        }
    }
}
