//! Mismatches: how an outcome misses what was wanted.

use std::fmt;

/// How an outcome differs from what was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// In which way.
    pub kind: MismatchKind,
    /// The first name in a listing that is wrong, if a listing is.
    pub offender: Option<String>,
}

/// Defines [`MismatchKind`] and its names in one place.
macro_rules! mismatches {
    ($($kind:ident $name:literal $doc:literal;)*) => {
        /// The ways in which an outcome can be wrong, those that are nearest to right first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum MismatchKind {
            $(#[doc = $doc] $kind,)*
        }

        impl MismatchKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The name in reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }
        }
    };
}

mismatches! {
    ValueTooShort "value too short" "The value is the beginning of the wanted one.";
    ValueTooLong "value too long" "The value begins with the wanted one.";
    ValueDiffers "value differs" "The value is another one.";
    ValueLost "value lost" "A value was wanted, and absent was the answer.";
    EmptyForAbsent "empty for absent" "Absent was wanted, and an empty value was the answer.";
    ValueForAbsent "value for absent" "Absent was wanted, and a value or size was the answer.";
    PartCount "wrong number of parts" "There are fewer or more parts than were asked for.";
    KeyMissing "key missing" "A listing lacks a key.";
    KeyUnexpected "key unexpected" "A listing has a key that it should not have.";
    KeyRepeated "key repeated" "A listing has a key twice.";
    PrefixMissing "prefix missing" "A directory lacks a prefix.";
    PrefixUnexpected "prefix unexpected" "A directory has a prefix that it should not have.";
    PrefixRepeated "prefix repeated" "A directory has a prefix twice.";
    Order "wrong order" "A listing is not in the order that the dialect declares.";
    SizeTooSmall "size too small" "The size is smaller than wanted.";
    SizeTooLarge "size too large" "The size is larger than wanted.";
    TruthDiffers "wrong truth" "Yes was the answer where no was wanted, or the other way round.";
    ErrorForAnswer "error for answer" "An answer was wanted, and an error came.";
    AnswerForError "answer for error" "An error was wanted, and an answer came.";
    ErrorClassDiffers "wrong error class" "An error of another class was wanted.";
    Panicked "panic" "The store panicked.";
    TimedOut "no answer" "The store did not answer before the deadline.";
    StillAsking "still asking" "The store goes on asking the service below, and nothing comes of it.";
    Died "process ended" "The store ended the process that it was in.";
    Overlong "overlong answer" "The answer is longer than whoever asked looks at.";
    Diverged "two answers" "Two ways into one place gave answers that disagree.";
    WrongShape "answer to another question" "The outcome is not one that the operation can have.";
    ElementsDiffer "elements differ" "Elements of an array are other ones.";
    DocumentDiffers "metadata differs" "A metadata document is none, or says something else.";
    NodeMissing "node missing" "A listing lacks a node.";
    NodeUnexpected "node unexpected" "A listing has a node that it should not have.";
    NodeRepeated "node repeated" "A listing has a node twice.";
    NodeKindDiffers "another kind of node" "A group was taken for an array, or the other way round.";
    TooManyRequests "too many requests" "The operation cost more requests than the dialect has it.";
    LeftBehind "left behind" "Files or open handles are there that nobody needs any more.";
    BytesChanged "returned bytes changed" "Bytes that a read had returned changed afterwards.";
}

impl fmt::Display for MismatchKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl MismatchKind {
    pub(super) const fn alone(self) -> Mismatch {
        Mismatch { kind: self, offender: None }
    }

    pub(super) fn at(self, name: &str) -> Mismatch {
        Mismatch { kind: self, offender: Some(name.to_owned()) }
    }
}
