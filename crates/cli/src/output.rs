//! What is written to standard output and standard error, in colour on a terminal; for programs that
//! have commands of their own beside these.

use std::error::Error;
use std::fmt::Display;
use std::io::Write;

use anstyle::{AnsiColor, Style};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const HEADER: Style = Style::new().bold();

/// Writes a line to standard output.
///
/// A reader that went away, as `head` does, is no reason to lose the exit status.
pub fn say(text: impl Display) {
    let _ = writeln!(anstream::stdout().lock(), "{text}");
}

/// Writes what went wrong to standard error.
pub fn complain(error: &(impl Error + ?Sized)) {
    let _ = writeln!(anstream::stderr().lock(), "{BAD}error{BAD:#}: {error}");
}

/// Writes what happens before the command, and takes its time, to standard error.
pub fn note(text: impl Display) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// A line that says that something is as it should be, or that it is not.
#[must_use]
pub fn verdict(fine: bool, text: impl Display) -> String {
    let style = if fine { GOOD } else { BAD };
    format!("{style}{text}{style:#}")
}

/// A line that begins a section.
#[must_use]
pub fn header(text: impl Display) -> String {
    format!("{HEADER}{text}{HEADER:#}")
}
