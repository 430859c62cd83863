//! What can go wrong with a store: one variant for each thing a reader would do differently.

use std::error::Error;

use m2mint_domain::host::HostName;

/// A cause, of whatever type.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why the store did not do as asked. "Not found" is never an error, but for a tenant one writes to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another commit came first: read again, decide again.
    #[error("the register has changed in the meantime")]
    Conflict,
    /// The tenant was never made, or is gone.
    #[error("there is no such tenant")]
    NoSuchTenant,
    /// A host name belongs to one tenant.
    #[error("the host name {host} belongs to another tenant")]
    HostTaken {
        /// The name.
        host: HostName,
    },
    /// The changes contradict the register or each other. The register's checks should have seen it.
    #[error("the changes break a rule of the register: {rule}")]
    Refused {
        /// The rule.
        rule: &'static str,
    },
    /// The database does not answer now; it may later.
    #[error("the store {location} is not available")]
    Unavailable {
        /// Where it is.
        location: Box<str>,
        /// What it said.
        #[source]
        source: BoxError,
    },
    /// The disk is full.
    #[error("no space is left for the store {location}")]
    Full {
        /// Where it is.
        location: Box<str>,
        /// What it said.
        #[source]
        source: BoxError,
    },
    /// The file cannot be made, opened or written: permissions, or a directory that is not there.
    #[error("the store {location} cannot be opened for writing")]
    NotWritable {
        /// Where it is.
        location: Box<str>,
        /// What the system said.
        #[source]
        source: BoxError,
    },
    /// The file is something else: another format, or another program's database.
    #[error("{location} is not a store of m2mint")]
    NotADatabase {
        /// Where it is.
        location: Box<str>,
        /// How one can tell.
        #[source]
        source: BoxError,
    },
    /// The file is damaged: restore it.
    #[error("the store {location} is damaged")]
    Damaged {
        /// Where it is.
        location: Box<str>,
        /// What is wrong with it.
        #[source]
        source: BoxError,
    },
    /// One value in the database is not what this program writes there.
    #[error("the store holds a value that cannot be read: {table}.{column} of {id}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Which row.
        id: Box<str>,
        /// What is wrong with it.
        #[source]
        source: BoxError,
    },
    /// A newer version of this program has written the store: use that one.
    #[error("the store {location} has schema {found}, and this program knows up to {known}")]
    Newer {
        /// Where it is.
        location: Box<str>,
        /// The schema of the store.
        found: u32,
        /// The newest schema of this program.
        known: u32,
    },
    /// This program was built without that kind of store.
    #[error("this program cannot open a {engine} store")]
    NotBuilt {
        /// The kind.
        engine: &'static str,
    },
}
