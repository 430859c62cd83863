//! Commits: steps of a tenant's register that take effect together, and who took them.

use std::fmt;

use m2mint_domain::id::TenantId;
use m2mint_domain::{Change, Timestamp};

use crate::error::StoreError;
use crate::sql::rule;

/// The most changes one commit may carry.
pub const CHANGES_MAX: usize = 1 << 20;

/// The version of a tenant's register: 0 before the first commit, one more with each.
///
/// A tenant that is deleted and made again begins at 0 again.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Revision(u64);

impl Revision {
    /// Nothing yet.
    pub const ZERO: Self = Self(0);

    /// The revision with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// By which door a change came in.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ActorKind {
    /// A client, through the Management API.
    Client,
    /// A person at the command line of the machine.
    CommandLine,
    /// The server itself, such as a key rotation that fell due.
    System,
}

impl ActorKind {
    /// Its name in the change log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::CommandLine => "command_line",
            Self::System => "system",
        }
    }

    /// Reads a name of the change log.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Client, Self::CommandLine, Self::System]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// Who changed the register.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Actor {
    /// By which door.
    pub kind: ActorKind,
    /// Who: a client id, an account of the operating system, a task of the server.
    pub id: Box<str>,
}

/// Changes of one tenant that take effect together or not at all.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Whose register.
    pub tenant: TenantId,
    /// The revision the changes were decided on.
    pub expected: Revision,
    /// The changes, in order; at most [`CHANGES_MAX`]. A tenant's first commit begins with
    /// [`Change::PutTenant`]. Without changes the revision stays as it was.
    pub changes: Vec<Change>,
    /// Who changed it.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
}

impl Commit {
    /// Whether it may follow what is stored; what the indexes hold is not looked at.
    pub(crate) fn check(&self, stored: Option<Revision>) -> Result<(), StoreError> {
        match stored {
            Some(revision) if revision != self.expected => return Err(StoreError::Conflict),
            Some(_) => {}
            None => {
                let begins = matches!(self.changes.first(), Some(Change::PutTenant(_)));
                if self.expected != Revision::ZERO || !begins {
                    return Err(StoreError::NoSuchTenant);
                }
            }
        }
        if CHANGES_MAX < self.changes.len() {
            return Err(StoreError::Refused {
                rule: rule::COMMIT_SIZE,
            });
        }
        let foreign = |change: &Change| matches!(change, Change::PutTenant(tenant) if tenant.id != self.tenant);
        if self.changes.iter().any(foreign) {
            return Err(StoreError::Refused {
                rule: rule::OWN_TENANT,
            });
        }
        Ok(())
    }
}

/// One change of the past.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CommittedChange {
    /// The revision it belongs to, with the other changes of its commit.
    pub revision: Revision,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// What.
    pub change: Change,
}
