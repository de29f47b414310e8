//! The pages of many passports in a folder, and whether they are what the stores do now.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use zarr_conform_machines::Passport;

/// Files by their names.
pub(crate) struct Pages(BTreeMap<String, String>);

/// A page cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be {verb}: {error}", path.display())]
pub(crate) struct PageError {
    path: PathBuf,
    verb: &'static str,
    error: io::Error,
}

const TITLE: &str = "\
# Passports

What each store does where the contract leaves that open, found by asking it: each question in all
states in which it is the same question. A page for each store has the proofs, the shortest plans that
show what is wrong, and the lines of Rust that declare what was found. [What the words mean](../passport.md).

";

impl Pages {
    /// A page for each passport, and the comparison as README.md.
    pub(crate) fn of(passports: &[Passport], program: &str) -> Self {
        let page =
            |passport: &Passport| (format!("{}.md", passport.page_name()), passport.to_markdown());
        let mut pages: BTreeMap<String, String> = passports.iter().map(page).collect();
        let table = Passport::table(passports);
        let written = format!("\nWritten by `{program} passport --all --write`, on Linux.\n");
        pages.insert("README.md".to_owned(), [TITLE, &table, &written].concat());
        Self(pages)
    }

    /// A badge for each passport, as a picture and as JSON.
    pub(crate) fn of_badges(passports: &[Passport]) -> Self {
        let badges = passports.iter().flat_map(|passport| {
            let name = passport.page_name();
            [
                (format!("{name}.svg"), passport.badge_svg()),
                (format!("{name}.json"), passport.badge_json()),
            ]
        });
        Self(badges.collect())
    }

    /// Writes the files, and makes the folder if there is none.
    ///
    /// # Errors
    ///
    /// Returns a [`PageError`] if one cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), PageError> {
        let error = |path: &Path, error| {
            let path = path.to_owned();
            PageError { path, verb: "written", error }
        };
        fs::create_dir_all(folder).map_err(|reason| error(folder, reason))?;
        for (name, text) in &self.0 {
            let path = folder.join(name);
            fs::write(&path, text).map_err(|reason| error(&path, reason))?;
        }
        Ok(())
    }

    /// In what the files of a folder are others, a line each.
    ///
    /// # Errors
    ///
    /// Returns a [`PageError`] if one cannot be read.
    pub(crate) fn compare(&self, folder: &Path) -> Result<Vec<String>, PageError> {
        let mut remarks = Vec::new();
        for (name, text) in &self.0 {
            let path = folder.join(name);
            match fs::read_to_string(&path) {
                // A checkout may end its lines in another way.
                Ok(found) => remarks.extend(difference(&found.replace("\r\n", "\n"), text).map(
                    |(line, was, is)| {
                        format!("{}:{line}:\n  was {was}\n  is  {is}", path.display())
                    },
                )),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    remarks.push(format!("{}: there is no such page", path.display()));
                }
                Err(error) => return Err(PageError { path, verb: "read", error }),
            }
        }
        Ok(remarks)
    }
}

/// The first line in which two texts differ, and what stands there in each.
fn difference<'a>(was: &'a str, is: &'a str) -> Option<(usize, &'a str, &'a str)> {
    if was == is {
        return None;
    }
    let (mut old, mut new) = (was.lines(), is.lines());
    for number in 1.. {
        let (one, other) = (old.next(), new.next());
        if one != other || one.is_none() {
            let nothing = "(nothing)";
            return Some((number, one.unwrap_or(nothing), other.unwrap_or(nothing)));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages() -> Pages {
        let passport =
            zarr_conform_machines::Machine::of(zarr_conform_memory::MemoryAdapter::asynchronous())
                .passport();
        Pages::of(&[passport], "my-conform")
    }

    #[test]
    fn pages_that_were_written_are_what_would_be_written() {
        let folder = tempfile::tempdir().expect("there is a folder");
        pages().write(folder.path()).expect("it can be written");
        // A store is asked once more, on other threads, and says the same.
        assert_eq!(pages().compare(folder.path()).expect("it can be read"), Vec::<String>::new());
    }

    #[test]
    fn a_page_that_is_another_one_is_told_by_its_first_line() {
        let folder = tempfile::tempdir().expect("there is a folder");
        let page = folder.path().join("memory-async.md");
        pages().write(folder.path()).expect("it can be written");
        let text = fs::read_to_string(&page).expect("it was written");
        fs::write(&page, text.replacen("answered", "refused", 1)).expect("it can be written");
        fs::remove_file(folder.path().join("README.md")).expect("it was written");
        let remarks = pages().compare(folder.path()).expect("it can be read");
        assert_eq!(remarks.len(), 2, "{remarks:?}");
        assert!(remarks[0].ends_with("README.md: there is no such page"), "{remarks:?}");
        assert!(remarks[1].contains("was ") && remarks[1].contains("refused"), "{remarks:?}");
    }
}
