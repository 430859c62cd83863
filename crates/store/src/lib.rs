//! What is kept: the register of every tenant, and the log of what happened.
//!
//! A [`Store`] is a notebook. It writes down what others decided, a whole [`Commit`] or nothing of
//! it, and reads it back. It knows no rules of the protocol; those that it does hold (a host belongs
//! to one tenant, an identifier to one resource server, a client grant to a client that exists) are
//! the last fence behind the register's own checks.
//!
//! Two promises carry the weight:
//!
//! * **Nobody overwrites what they have not seen.** Each commit names the [`Revision`] it was made
//!   from; if another one came first, it fails with [`StoreError::Conflict`] and leaves no trace.
//!   This holds between processes too.
//! * **What is acknowledged is on disk.** [`Store::commit`] and [`Store::append_logs`] return after
//!   the disk has it.
//!
//! [`open`] gives an `SQLite` store or one in memory. Nothing outside this crate knows SQL.
#![warn(missing_docs)]

pub mod commit;
pub mod error;
pub mod history;
pub mod location;
pub mod log_query;
pub mod log_tally;
pub mod store;
#[cfg(feature = "suite")]
pub mod suite;

mod batch;
mod log_block;
mod memory;
mod record;
mod sql;
mod sqlite;

pub use commit::{Actor, ActorKind, Commit, CommittedChange, Revision};
pub use error::StoreError;
pub use history::{HistoryEntry, HistoryQuery, Place};
pub use location::{StoreUrl, open};
pub use log_query::{LogCondition, LogEntry, LogOrder, LogQuery};
pub use log_tally::{LogDay, LogTally, TallyQuery};
pub use record::{is_kind, masked};
pub use store::{LogCursor, SecretUse, Store, StoreHealth};
