//! What a process writes to standard error: its last line says why it ended.
//!
//! It goes to a file and not to a pipe, since a pipe has to be read while the store is asked, or
//! the store hangs on it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::process::Stdio;

/// How much of the end is read: some lines.
const TAIL: u64 = 4096;

/// How much may be kept of a store that writes all the time, 1 MiB. A guess.
const MOST: u64 = 1 << 20;

/// The standard error of a process.
pub(super) struct LastWords(File);

impl LastWords {
    pub(super) fn new() -> io::Result<Self> {
        // What is appended goes on at the end when the file is emptied.
        Ok(Self(tempfile::Builder::new().append(true).tempfile()?.into_file()))
    }

    /// The file as a process takes it.
    pub(super) fn stdio(&self) -> io::Result<Stdio> {
        Ok(self.0.try_clone()?.into())
    }

    /// Forgets what was written if that is much.
    pub(super) fn trim(&self) {
        let length = self.0.metadata().map_or(0, |metadata| metadata.len());
        if length > MOST {
            // It only takes room.
            let _ = self.0.set_len(0);
        }
    }

    /// The last line that says something; empty if there is none.
    pub(super) fn last_line(&mut self) -> String {
        let mut tail = Vec::new();
        let length = self.0.metadata().map_or(0, |metadata| metadata.len());
        let from = SeekFrom::Start(length.saturating_sub(TAIL));
        // Nobody depends on it.
        let _ = self.0.seek(from).and_then(|_| (&self.0).take(TAIL).read_to_end(&mut tail));
        let text = String::from_utf8_lossy(&tail);
        // What Rust adds is about how to see more.
        let says = |line: &&str| !line.trim().is_empty() && !line.starts_with("note: ");
        let last = text.lines().rev().find(says);
        without_numbers(last.unwrap_or_default().trim())
    }
}

/// The line without numbers in parentheses, such as `thread 'a' (4711)`: those of threads and
/// processes are others each time.
fn without_numbers(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once(" (") {
        text.push_str(before);
        match behind.split_once(')') {
            Some((number, after)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                rest = after;
            }
            _ => {
                text.push_str(" (");
                rest = behind;
            }
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_last_line_says_something_and_has_no_numbers_of_threads() {
        let mut words = LastWords::new().expect("there is room");
        assert_eq!(words.last_line(), "");
        words.0.write_all(b"one\nthread 'a' (47) ends (see below)\n \n").expect("there is room");
        assert_eq!(words.last_line(), "thread 'a' ends (see below)");
        words.0.set_len(0).expect("it can be emptied");
        assert_eq!(words.last_line(), "");
    }
}
