//! What is looked at in each source file of the repository.

use std::io;
use std::path::{Path, PathBuf};

/// Files with more lines are hard to read from the top, and some are better long than in pieces.
const MANY_LINES: usize = 600;

/// File names that say nothing of what is in the file.
const VAGUE_NAMES: [&str; 4] = ["utils.rs", "helpers.rs", "common.rs", "misc.rs"];

/// Folders that hold no sources of the repository.
const SKIPPED_FOLDERS: [&str; 2] = ["target", "zarr-conform-failures"];

/// What there is to say of sources, each as a message.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// What has to be mended.
    pub(crate) wrong: Vec<String>,
    /// What is worth a thought.
    pub(crate) remarks: Vec<String>,
}

/// Everything that there is to say of the Rust sources below `root`.
///
/// # Errors
///
/// Returns an error if a folder or a file cannot be read.
pub(crate) fn look_at_all(root: &Path) -> io::Result<Said> {
    let mut said = Said::default();
    for path in rust_files(root)? {
        let name = path.strip_prefix(root).unwrap_or(&path);
        let name = name.display().to_string().replace('\\', "/");
        look_at(&name, &std::fs::read_to_string(&path)?, &mut said);
    }
    Ok(said)
}

/// The Rust files below a folder, by name.
pub(crate) fn rust_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries: io::Result<Vec<_>> = std::fs::read_dir(folder)?.collect();
    let mut files = Vec::new();
    for entry in entries? {
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() && !is_skipped(&entry.file_name().to_string_lossy()) {
            files.extend(rust_files(&path)?);
        } else if kind.is_file() && path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn is_skipped(folder: &str) -> bool {
    folder.starts_with('.') || SKIPPED_FOLDERS.contains(&folder)
}

fn look_at(name: &str, text: &str, said: &mut Said) {
    let Said { wrong, remarks } = said;
    let lines = text.lines().count();
    if lines > MANY_LINES {
        remarks.push(format!("{name}: {lines} lines: is there a subject for a file of its own?"));
    }
    // The front page of a crate is its README.
    if !text.starts_with("//!") && !text.starts_with("#![doc = include_str!") {
        wrong.push(format!(
            "{name}:1: does not begin with `//!`: say in one sentence what the file is for"
        ));
    }
    let file = name.rsplit('/').next().unwrap_or(name);
    if VAGUE_NAMES.contains(&file) {
        wrong.push(format!(
            "{name}: the name does not say what is in it: name it after its subject"
        ));
    }
    wrong.extend(bare_exceptions(text).map(|(line, lint)| {
        format!("{name}:{line}: `{lint}` without a reason: add `reason = \"…\"`, or mend what the lint found")
    }));
}

/// Attributes that switch a lint off and do not say why, each with its line.
fn bare_exceptions(text: &str) -> impl Iterator<Item = (usize, &'static str)> {
    let mut offset = 0;
    text.split_inclusive('\n').enumerate().filter_map(move |(index, line)| {
        let start = offset;
        offset += line.len();
        let lint = switched_off(line)?;
        let attribute = &text[start..];
        let end = attribute.find(")]").unwrap_or(attribute.len());
        let has_reason = attribute[..end].contains("reason");
        (!has_reason).then_some((index + 1, lint))
    })
}

/// Which attribute begins on a line, of those that switch lints off.
fn switched_off(line: &str) -> Option<&'static str> {
    let line = line.trim_start();
    let inside = line.strip_prefix("#[").or_else(|| line.strip_prefix("#!["))?;
    ["allow", "expect"]
        .into_iter()
        .find(|lint| inside.strip_prefix(lint).is_some_and(|rest| rest.starts_with('(')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, text: &str, wanted: &[&str]) {
        let mut said = Said::default();
        look_at(name, text, &mut said);
        assert_eq!(said.wrong.len(), wanted.len(), "{said:?}");
        for (found, wanted) in said.wrong.iter().zip(wanted) {
            assert!(found.contains(wanted), "{found}");
        }
    }

    #[test]
    fn a_file_that_says_what_it_is_for_is_fine() {
        check("src/key.rs", "//! Keys.\n", &[]);
        check("src/lib.rs", "#![doc = include_str!(\"../README.md\")]\n", &[]);
    }

    #[test]
    fn a_file_that_does_not_say_what_it_is_for_is_found() {
        check("src/key.rs", "use std::fmt;\n", &["src/key.rs:1: does not begin"]);
        check("src/key.rs", "", &["src/key.rs:1: does not begin"]);
    }

    #[test]
    fn a_long_file_is_worth_a_remark_and_not_wrong() {
        let remarks = |count: usize| {
            let mut said = Said::default();
            look_at("src/key.rs", &"//! Keys.\n".repeat(count), &mut said);
            assert!(said.wrong.is_empty(), "{said:?}");
            said.remarks
        };
        assert!(remarks(MANY_LINES).is_empty());
        let found = remarks(MANY_LINES + 1);
        assert!(found[0].starts_with("src/key.rs: 601 lines"), "{found:?}");
    }

    #[test]
    fn names_that_say_nothing_are_found() {
        check("src/utils.rs", "//! Keys.\n", &["name it after its subject"]);
        check("src/byte_utils.rs", "//! Keys.\n", &[]);
    }

    #[test]
    fn exceptions_from_lints_need_a_reason() {
        let bare = "//! Keys.\n\n    #[allow(dead_code)]\n#![expect(\n    missing_docs,\n)]\n";
        check("src/key.rs", bare, &["key.rs:3: `allow`", "key.rs:4: `expect`"]);
        let reasoned = "//! Keys.\n#[allow(\n    dead_code,\n    reason = \"a test\",\n)]\n";
        check("src/key.rs", reasoned, &[]);
    }

    #[test]
    fn an_exception_does_not_borrow_the_reason_of_the_next() {
        let text = "//! Keys.\n#[allow(a)]\n#[allow(b, reason = \"a test\")]\n";
        check("src/key.rs", text, &["key.rs:2: `allow`"]);
    }

    #[test]
    fn files_in_folders_are_found_and_built_ones_are_not() {
        let root = tempfile::tempdir().expect("a temporary directory");
        for folder in ["src/deep", "target/debug", ".git"] {
            let folder = root.path().join(folder);
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(folder.join("misc.rs"), "//! Odds and ends.\n").expect("a file");
        }
        let Said { wrong, .. } = look_at_all(root.path()).expect("the folder can be read");
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(wrong[0].starts_with("src/deep/misc.rs: "), "{wrong:?}");
    }
}
