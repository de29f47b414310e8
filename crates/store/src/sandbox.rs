//! The sandbox: directories and sentinel files around a store's root.

use std::cell::{Cell, RefCell};
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
    /// None, once they are kept for the next one.
    surroundings: Option<Surroundings>,
    root: PathBuf,
}

/// What is around a root.
#[derive(Debug)]
struct Surroundings {
    directory: TempDir,
    /// How many roots there were in it.
    roots: usize,
}

thread_local! {
    /// What the last sandbox left as it was made, while they are [kept](keeping_surroundings): none or one.
    static KEPT: RefCell<Vec<Surroundings>> = const { RefCell::new(Vec::new()) };
    static KEEPS: Cell<bool> = const { Cell::new(false) };
}

/// Runs `body`, in which the sandboxes of this thread have the same surroundings one after the other, as
/// long as they are left as they were made. No two have the same root.
///
/// To make and to remove them takes longer than most plans with callers at the same time.
pub fn keeping_surroundings<T>(body: impl FnOnce() -> T) -> T {
    /// Removes them at the end, or when `body` panics.
    struct Kept;
    impl Drop for Kept {
        fn drop(&mut self) {
            KEEPS.set(false);
            KEPT.set(Vec::new());
        }
    }
    KEEPS.set(true);
    let _kept = Kept;
    body()
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
        let kept = KEPT.with_borrow_mut(Vec::pop);
        let mut surroundings = kept.map_or_else(Surroundings::new, Ok)?;
        let root = surroundings.innermost().join(root_name(surroundings.roots));
        fs::create_dir(&root)?;
        surroundings.roots += 1;
        Ok(Self { surroundings: Some(surroundings), root })
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
        self.surroundings.as_ref().map_or(Ok(()), Surroundings::audit)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let is_wanted = KEEPS.get() && KEPT.with_borrow(Vec::is_empty);
        let Some(surroundings) = self.surroundings.take().filter(|_| is_wanted) else { return };
        // A store may have removed its root; whatever else fails, all of it goes.
        let is_gone = fs::remove_dir_all(&self.root).is_ok() || !self.root.exists();
        if is_gone && surroundings.audit().is_ok() {
            KEPT.set(vec![surroundings]);
        }
    }
}

impl Surroundings {
    fn new() -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("zarr-conform-").tempdir()?;
        let surroundings = Self { directory, roots: 0 };
        let innermost = surroundings.innermost();
        fs::create_dir_all(&innermost)?;
        for level in innermost.ancestors().take(DEPTH) {
            fs::write(level.join(SENTINEL), SENTINEL)?;
        }
        Ok(surroundings)
    }

    /// The directory that roots are in.
    fn innermost(&self) -> PathBuf {
        let directory = self.directory.path().to_owned();
        (1..DEPTH).map(level_name).fold(directory, |level, inner| level.join(inner))
    }

    fn audit(&self) -> Result<(), String> {
        let mut level = self.directory.path().to_owned();
        for depth in 1..=DEPTH {
            let inner = if depth == DEPTH {
                root_name(self.roots.saturating_sub(1))
            } else {
                level_name(depth)
            };
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

/// The name of the root after so many others.
fn root_name(others: usize) -> String {
    if others == 0 { "root".to_owned() } else { format!("root{others}") }
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
        assert_eq!(above, sandbox.surroundings.as_ref().unwrap().directory.path());
    }

    #[test]
    fn surroundings_are_kept_as_long_as_nothing_happens_to_them() {
        let around = |sandbox: &Sandbox| sandbox.root().parent().unwrap().to_owned();
        let last = keeping_surroundings(|| {
            let first = Sandbox::new().unwrap();
            let (root, kept) = (first.root().to_owned(), around(&first));
            fs::write(root.join("a"), "x").unwrap();
            drop(first);
            assert!(!root.exists());
            let second = Sandbox::new().unwrap();
            assert_eq!(around(&second), kept);
            assert_ne!(second.root(), root);
            assert_eq!(fs::read_dir(second.root()).unwrap().count(), 0);
            fs::write(kept.join("stranger"), "x").unwrap();
            drop(second);
            let third = Sandbox::new().unwrap();
            assert_ne!(around(&third), kept);
            assert!(!kept.exists());
            around(&third)
        });
        assert!(!last.exists());
    }
}
