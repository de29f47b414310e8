//! Text of stores, made fit to be shown: what it says is hostile until it is escaped and bounded.
//!
//! Here controls and marks of direction are made visible, and the end of long text is left out. What
//! means something in HTML, XML or Markdown is escaped where that is written.

use std::fmt::Write;

pub(crate) use zarr_conform_machines::report::{counted, grouped};

/// How many characters of one piece of text are shown. A guess: a screen or two.
const MOST: usize = 4096;

/// How many of them are its end, where that has to be seen.
const END: usize = 1024;

/// One line: line ends and other controls are shown as escapes.
pub(crate) fn line(text: &str) -> String {
    bounded(text, |_| false)
}

/// A block of text with its end, whatever is left out: what says how to go on stands there.
pub(crate) fn ends(text: &str) -> String {
    let count = text.chars().count();
    if count <= MOST {
        return block(text);
    }
    let part = |from: usize, count: usize| text.chars().skip(from).take(count).collect::<String>();
    let (start, end) = (MOST - END, END);
    let left = count - start - end;
    let (first, last) = (block(&part(0, start)), block(&part(count - end, end)));
    format!("{first}\n… {left} characters less …\n{last}")
}

/// A block of text: line ends stay, and other controls are shown as escapes.
pub(crate) fn block(text: &str) -> String {
    bounded(text, |char| char == '\n')
}

fn bounded(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut shown = String::new();
    let mut chars = text.chars();
    for char in chars.by_ref().take(MOST) {
        if stays(char) || !(char.is_control() || is_unseen(char)) {
            shown.push(char);
        } else {
            shown.extend(char.escape_default());
        }
    }
    let left = chars.count();
    if left > 0 {
        // Writing to a string cannot fail.
        let _ = write!(shown, "… and {left} characters more");
    }
    shown
}

/// Whether a character has no shape of its own and changes how others are shown, or is none that XML
/// can hold.
const fn is_unseen(char: char) -> bool {
    matches!(
        char,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}'
    )
}

/// The operations of a plan, without the line that names the version of its form.
pub(crate) fn operations(plan: &str) -> impl Iterator<Item = &str> {
    plan.lines().filter(|line| !line.starts_with("zarr-conform plan "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_shown_and_line_ends_stay_in_blocks() {
        assert_eq!(line("a\u{1b}[31m\0\nb\u{202e}"), "a\\u{1b}[31m\\u{0}\\nb\\u{202e}");
        assert_eq!(block("a\u{0}\nb"), "a\\u{0}\nb");
    }

    #[test]
    fn the_end_of_a_block_stays() {
        let long = format!("first\n{}\nlast", "x".repeat(2 * MOST));
        let shown = ends(&long);
        assert!(shown.starts_with("first\nxx") && shown.ends_with("xx\nlast"), "{shown}");
        assert!(shown.contains("\n… 4107 characters less …\n"), "{shown}");
        assert_eq!(ends("a\u{0}\nb"), block("a\u{0}\nb"));
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        let long = line(&"x".repeat(MOST + 7));
        assert!(long.ends_with("x… and 7 characters more"), "{long}");
        assert_eq!(line(&"x".repeat(MOST)).len(), MOST);
    }
}
