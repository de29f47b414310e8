//! What is known of the published stores, clause by clause: from their known issues and passports.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use zarr_conform_machines::KnownIssue;

/// A file that cannot be read, and why.
type Unread = (PathBuf, io::Error);

/// The kinds of stores that have known issues about each clause, by its id.
///
/// # Errors
///
/// Returns the file that cannot be read, or is no list of known issues.
pub(crate) fn with_known_issues(root: &Path) -> Result<BTreeMap<String, BTreeSet<String>>, Unread> {
    let mut stores = BTreeMap::<String, BTreeSet<String>>::new();
    for adapter in files(&root.join("crates/adapters"))? {
        let folder = adapter.join("known_issues");
        if !folder.is_dir() {
            continue;
        }
        let package = adapter.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let family = if package == "filesystem" { "fs".to_owned() } else { package };
        for file in files(&folder)? {
            let text = fs::read_to_string(&file).map_err(|error| (file.clone(), error))?;
            let issues = KnownIssue::read(&text)
                .map_err(|error| (file.clone(), io::Error::other(error.to_string())))?;
            for clause in issues.into_iter().filter_map(|issue| issue.clause) {
                stores.entry(clause.id().to_owned()).or_default().insert(family.clone());
            }
        }
    }
    Ok(stores)
}

/// How many of the stores with passports cannot be asked about each clause, by its id.
///
/// # Errors
///
/// Returns the page that cannot be read.
pub(crate) fn not_asked(root: &Path) -> Result<BTreeMap<String, usize>, Unread> {
    let mut counts = BTreeMap::new();
    for page in files(&root.join("docs/passports"))? {
        let text = fs::read_to_string(&page).map_err(|error| (page.clone(), error))?;
        for clause in text.lines().filter_map(declined) {
            *counts.entry(clause.to_owned()).or_default() += 1;
        }
    }
    Ok(counts)
}

/// The clause that a row of a passport says cannot be asked.
fn declined(row: &str) -> Option<&str> {
    let rest = row.strip_prefix("| <a id=\"clause-")?;
    let (clause, rest) = rest.split_once('"')?;
    rest.ends_with("| cannot be asked |").then_some(clause)
}

/// What is in a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Unread> {
    let failed = |error| (folder.to_owned(), error);
    let entries = fs::read_dir(folder).map_err(failed)?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>();
    let mut paths = paths.map_err(failed)?;
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn rows_of_passports_say_what_cannot_be_asked() {
        assert_eq!(declined("| <a id=\"clause-W4\"></a>W4 | cannot be asked |"), Some("W4"));
        assert_eq!(declined("| <a id=\"clause-R1\"></a>R1 | in 557 questions |"), None);
        assert_eq!(declined("| W4 | cannot be asked |"), None);
    }

    #[test]
    fn known_issues_and_passports_are_found() {
        let root = workspace::root();
        let known = with_known_issues(&root).expect("they can be read");
        assert!(known["R4"].contains("memory"), "{known:?}");
        // Neither the stores in memory nor those on files of zarrs have such a trait.
        assert!(not_asked(&root).expect("they can be read")["W4"] > 10);
    }
}
