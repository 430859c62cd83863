//! What was changed: asking the change log about objects.

use m2mint_domain::{Change, Timestamp};

use crate::commit::{Actor, Revision};

/// The most changes one query gives.
pub const HISTORY_MAX: usize = 1_000;

/// Which changes to give, the newest first. All conditions hold at once.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct HistoryQuery {
    /// Of objects of this kind, as [`Change::subject`] names it.
    pub kind: Option<Box<str>>,
    /// Of this object. Needs `kind`: an id alone names nothing.
    pub id: Option<Box<str>>,
    /// Only those before this place.
    pub before: Option<Place>,
    /// How many to give: at most [`HISTORY_MAX`].
    pub take: usize,
}

/// A place in the change log: a revision, and the number of a change in it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Place {
    /// The revision.
    pub revision: Revision,
    /// From 0, in the order of the commit.
    pub ordinal: u64,
}

/// One change of the past, with what was there before it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HistoryEntry {
    /// Where it stands.
    pub place: Place,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// What: the object after it, or that it is gone.
    pub change: Change,
    /// The change before it to the same object; `None`: there was none.
    pub before: Option<Change>,
}
