//! The latest timesheets, in memory.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::timesheet::Timesheet;

/// Older ones are dropped: this is an example, not an archive.
const MAX_KEPT: usize = 1000;

/// Timesheets and the next number.
#[derive(Debug)]
pub(crate) struct Timesheets(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    next_id: u64,
    kept: VecDeque<Stored>,
}

/// A timesheet with its number.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Stored {
    id: u64,
    #[serde(flatten)]
    timesheet: Timesheet,
}

impl Default for Timesheets {
    fn default() -> Self {
        Self(Mutex::new(Inner {
            next_id: 14,
            kept: VecDeque::new(),
        }))
    }
}

impl Timesheets {
    /// Keeps a timesheet and gives it a number.
    pub(crate) fn record(&self, timesheet: Timesheet) -> u64 {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = inner.next_id;
        inner.next_id += 1;
        if inner.kept.len() == MAX_KEPT {
            inner.kept.pop_front();
        }
        inner.kept.push_back(Stored { id, timesheet });
        id
    }

    /// The kept timesheets, oldest first.
    pub(crate) fn latest(&self) -> Vec<Stored> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.kept.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_oldest_timesheet_is_dropped_when_there_are_too_many() {
        let timesheets = Timesheets::default();
        let timesheet: Timesheet = serde_json::from_value(json!({
            "user_id": "007", "date": "2017-05-10T17:40:20.095Z", "project": "StoreZero", "hours": 5,
        }))
        .unwrap();
        for expected in 14..14 + 1001 {
            assert_eq!(timesheets.record(timesheet.clone()), expected);
        }
        let latest = timesheets.latest();
        assert_eq!(
            (latest.len(), latest[0].id, latest[999].id),
            (1000, 15, 1014)
        );
    }
}
