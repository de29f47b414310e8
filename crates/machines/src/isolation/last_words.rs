//! What a process writes to standard error: its last line says why it ended, and some are alarms.
//!
//! It goes to a file and not to a pipe, since a pipe has to be read while the store is asked, or
//! the store hangs on it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write, stderr};
use std::process::Stdio;

/// How much of the end is read: some lines.
const TAIL: u64 = 4096;

/// How much may be kept of a store that writes all the time, 1 MiB. A guess.
const MOST: u64 = 1 << 20;

/// A longer line is taken in pieces, 64 KiB. A guess.
const LINE: u64 = 64 << 10;

/// What a line begins with that is an alarm.
const ALARM: &str = "zarr-conform alarm: ";

/// Tells whoever started this process of an alarm.
pub(super) fn tell(message: &str) {
    let line = message.replace(['\n', '\r'], " ");
    // In one call, so that no other thread writes in between. Nobody else can be told.
    let _ = stderr().write_all(format!("{ALARM}{line}\n").as_bytes());
}

/// The standard error of a process.
pub(super) struct LastWords {
    file: File,
    /// How much of it was looked through for alarms.
    heard: u64,
}

impl LastWords {
    pub(super) fn new() -> io::Result<Self> {
        // What is appended goes on at the end when the file is emptied.
        let file = tempfile::Builder::new().append(true).tempfile()?.into_file();
        Ok(Self { file, heard: 0 })
    }

    /// The file as a process takes it.
    pub(super) fn stdio(&self) -> io::Result<Stdio> {
        Ok(self.file.try_clone()?.into())
    }

    /// Forgets what was written if that is much.
    pub(super) fn trim(&mut self) {
        // It only takes room.
        if self.length() > MOST && self.file.set_len(0).is_ok() {
            self.heard = 0;
        }
    }

    /// The alarms since it was asked last.
    pub(super) fn alarms(&mut self) -> Vec<String> {
        let mut messages = Vec::new();
        if self.length() <= self.heard || self.file.seek(SeekFrom::Start(self.heard)).is_err() {
            return messages;
        }
        let (mut reader, mut line) = (BufReader::new(&self.file), Vec::new());
        while (&mut reader).take(LINE).read_until(b'\n', &mut line).is_ok() {
            // What is no line yet is looked at the next time, unless it is longer than any alarm.
            if !line.ends_with(b"\n") && line.len() as u64 != LINE {
                break;
            }
            self.heard += line.len() as u64;
            let text = String::from_utf8_lossy(&line);
            messages.extend(text.trim_end().strip_prefix(ALARM).map(str::to_owned));
            line.clear();
        }
        messages
    }

    fn length(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len())
    }

    /// The last line that says something; empty if there is none.
    pub(super) fn last_line(&mut self) -> String {
        let mut tail = Vec::new();
        let from = SeekFrom::Start(self.length().saturating_sub(TAIL));
        // Nobody depends on it.
        let _ = self.file.seek(from).and_then(|_| (&self.file).take(TAIL).read_to_end(&mut tail));
        let text = String::from_utf8_lossy(&tail);
        // What Rust adds is about how to see more.
        let says = |line: &&str| {
            !line.trim().is_empty() && !line.starts_with("note: ") && !line.starts_with(ALARM)
        };
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
        words.file.write_all(b"one\nthread 'a' (47) ends (see below)\n \n").expect("there is room");
        assert_eq!(words.last_line(), "thread 'a' ends (see below)");
        words.file.set_len(0).expect("it can be emptied");
        assert_eq!(words.last_line(), "");
    }

    #[test]
    fn each_alarm_is_told_once_and_when_its_line_is_whole() {
        let mut words = LastWords::new().expect("there is room");
        let write = |words: &mut LastWords, text: &str| {
            words.file.write_all(text.as_bytes()).expect("there is room");
        };
        write(&mut words, &format!("out\n{ALARM}one\n{ALARM}tw"));
        assert_eq!(words.alarms(), ["one"]);
        assert!(words.alarms().is_empty());
        write(&mut words, "o\n");
        assert_eq!(words.alarms(), ["two"]);
        assert_eq!(words.last_line(), "out");
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let mut words = LastWords::new().expect("there is room");
        let endless = vec![b'x'; 3 * LINE as usize + 1];
        words.file.write_all(&endless).expect("there is room");
        assert!(words.alarms().is_empty());
        assert_eq!(words.heard, 3 * LINE);
        words.file.write_all(format!("\n{ALARM}one\n").as_bytes()).expect("there is room");
        assert_eq!(words.alarms(), ["one"]);
    }
}
