//! Name hazards: what is odd about a name that `zarrs_storage`'s key type lets through.

use std::fmt;

use crate::contract::reply::Reply;

/// Why a name is not one that every store holds, or should not be.
///
/// What goes wrong with a name of one kind has one cause, and no end of symptoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NameHazard {
    /// The name, or a segment of it, is longer than the dialect has it.
    TooLong,
    /// The name is not ASCII, and the dialect has no others.
    NotAscii,
    /// The name is empty.
    Empty,
    /// The name has a NUL character.
    Nul,
    /// A segment is `..`.
    DotDot,
    /// A segment is `.`.
    Dot,
    /// Two slashes stand side by side, which only prefixes can have.
    DoubledSlash,
    /// A segment begins or ends with a space.
    OuterSpace,
}

impl NameHazard {
    /// Every hazard.
    pub const ALL: [Self; 8] = [
        Self::TooLong,
        Self::NotAscii,
        Self::Empty,
        Self::Nul,
        Self::DotDot,
        Self::Dot,
        Self::DoubledSlash,
        Self::OuterSpace,
    ];

    /// How a store meets such a name: what the dialect rules out it refuses; what is only outside
    /// the key grammar of the specification it may refuse, or hold like any other; and what the
    /// specification only advises against it has to hold.
    #[must_use]
    pub const fn reply(self) -> Reply {
        match self {
            Self::TooLong | Self::NotAscii => Reply::Refuse,
            Self::Empty | Self::Nul | Self::DotDot | Self::Dot | Self::DoubledSlash => {
                Reply::Either
            }
            Self::OuterSpace => Reply::Answer,
        }
    }

    /// What is wrong with a store that does not meet such a name as [`reply`](Self::reply) says.
    #[must_use]
    pub const fn failing(self) -> &'static str {
        match self.reply() {
            Reply::Answer => "not held like any other",
            Reply::Refuse | Reply::Either => "neither refused nor kept apart",
        }
    }
}

impl fmt::Display for NameHazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "a name that is too long",
            Self::NotAscii => "a name that is not ASCII",
            Self::Empty => "the empty key",
            Self::Nul => "a name with a NUL",
            Self::DotDot => "a name with the segment `..`",
            Self::Dot => "a name with the segment `.`",
            Self::DoubledSlash => "a name with two slashes in a row",
            Self::OuterSpace => "a name with an outer space",
        })
    }
}
