//! The sandbox: directories and sentinel files around a store's root.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use tempfile::TempDir;

/// How many levels of directories lie between the temporary directory and a store's root.
pub const DEPTH: usize = 4;

/// A temporary directory with a store's root deep inside it.
///
/// Every level around the root holds a sentinel file, so that a store that reaches beyond its root
/// leaves a trace. All of it is removed on drop.
///
/// # Examples
///
/// ```
/// use zarr_conform_store::Sandbox;
///
/// # fn main() -> std::io::Result<()> {
/// let sandbox = Sandbox::new()?;
/// assert_eq!(sandbox.audit(), Ok(()));
///
/// std::fs::write(sandbox.root().join("../escaped"), "x")?;
/// assert_eq!(sandbox.audit(), Err("created outside the root: ../escaped".to_owned()));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Sandbox {
    directory: TempDir,
    root: PathBuf,
}

/// The name and the content of the sentinel of each level.
const SENTINEL: &str = "sentinel";

impl Sandbox {
    /// Makes the directories; the root itself exists and is empty.
    ///
    /// # Errors
    ///
    /// Returns the error of the file system if the temporary directory cannot be written.
    pub fn new() -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("zarr-conform-").tempdir()?;
        let mut parent = directory.path().to_owned();
        for level in (1..DEPTH).map(level_name) {
            parent.push(level);
            fs::create_dir(&parent)?;
        }
        let root = parent.join("root");
        fs::create_dir(&root)?;
        let mut level = directory.path();
        for path in parent.ancestors() {
            fs::write(path.join(SENTINEL), SENTINEL)?;
            level = path;
            if path == directory.path() {
                break;
            }
        }
        debug_assert_eq!(level, directory.path());
        Ok(Self { directory, root })
    }

    /// The directory for the store.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Compares everything around the root with what it was at the start.
    ///
    /// # Errors
    ///
    /// Returns a sentence that names the first file that was created, changed or removed, by its
    /// path from the root.
    pub fn audit(&self) -> Result<(), String> {
        let mut level = self.directory.path().to_owned();
        for depth in 1..=DEPTH {
            let inner = if depth == DEPTH { "root".to_owned() } else { level_name(depth) };
            let from_root = "../".repeat(DEPTH + 1 - depth);
            let found =
                entries(&level).map_err(|_| format!("removed outside the root: {from_root}"))?;
            match found.get(SENTINEL) {
                None => return Err(format!("removed outside the root: {from_root}{SENTINEL}")),
                Some(content) if content.as_deref() != Some(SENTINEL.as_bytes()) => {
                    return Err(format!("changed outside the root: {from_root}{SENTINEL}"));
                }
                Some(_) => {}
            }
            let stranger = found.keys().find(|name| **name != SENTINEL && **name != inner);
            if let Some(name) = stranger {
                return Err(format!("created outside the root: {from_root}{name}"));
            }
            // A store may remove its own root when it is cleared.
            if depth < DEPTH && !found.contains_key(&inner) {
                return Err(format!("removed outside the root: {from_root}{inner}"));
            }
            level.push(inner);
        }
        Ok(())
    }
}

fn level_name(depth: usize) -> String {
    format!("level{depth}")
}

/// The names in a directory, with the contents of files.
fn entries(directory: &Path) -> io::Result<BTreeMap<String, Option<Vec<u8>>>> {
    let entries = fs::read_dir(directory)?.map(|entry| {
        let entry = entry?;
        let content =
            if entry.file_type()?.is_file() { Some(fs::read(entry.path())?) } else { None };
        Ok((entry.file_name().to_string_lossy().into_owned(), content))
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audit_after(damage: impl Fn(&Path) -> io::Result<()>) -> Result<(), String> {
        let sandbox = Sandbox::new().unwrap();
        damage(sandbox.root()).unwrap();
        sandbox.audit()
    }

    #[test]
    fn every_kind_of_damage_around_the_root_is_seen() {
        let say = |sentence: &str| Err(sentence.to_owned());
        let changed = audit_after(|root| fs::write(root.join("../../sentinel"), "other"));
        assert_eq!(changed, say("changed outside the root: ../../sentinel"));
        let removed = audit_after(|root| fs::remove_file(root.join("../sentinel")));
        assert_eq!(removed, say("removed outside the root: ../sentinel"));
        let created = audit_after(|root| fs::create_dir(root.join("../esc")));
        assert_eq!(created, say("created outside the root: ../esc"));
        let parent = audit_after(|root| fs::remove_dir_all(root.join("..").canonicalize()?));
        assert_eq!(parent, say("removed outside the root: ../../level3"));
    }

    #[test]
    fn what_a_store_does_to_its_root_is_its_own_business() {
        assert_eq!(audit_after(|root| fs::remove_dir(root)), Ok(()));
        assert_eq!(audit_after(|root| fs::write(root.join("a"), "x")), Ok(()));
    }

    #[test]
    fn the_root_is_as_deep_as_plans_may_climb() {
        let sandbox = Sandbox::new().unwrap();
        let above = sandbox.root().ancestors().nth(DEPTH).unwrap();
        assert_eq!(above, sandbox.directory.path());
    }
}
