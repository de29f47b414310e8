//! Did something change below the root that no call was seen to change?

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Files that were changed past the gate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Escaped {
    names: Vec<PathBuf>,
}

impl Escaped {
    /// The names, from the root.
    #[must_use]
    pub fn names(&self) -> &[PathBuf] {
        &self.names
    }
}

impl fmt::Display for Escaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names.iter().map(|name| name.display().to_string()).collect();
        write!(
            f,
            "changed, and no boundary call was seen that does so: {}; the store enters the kernel past libc, maps files, or uses a thread that is not armed",
            names.join(", ")
        )
    }
}

/// What is below a directory, as far as it can be told without reading files.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Snapshot {
    entries: BTreeMap<PathBuf, Entry>,
}

#[derive(Debug, PartialEq)]
enum Entry {
    /// Its time changes with the names in it, and those are looked at themselves.
    Directory,
    Other {
        length: u64,
        modified: Option<SystemTime>,
        inode: u64,
    },
}

impl Snapshot {
    /// What cannot be read is left out: it cannot be compared.
    pub(crate) fn of(root: &Path) -> Self {
        let mut snapshot = Self::default();
        snapshot.add(root, Path::new(""));
        snapshot
    }

    fn add(&mut self, folder: &Path, name: &Path) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            let name = name.join(entry.file_name());
            if metadata.is_dir() {
                self.add(&entry.path(), &name);
                self.entries.insert(name, Entry::Directory);
            } else {
                let (length, modified) = (metadata.len(), metadata.modified().ok());
                let inode = inode(&metadata);
                self.entries.insert(name, Entry::Other { length, modified, inode });
            }
        }
    }

    /// Whether all that differs is in `touched`, or below something in it.
    pub(crate) fn compare(&self, after: &Self, touched: &BTreeSet<PathBuf>) -> Result<(), Escaped> {
        let names: BTreeSet<&PathBuf> = self.entries.keys().chain(after.entries.keys()).collect();
        let differs = |name: &Path| self.entries.get(name) != after.entries.get(name);
        let is_touched = |name: &Path| name.ancestors().any(|name| touched.contains(name));
        let names: Vec<PathBuf> =
            names.into_iter().filter(|name| differs(name) && !is_touched(name)).cloned().collect();
        if names.is_empty() { Ok(()) } else { Err(Escaped { names }) }
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}
