//! The data directory: what is in it, under which names, for whose eyes.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process;

use crate::failure::{Explain as _, Outcome};

/// For its owner alone.
const PRIVATE_DIR: u32 = 0o700;
/// For its owner alone.
const PRIVATE_FILE: u32 = 0o600;

/// A directory that holds a register, its logs and the key to them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct DataDir(PathBuf);

impl DataDir {
    /// The directory at `path`, which need not be there yet.
    pub(crate) fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn config_file(&self) -> PathBuf {
        self.0.join("m2mint.toml")
    }

    pub(crate) fn master_key(&self) -> PathBuf {
        self.0.join("master.key")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("m2mint.db")
    }

    /// Certificates of development mode.
    pub(crate) fn tls(&self) -> Self {
        Self(self.0.join("tls"))
    }

    /// Makes the directory, for its owner alone. One that is there already is left as it is.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub(crate) fn create(&self) -> Outcome {
        if self.0.is_dir() {
            return Ok(());
        }
        DirBuilder::new()
            .recursive(true)
            .mode(PRIVATE_DIR)
            .create(&self.0)
            .because(|| format!("the directory {} cannot be made", self.0.display()))
    }
}

/// Writes a new file for its owner's eyes alone, on disk when this returns. At no moment is there a
/// file of this name that is not whole.
///
/// # Errors
///
/// There is one already, or it cannot be written.
pub(crate) fn write_new_private(path: &Path, content: &str) -> io::Result<()> {
    let beside = write_beside(path, content)?;
    // Unlike a rename, a link replaces nothing.
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    linked?;
    sync_name(path)
}

/// Replaces a file in one step, for its owner's eyes alone.
///
/// # Errors
///
/// It cannot be written.
pub(crate) fn replace_private(path: &Path, content: &str) -> io::Result<()> {
    fs::rename(write_beside(path, content)?, path)?;
    sync_name(path)
}

/// A file in the same directory, whole and on disk, under a name that no other process uses.
fn write_beside(path: &Path, content: &str) -> io::Result<PathBuf> {
    let mut beside = path.as_os_str().to_os_string();
    beside.push(format!(".{}.new", process::id()));
    let beside = PathBuf::from(beside);
    // One of our number may have been killed before it was done.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(PRIVATE_FILE)
        .open(&beside)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    Ok(beside)
}

/// The name of a file is on disk when its directory is.
fn sync_name(path: &Path) -> io::Result<()> {
    match path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        Some(parent) => fs::File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

/// The permission bits of a file that others than its owner have; 0 when it is private.
///
/// # Errors
///
/// It cannot be looked at.
pub(crate) fn bits_of_others(path: &Path) -> io::Result<u32> {
    let permissions: Permissions = fs::metadata(path)?.permissions();
    Ok(permissions.mode() & 0o077)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_for_the_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let dir = DataDir::at(parent.path().join("a/b"));
        dir.create().unwrap();
        dir.create().unwrap();
        assert_eq!(bits_of_others(dir.path()).unwrap(), 0);
        write_new_private(&dir.master_key(), "key").unwrap();
        assert_eq!(bits_of_others(&dir.master_key()).unwrap(), 0);
    }

    #[test]
    fn a_file_that_is_there_is_not_overwritten_unless_it_is_replaced() {
        let dir = DataDir::at(tempfile::tempdir().unwrap().keep());
        write_new_private(&dir.master_key(), "one").unwrap();
        assert!(write_new_private(&dir.master_key(), "two").is_err());
        replace_private(&dir.master_key(), "three").unwrap();
        assert_eq!(fs::read_to_string(dir.master_key()).unwrap(), "three");
        let left = fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(left, 1, "what was written beside is gone");
        fs::remove_dir_all(dir.path()).unwrap();
    }
}
