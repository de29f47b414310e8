//! Errors by their class, and never by their words.
//!
//! The words are the store's own.

use std::fmt;

/// An error that a store returned: its class is compared, its message is for the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of error.
    pub class: ErrorClass,
    /// The store's own words.
    pub message: String,
}

impl Refusal {
    /// An error of a class, in the store's words.
    #[must_use]
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into() }
    }
}

/// What an error says, whatever its words and its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ErrorClass {
    /// What was asked for is not there.
    NotFound,
    /// What was to be created is there already.
    AlreadyExists,
    /// A condition of a conditional request does not hold.
    Precondition,
    /// The key or prefix is not one that the store can hold.
    InvalidKey,
    /// The byte range is not one that the value has.
    InvalidRange,
    /// The store, or this part of it, cannot be written.
    ReadOnly,
    /// The store does not have this operation.
    Unsupported,
    /// The same request may succeed later: a timeout, a reset, an overload.
    Transient,
    /// Anything else.
    Other,
}

impl ErrorClass {
    /// Every class.
    pub const ALL: [Self; 9] = [
        Self::NotFound,
        Self::AlreadyExists,
        Self::Precondition,
        Self::InvalidKey,
        Self::InvalidRange,
        Self::ReadOnly,
        Self::Unsupported,
        Self::Transient,
        Self::Other,
    ];

    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotFound => "NotFound",
            Self::AlreadyExists => "AlreadyExists",
            Self::Precondition => "Precondition",
            Self::InvalidKey => "InvalidKey",
            Self::InvalidRange => "InvalidRange",
            Self::ReadOnly => "ReadOnly",
            Self::Unsupported => "Unsupported",
            Self::Transient => "Transient",
            Self::Other => "Other",
        }
    }
}

/// A set of error classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrorClasses(u16);

impl ErrorClasses {
    /// Every class but [`ErrorClass::Transient`], which says "ask again" and not "no".
    pub const ANY: Self = Self(Self::of(&ErrorClass::ALL).0 & !(1 << ErrorClass::Transient as u16));

    /// These classes.
    #[must_use]
    pub const fn of(classes: &[ErrorClass]) -> Self {
        let (mut bits, mut index) = (0, 0);
        while index < classes.len() {
            bits |= 1 << classes[index] as u16;
            index += 1;
        }
        Self(bits)
    }

    /// Whether `class` is in the set.
    #[must_use]
    pub const fn contains(self, class: ErrorClass) -> bool {
        self.0 & (1 << class as u16) != 0
    }
}

impl fmt::Display for ErrorClasses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ANY {
            return f.write_str("an error");
        }
        if *self == Self::of(&ErrorClass::ALL) {
            return f.write_str("any error");
        }
        let classes = ErrorClass::ALL.into_iter().filter(|class| self.contains(*class));
        let names: Vec<_> = classes.map(ErrorClass::name).collect();
        write!(f, "error {}", names.join(" or "))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error {} ({})", self.class.name(), first_line(&self.message))
    }
}

/// The first line of a message, cut to a readable length; what a terminal would take for a command, or
/// would show elsewhere, is made visible.
pub(super) fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let (kept, end) =
        if line.chars().count() <= 120 { (usize::MAX, None) } else { (119, Some('…')) };
    let mut text = String::new();
    for char in line.chars().take(kept).chain(end) {
        if char.is_control() || is_unseen(char) {
            text.extend(char.escape_unicode());
        } else {
            text.push(char);
        }
    }
    text
}

/// Whether a character has no shape of its own and changes how others are shown: marks of direction,
/// joiners and the like.
const fn is_unseen(char: char) -> bool {
    matches!(
        char,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_made_visible() {
        assert_eq!(first_line("\u{1b}[2Jgone\r"), "\\u{1b}[2Jgone\\u{d}");
        assert_eq!(first_line("abc\u{202e}txt.exe"), "abc\\u{202e}txt.exe");
        assert_eq!(first_line("é ü\nsecond"), "é ü");
        assert_eq!(first_line(&"x".repeat(200)).chars().count(), 120);
    }
}
