//! Failure signatures: what distinguishes one disagreement from another.

use std::fmt;
use std::str::FromStr;

use bitflags::bitflags;

use crate::contract::mismatch::MismatchKind;
use crate::contract::name_hazard::NameHazard;
use crate::contract::ranges::RangePosition;
use crate::plan::operation_kind::OperationKind;
use crate::plan::read_door::ReadDoor;

bitflags! {
    /// Facts about the operands of an operation in the state in which it was asked.
    ///
    /// For a listing they are facts about the first name that is wrong, for other questions about a
    /// prefix, about the key of that name.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct Facts: u32 {
        /// The key has a value.
        const LIVE = 1;
        /// The key had a value and was erased.
        const ERASED = 1 << 1;
        /// The key never had a value.
        const NEVER_SET = 1 << 2;
        /// The value is empty.
        const EMPTY = 1 << 3;
        /// The value replaced another one.
        const OVERWRITTEN = 1 << 4;
        /// The value was set after the key had been erased.
        const SET_AGAIN = 1 << 5;
        /// The value was written in parts.
        const PATCHED = 1 << 6;
        /// The name is a directory of a live key.
        const ABOVE_LIVE = 1 << 7;
        /// A directory of the name is a live key.
        const BELOW_LIVE = 1 << 8;
        /// The name is not one of the plan's.
        const FOREIGN = 1 << 9;
        /// The name is not below the prefix that was asked for.
        const OUTSIDE = 1 << 10;
        /// The name is a directory of keys that were all erased.
        const ABOVE_ERASED = 1 << 11;
        /// The node is a group.
        const GROUP = 1 << 12;
        /// The node is an array.
        const ARRAY = 1 << 13;
        /// The key is that of the metadata of a node.
        const DOCUMENT = 1 << 14;
        /// The key is that of a chunk.
        const CHUNK = 1 << 15;
        /// The name is below an array.
        const IN_ARRAY = 1 << 16;
        /// The chunks of the array are shards.
        const SHARDED = 1 << 17;
        /// The shape of the array was changed.
        const RESIZED = 1 << 18;
        /// Something below the store went wrong before.
        const FAILED = 1 << 19;
        /// The process of the store ended before.
        const CRASHED = 1 << 20;
        /// The power was cut before.
        const CUT = 1 << 21;
    }
}

impl Facts {
    /// That something went wrong before.
    pub const FAULTS: Self = Self::FAILED.union(Self::CRASHED).union(Self::CUT);

    const WORDS: [(Self, &'static str); 22] = [
        (Self::LIVE, "live"),
        (Self::ERASED, "erased"),
        (Self::NEVER_SET, "never set"),
        (Self::EMPTY, "empty"),
        (Self::OVERWRITTEN, "overwritten"),
        (Self::SET_AGAIN, "set again"),
        (Self::PATCHED, "patched"),
        (Self::ABOVE_LIVE, "above a live key"),
        (Self::ABOVE_ERASED, "above erased keys"),
        (Self::BELOW_LIVE, "below a live key"),
        (Self::FOREIGN, "foreign"),
        (Self::OUTSIDE, "outside the prefix"),
        (Self::GROUP, "group"),
        (Self::ARRAY, "array"),
        (Self::DOCUMENT, "metadata"),
        (Self::CHUNK, "chunk"),
        (Self::IN_ARRAY, "in an array"),
        (Self::SHARDED, "sharded"),
        (Self::RESIZED, "resized"),
        (Self::FAILED, "after an error"),
        (Self::CRASHED, "after a crash"),
        (Self::CUT, "after a power cut"),
    ];
}

/// The operands of an operation in the state in which it was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Situation {
    /// Facts about the key, or about the first wrong name in a listing.
    pub facts: Facts,
    /// Where the byte range stands in the value, for partial reads of a live key.
    pub range: Option<RangePosition>,
    /// Why the store may refuse the key, the prefix or the wrong name, if it may.
    pub hazard: Option<NameHazard>,
    /// What another caller asked at the same time.
    pub beside: Option<OperationKind>,
    /// Through which door elements were read.
    pub door: ReadDoor,
}

/// What makes two failures the same kind: the question, how the answer misses, and the
/// situation in which it was asked.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::contract::{Facts, MismatchKind, Situation};
/// use zarr_conform_model::{OperationKind, Signature};
///
/// let signature = Signature {
///     operation: OperationKind::Get,
///     mismatch: MismatchKind::ErrorForAnswer,
///     situation: Situation {
///         facts: Facts::NEVER_SET | Facts::ABOVE_LIVE,
///         ..Situation::default()
///     },
/// };
/// assert_eq!(signature.to_string(), "get: error for answer (never set, above a live key)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature {
    /// The question.
    pub operation: OperationKind,
    /// How the answer misses.
    pub mismatch: MismatchKind,
    /// When it was asked.
    pub situation: Situation,
}

