//! Writes a document: one YAML file, or a tree of JSON files; scripts in files of their own.

use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::layout::{FOLDERS, Folder, SINGLES, file_name};
use super::print;
use crate::failure::{Explain as _, Failure, Outcome};

/// Writes files below a directory.
#[derive(Debug)]
pub(crate) struct Writer {
    root: PathBuf,
    /// Whether only the owner may read them.
    private: bool,
    written: HashSet<PathBuf>,
}

impl Writer {
    /// # Errors
    ///
    /// The directory cannot be made.
    pub(crate) fn below(root: &Path, private: bool) -> Outcome<Self> {
        fs::create_dir_all(root)
            .because(|| format!("the directory {} cannot be made", root.display()))?;
        Ok(Self {
            root: root.to_owned(),
            private,
            written: HashSet::new(),
        })
    }

    /// How many files were written.
    pub(crate) fn count(&self) -> usize {
        self.written.len()
    }

    /// Writes a document as one file.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub(crate) fn yaml(&mut self, file: &str, mut document: Map<String, Value>) -> Outcome {
        for folder in FOLDERS {
            let Some(Value::Array(objects)) = document.get_mut(folder.member) else {
                continue;
            };
            let mut names = Names::default();
            for object in objects {
                let stem = names.fresh(&folder.stem(object));
                self.code(folder, &stem, object)?;
            }
        }
        self.file(file, &print::yaml(&Value::Object(document)))
    }

    /// Writes a document as a tree.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub(crate) fn tree(&mut self, mut document: Map<String, Value>) -> Outcome {
        for folder in FOLDERS {
            let Some(Value::Array(objects)) = document.remove(folder.member) else {
                continue;
            };
            // An empty folder says that there are none.
            let path = self.root.join(folder.name);
            fs::create_dir_all(&path)
                .because(|| format!("the directory {} cannot be made", path.display()))?;
            let mut names = Names::default();
            for mut object in objects {
                let stem = names.fresh(&folder.stem(&object));
                self.code(folder, &stem, &mut object)?;
                self.json(&format!("{}/{stem}.json", folder.name), &object)?;
            }
        }
        for single in SINGLES {
            let value = document.get(single.member);
            let value = match single.part {
                Some(part) => value.and_then(|whole| whole.get(part)),
                None => value,
            };
            if let Some(value) = value {
                self.json(single.file, value)?;
            }
        }
        Ok(())
    }

    /// JSON files in the folders of a document that are not of this export: an import would read
    /// them too.
    pub(crate) fn left_over(&self) -> Vec<String> {
        let mut left = Vec::new();
        for folder in FOLDERS {
            let Ok(entries) = fs::read_dir(self.root.join(folder.name)) else {
                continue;
            };
            for entry in entries.filter_map(Result::ok) {
                let path = entry.path();
                let json = path.extension() == Some("json".as_ref());
                if json && !self.written.contains(&path) {
                    left.push(path.display().to_string());
                }
            }
        }
        left.sort();
        left
    }

    /// Moves a script to a file, and leaves its path.
    fn code(&mut self, folder: &Folder, stem: &str, object: &mut Value) -> Outcome {
        let code = folder.code.and_then(|member| object.get_mut(member));
        let Some(Value::String(code)) = code else {
            return Ok(());
        };
        if !code.is_empty() {
            let name = format!("{}/{stem}/code.js", folder.name);
            self.file(&name, code)?;
            *code = format!("./{name}");
        }
        Ok(())
    }

    fn json(&mut self, name: &str, value: &Value) -> Outcome {
        let text = serde_json::to_string_pretty(value)?;
        self.file(name, &format!("{text}\n"))
    }

    /// Writes one file whole: whoever reads it sees the old text or the new one.
    fn file(&mut self, name: &str, text: &str) -> Outcome {
        let path = self.root.join(name);
        let unwritable = || format!("the file {} cannot be written", path.display());
        let parent = path.parent().ok_or_else(|| Failure::new(unwritable()))?;
        fs::create_dir_all(parent).because(unwritable)?;
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if self.private {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let draft = parent.join(format!(".{}.new", file_name(name)));
        // What an earlier run left there when it was ended.
        let _ = fs::remove_file(&draft);
        let mut file = options.open(&draft).because(unwritable)?;
        file.write_all(text.as_bytes()).because(unwritable)?;
        drop(file);
        fs::rename(&draft, &path).because(unwritable)?;
        self.written.insert(path);
        Ok(())
    }
}

/// Names of files that were taken.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    /// The name, or the name with a number; small and capital letters are the same to some systems.
    fn fresh(&mut self, stem: &str) -> String {
        let mut name = stem.to_owned();
        let mut number = 1_usize;
        while !self.0.insert(name.to_lowercase()) {
            number += 1;
            name = format!("{stem}-{number}");
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_objects_share_a_file() {
        let mut names = Names::default();
        let fresh = ["Cron", "cron", "CRON", "Cron-2", "x"].map(|stem| names.fresh(stem));
        assert_eq!(fresh, ["Cron", "cron-2", "CRON-3", "Cron-2-2", "x"]);
    }
}
