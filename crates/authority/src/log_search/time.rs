//! Times in a search: a year, a month, a day or a moment, each meaning all of it.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp as Instant, ToSpan as _};
use m2mint_domain::Timestamp;

use super::Moment;

/// From a moment until before another. `None`: without an end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Span {
    pub(super) from: Moment,
    pub(super) until: Moment,
}

impl Span {
    pub(super) fn holds(self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }

    /// All of the time that `text` names; `None`: it names none.
    pub(super) fn named(text: &str) -> Option<Self> {
        let (from, until) = match text.len() {
            4 => {
                let day: Date = format!("{text}-01-01").parse().ok()?;
                (midnight(day)?, midnight(day.checked_add(1.year()).ok()?)?)
            }
            7 => {
                let day: Date = format!("{text}-01").parse().ok()?;
                (midnight(day)?, midnight(day.checked_add(1.month()).ok()?)?)
            }
            10 => {
                let day: Date = text.parse().ok()?;
                (midnight(day)?, midnight(day.checked_add(1.day()).ok()?)?)
            }
            _ => {
                let length = if text.contains('.') { 1 } else { 1_000 };
                let from = moment(text)?;
                let until = from.checked_add(SignedDuration::from_millis(length)).ok()?;
                (from, until)
            }
        };
        Some(Self {
            from: Some(Timestamp::from_millis(from.as_millisecond())),
            until: Some(Timestamp::from_millis(until.as_millisecond())),
        })
    }
}

fn midnight(day: Date) -> Option<Instant> {
    let zoned = day.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp())
}

/// A moment; UTC when it does not say.
fn moment(text: &str) -> Option<Instant> {
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    let local: DateTime = text.parse().ok()?;
    let zoned = local.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp())
}