impl RangePosition {
    const fn words(self) -> &'static str {
        match self {
            Self::Inside => "range inside",
            Self::OffsetInside => "offset inside",
            Self::SuffixInside => "suffix inside",
            Self::BoundedOverEnd => "range over the end",
            Self::BoundedPastEnd => "range past the end",
            Self::ZeroLengthInside => "empty range inside",
            Self::ZeroLengthPastEnd => "empty range past the end",
            Self::OffsetAtEnd => "offset at the end",
            Self::OffsetPastEnd => "offset past the end",
            Self::SuffixOver => "suffix longer than the value",
            Self::SuffixZero => "empty suffix",
        }
    }
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = Facts::WORDS.iter().filter(|(fact, _)| self.facts.contains(*fact));
        let words = facts.map(|(_, word)| *word);
        let words = words.chain(self.range.map(RangePosition::words)).map(str::to_owned);
        let words = words.chain(self.hazard.map(|hazard| hazard.to_string()));
        let beside = self.beside.map(|kind| format!("beside {kind}"));
        let door = (self.door != ReadDoor::Plain).then(|| format!("through {}", self.door));
        let words: Vec<_> = words.chain(beside).chain(door).collect();
        f.write_str(&words.join(", "))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.mismatch)?;
        if self.situation != Situation::default() {
            write!(f, " ({})", self.situation)?;
        }
        Ok(())
    }
}

/// Text that is not a signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a signature, such as `get: value lost (live)`")]
pub struct SignatureError(String);

impl FromStr for Situation {
    type Err = SignatureError;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let mut situation = Self::default();
        for word in text.split(", ") {
            let fact = Facts::WORDS.iter().find(|(_, name)| *name == word);
            let range = RangePosition::ALL.into_iter().find(|range| range.words() == word);
            let hazard = NameHazard::ALL.into_iter().find(|hazard| hazard.to_string() == word);
            let door = word.strip_prefix("through ").and_then(ReadDoor::find);
            let beside = word.strip_prefix("beside ").and_then(OperationKind::find);
            if let Some((fact, _)) = fact {
                situation.facts |= *fact;
            } else if range.is_some() {
                situation.range = range;
            } else if hazard.is_some() {
                situation.hazard = hazard;
            } else if beside.is_some() {
                situation.beside = beside;
            } else if let Some(door) = door {
                situation.door = door;
            } else {
                return Err(SignatureError(text.to_owned()));
            }
        }
        Ok(situation)
    }
}

impl FromStr for Signature {
    type Err = SignatureError;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let wrong = || SignatureError(text.to_owned());
        let (operation, rest) = text.split_once(": ").ok_or_else(wrong)?;
        let (mismatch, situation) = match rest.split_once(" (") {
            Some((mismatch, situation)) => {
                (mismatch, situation.strip_suffix(')').ok_or_else(wrong)?.parse()?)
            }
            None => (rest, Situation::default()),
        };
        let operation = OperationKind::find(operation).ok_or_else(wrong)?;
        let named = |kind: &&MismatchKind| kind.name() == mismatch;
        let mismatch = *MismatchKind::ALL.iter().find(named).ok_or_else(wrong)?;
        Ok(Self { operation, mismatch, situation })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Situations that have each fact, each range, each hazard and each kind beside, alone and with
    /// everything else.
    fn situations() -> Vec<Situation> {
        let mut all = vec![Situation::default()];
        let facts = Facts::all().iter().chain([Facts::all()]);
        all.extend(facts.map(|facts| Situation { facts, ..Situation::default() }));
        all.extend(RangePosition::ALL.map(|range| Situation {
            range: Some(range),
            facts: Facts::all(),
            ..Situation::default()
        }));
        all.extend(NameHazard::ALL.map(|hazard| Situation {
            hazard: Some(hazard),
            range: Some(RangePosition::Inside),
            ..Situation::default()
        }));
        all.extend(OperationKind::ALL.iter().map(|kind| Situation {
            beside: Some(*kind),
            hazard: Some(NameHazard::Dot),
            ..Situation::default()
        }));
        all.extend(ReadDoor::ALL.map(|door| Situation {
            facts: Facts::ARRAY,
            door,
            ..Situation::default()
        }));
        all
    }

    #[test]
    fn a_signature_is_read_as_it_was_written() {
        for (at, situation) in situations().into_iter().enumerate() {
            let operation = OperationKind::ALL[at % OperationKind::ALL.len()];
            for mismatch in MismatchKind::ALL.iter().copied() {
                let signature = Signature { operation, mismatch, situation };
                assert_eq!(signature.to_string().parse(), Ok(signature));
            }
        }
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        for text in
            ["", "get", "get: nothing", "got: panic", "get: panic (wet)", "get: panic (live"]
        {
            assert!(text.parse::<Signature>().is_err(), "{text}");
        }
    }
}
