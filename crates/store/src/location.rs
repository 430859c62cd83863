//! Where a store is, and opening it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use crate::error::StoreError;
use crate::memory::MemoryStore;
use crate::sqlite::SqliteStore;
use crate::store::Store;

/// Where a store is: `sqlite:PATH`, `memory:` or `postgres://…`.
///
/// Never prints what could hold a password.
#[derive(Clone, Eq, PartialEq)]
pub struct StoreUrl(Place);

#[derive(Clone, Eq, PartialEq)]
enum Place {
    Memory,
    Sqlite(PathBuf),
    Postgres,
}

/// A text that names no store.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidStoreUrl {
    /// It begins with none of the words we know.
    #[error("a store is sqlite:PATH or memory:")]
    Scheme,
    /// `sqlite:` with nothing behind it.
    #[error("sqlite: needs the path of a file")]
    Path,
}

impl StoreUrl {
    /// In memory, gone with the process.
    #[must_use]
    pub const fn memory() -> Self {
        Self(Place::Memory)
    }

    /// In an `SQLite` file. The logs are in a second one beside it (`x.db` and `x-logs.db`).
    #[must_use]
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self(Place::Sqlite(path.into()))
    }

    /// The register's file, where there is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Place::Sqlite(path) => Some(path),
            Place::Memory | Place::Postgres => None,
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Memory => f.write_str("memory:"),
            // Two slashes in front would be read as those of a URL.
            Place::Sqlite(path) => {
                let path = path.display().to_string();
                let slashes = if path.starts_with("//") { "//" } else { "" };
                write!(f, "sqlite:{slashes}{path}")
            }
            Place::Postgres => f.write_str("postgres:…"),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

impl FromStr for StoreUrl {
    type Err = InvalidStoreUrl;

    fn from_str(text: &str) -> Result<Self, InvalidStoreUrl> {
        if text == "memory:" {
            return Ok(Self::memory());
        }
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            // `:memory:` is SQLite's own word, and would be a file of that name here.
            if path.is_empty() || path == ":memory:" {
                return Err(InvalidStoreUrl::Path);
            }
            return Ok(Self::sqlite(path));
        }
        if text.starts_with("postgres:") || text.starts_with("postgresql:") {
            return Ok(Self(Place::Postgres));
        }
        Err(InvalidStoreUrl::Scheme)
    }
}

/// Opens a store, and makes it if there is none. Needs a Tokio runtime.
///
/// # Errors
///
/// [`StoreError::NotWritable`], [`StoreError::NotADatabase`], [`StoreError::Damaged`],
/// [`StoreError::Newer`] and [`StoreError::Unavailable`] say what is wrong with the file;
/// [`StoreError::NotBuilt`] that this program knows no such store.
pub async fn open(url: &StoreUrl) -> Result<Arc<dyn Store>, StoreError> {
    match &url.0 {
        Place::Memory => Ok(Arc::new(MemoryStore::default())),
        Place::Sqlite(path) => Ok(Arc::new(SqliteStore::open(path).await?)),
        Place::Postgres => Err(StoreError::NotBuilt {
            engine: "PostgreSQL",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_parses_prints_back() {
        for text in ["memory:", "sqlite:/var/lib/m2mint/m2mint.db", "sqlite:x.db"] {
            assert_eq!(text.parse::<StoreUrl>().unwrap().to_string(), text);
        }
        let slashes: StoreUrl = "sqlite:///var/x.db".parse().unwrap();
        assert_eq!(slashes.path(), Some(Path::new("/var/x.db")));
    }

    #[test]
    fn a_path_of_two_slashes_is_not_cut_when_it_is_read_again() {
        let url: StoreUrl = "sqlite:////var/x.db".parse().unwrap();
        assert_eq!(url.path(), Some(Path::new("//var/x.db")));
        assert_eq!(url.to_string().parse(), Ok(url));
    }

    #[test]
    fn what_names_no_store_is_refused() {
        for (text, why) in [
            ("", InvalidStoreUrl::Scheme),
            ("/var/x.db", InvalidStoreUrl::Scheme),
            ("memory", InvalidStoreUrl::Scheme),
            ("sqlite:", InvalidStoreUrl::Path),
            ("sqlite::memory:", InvalidStoreUrl::Path),
        ] {
            assert_eq!(text.parse::<StoreUrl>(), Err(why), "{text:?}");
        }
    }

    #[tokio::test]
    async fn postgres_is_known_by_name_and_its_password_is_not_shown() {
        let url: StoreUrl = "postgres://m2mint:hunter2@db/m2mint".parse().unwrap();
        assert!(!format!("{url} {url:?}").contains("hunter2"));
        let refused = open(&url).await.unwrap_err();
        assert!(matches!(refused, StoreError::NotBuilt { .. }));
    }
}
