//! The directory that a document is read from: nothing outside it is read, whatever the document
//! says.

use std::fs;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use crate::failure::{Explain as _, Failure, Outcome};

/// The longest file: a document that an import takes is no longer.
const FILE_MAX: u64 = 128 * 1024 * 1024;
/// The most files of one folder.
const FILES_MAX: usize = 200_000;

/// A directory.
#[derive(Debug)]
pub(crate) struct Root {
    /// Without links.
    path: PathBuf,
}

impl Root {
    /// # Errors
    ///
    /// It cannot be read.
    pub(crate) fn at(path: &Path) -> Outcome<Self> {
        let path =
            fs::canonicalize(path).because(|| format!("{} cannot be read", path.display()))?;
        Ok(Self { path })
    }

    /// The text of a file; `name` is relative to the root, with either kind of slash.
    ///
    /// # Errors
    ///
    /// It leads out of the root, is not there, is no regular file of UTF-8, or too long.
    pub(crate) fn read(&self, name: &str) -> Outcome<String> {
        read_to_string(&self.inside(name)?)
    }

    /// Whether there is a file of this name within the root.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.inside(name).is_ok_and(|path| path.is_file())
    }

    /// The names of the `.json` files of a folder, in order; `None` for a folder there is not.
    ///
    /// # Errors
    ///
    /// It cannot be read, leads out of the root, or has too many files.
    pub(crate) fn json_files(&self, folder: &str) -> Outcome<Option<Vec<String>>> {
        if !self.path.join(folder).exists() {
            return Ok(None);
        }
        let path = self.inside(folder)?;
        let unreadable = || format!("the folder {} cannot be read", path.display());
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).because(unreadable)? {
            let name = entry.because(unreadable)?.file_name();
            let Some(name) = name.to_str() else { continue };
            let json = Path::new(name).extension() == Some("json".as_ref());
            if json && path.join(name).is_file() {
                names.push(name.to_owned());
            }
            if FILES_MAX < names.len() {
                return Err(Failure::new(format!(
                    "the folder {} has more than {FILES_MAX} files",
                    path.display()
                )));
            }
        }
        names.sort();
        Ok(Some(names))
    }

    /// The folders at the root, in order.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub(crate) fn folders(&self) -> Outcome<Vec<String>> {
        let mut names: Vec<String> = fs::read_dir(&self.path)?
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let name = entry.file_name().to_str()?.to_owned();
                entry.path().is_dir().then_some(name)
            })
            .collect();
        names.sort();
        Ok(names)
    }

    fn inside(&self, name: &str) -> Outcome<PathBuf> {
        let relative = PathBuf::from(name.replace('\\', "/"));
        let outside = || Failure::new(format!("the path {name} leads out of the directory"));
        let harmless =
            |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if !relative.components().all(harmless) {
            return Err(outside());
        }
        let path = self.path.join(relative);
        let path = fs::canonicalize(&path)
            .because(|| format!("the file {} cannot be read", path.display()))?;
        if path.starts_with(&self.path) {
            return Ok(path);
        }
        Err(outside().hint("it is a link to somewhere else: put the file itself there"))
    }
}

/// The text of a file.
///
/// # Errors
///
/// It is not there, is no regular file of UTF-8, or too long.
pub(crate) fn read_to_string(path: &Path) -> Outcome<String> {
    let unreadable = || format!("the file {} cannot be read", path.display());
    if !fs::metadata(path).because(unreadable)?.is_file() {
        return Err(Failure::new(format!("{} is no file", path.display())));
    }
    let file = fs::File::open(path).because(unreadable)?;
    let mut text = String::new();
    let read = file.take(FILE_MAX + 1).read_to_string(&mut text);
    let length = read.because(unreadable)?;
    if FILE_MAX < u64::try_from(length).unwrap_or(u64::MAX) {
        return Err(Failure::new(format!(
            "the file {} is too long",
            path.display()
        )));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_is_read() {
        let home = tempfile::tempdir().unwrap();
        let inside = home.path().join("inside");
        fs::create_dir(&inside).unwrap();
        fs::write(home.path().join("secret"), "s").unwrap();
        fs::write(inside.join("file"), "f").unwrap();
        std::os::unix::fs::symlink(home.path().join("secret"), inside.join("link")).unwrap();
        std::os::unix::fs::symlink(inside.join("file"), inside.join("alias")).unwrap();
        let root = Root::at(&inside).unwrap();
        assert_eq!(root.read("./file").unwrap(), "f");
        assert_eq!(root.read("alias").unwrap(), "f");
        let absolute = home.path().join("secret").to_str().unwrap().to_owned();
        for name in [
            "../secret",
            "..\\secret",
            "x/../../secret",
            "link",
            &absolute,
        ] {
            let failure = root.read(name).unwrap_err();
            assert!(
                failure.to_string().contains("leads out"),
                "{name}: {failure}"
            );
        }
        assert!(root.read(".").is_err());
    }
}
