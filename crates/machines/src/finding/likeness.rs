//! Whether two failures are alike, by how they look: all of that policy, in one table.
//!
//! Here and not in `triage`, since a campaign files what it finds by groups, and a case asks whether
//! the store holds something else than it should. The model says how an answer misses, and nothing
//! of which bugs make it miss so. Whether two failures that look different have one cause is not said
//! here: `triage` asks the store.

use zarr_conform_model::contract::{Facts, MismatchKind};
use zarr_conform_model::{OperationKind, Signature};

/// What one way to miss says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    /// The kind that stands for those which one bug shows by turns: a wrong value may be too short
    /// once and too long another time.
    family: MismatchKind,
    says: Says,
}

/// What a wrong answer says of what the store holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// It is of the right kind, and says something wrong of what there is.
    Contents,
    /// It may be wrong because the store holds something else than it should.
    Perhaps,
    /// Nothing, whatever the store holds.
    Nothing,
}

/// The table; a new kind has to be given a row.
const fn row(kind: MismatchKind) -> Row {
    use MismatchKind as Kind;
    use Says::{Contents, Nothing, Perhaps};
    let (family, says) = match kind {
        Kind::ValueTooShort | Kind::ValueTooLong => (Kind::ValueDiffers, Contents),
        Kind::SizeTooSmall => (Kind::SizeTooLarge, Contents),
        Kind::EmptyForAbsent => (Kind::ValueForAbsent, Perhaps),
        Kind::ValueDiffers
        | Kind::ValueLost
        | Kind::ValueForAbsent
        | Kind::SizeTooLarge
        | Kind::KeyMissing
        | Kind::KeyUnexpected
        | Kind::KeyRepeated
        | Kind::ElementsDiffer
        | Kind::DocumentDiffers
        | Kind::NodeMissing
        | Kind::NodeUnexpected => (kind, Contents),
        Kind::TruthDiffers | Kind::AnswerForError => (kind, Perhaps),
        Kind::PartCount
        | Kind::PrefixMissing
        | Kind::PrefixUnexpected
        | Kind::PrefixRepeated
        | Kind::Order
        | Kind::ErrorForAnswer
        | Kind::ErrorClassDiffers
        | Kind::Panicked
        | Kind::TimedOut
        | Kind::StillAsking
        | Kind::Died
        | Kind::Overlong
        | Kind::Diverged
        | Kind::WrongShape
        | Kind::NodeRepeated
        | Kind::NodeKindDiffers
        | Kind::TooManyRequests
        | Kind::LeftBehind
        | Kind::BytesChanged => (kind, Nothing),
    };
    Row { family, says }
}

/// How a key came to be what it is.
const HISTORY: Facts = Facts::EMPTY
    .union(Facts::ERASED)
    .union(Facts::NEVER_SET)
    .union(Facts::OVERWRITTEN)
    .union(Facts::SET_AGAIN)
    .union(Facts::PATCHED);

/// Whether an answer is of the right kind and says something wrong of what the store holds.
pub(super) fn is_content(kind: MismatchKind) -> bool {
    row(kind).says == Says::Contents
}

/// Whether an answer may be wrong because the store holds something else than it should: it says
/// something wrong of what there is, or is an answer where an error was wanted.
pub(crate) fn is_about_content(kind: MismatchKind) -> bool {
    row(kind).says != Says::Nothing
}

/// Whether an answer may be wrong because the store is known to hold something else than it should:
/// directories come of keys.
pub(crate) fn may_come_of_contents(kind: MismatchKind) -> bool {
    let of_directories = matches!(
        kind,
        MismatchKind::PrefixMissing | MismatchKind::PrefixUnexpected | MismatchKind::PrefixRepeated
    );
    of_directories || is_about_content(kind)
}

/// Whether no answer came, and the store may have been left in the middle of something.
pub(crate) const fn is_violent(kind: MismatchKind) -> bool {
    matches!(
        kind,
        MismatchKind::Panicked
            | MismatchKind::TimedOut
            | MismatchKind::StillAsking
            | MismatchKind::Died
    )
}

/// Whether there is no store any more that could be asked, if its process can end.
pub(crate) const fn is_end(kind: MismatchKind) -> bool {
    matches!(kind, MismatchKind::TimedOut | MismatchKind::Died)
}

/// How much harm a wrong answer says is done, the most first: outside of the store, to what is kept in
/// it, to whoever asks; then answers that are wrong alone.
pub(crate) fn harm_of(signature: Signature) -> u8 {
    let Signature { operation, mismatch, .. } = signature;
    match mismatch {
        _ if operation == OperationKind::Audit => 0,
        _ if is_divergence(signature) => 1,
        _ if is_content(mismatch) => 2,
        _ if is_violent(mismatch) => 3,
        MismatchKind::ErrorForAnswer | MismatchKind::AnswerForError => 4,
        _ => 5,
    }
}

/// A signature without what hardly ever decides whether such a failure shows, so that one bug gives
/// few groups of failures: for wrong values, sizes and listings everything counts; for errors and
/// panics, how a value came to be does not.
pub(crate) fn group(signature: Signature) -> Signature {
    let mut group = signature;
    if !is_content(signature.mismatch) {
        group.situation.facts -= HISTORY;
    }
    group
}

/// The kind that stands for those which one bug shows by turns.
pub(crate) fn family(kind: MismatchKind) -> MismatchKind {
    row(kind).family
}

/// Whether the answers miss in ways of one family.
pub(super) fn misses_like(one: Signature, other: Signature) -> bool {
    row(one.mismatch).family == row(other.mismatch).family
}

/// Whether both are the same question with a wrong answer of the same family, on the same kind of
/// range, be it in another situation.
pub(crate) fn is_like(one: Signature, other: Signature) -> bool {
    one.operation == other.operation
        && misses_like(one, other)
        && (one.situation.range == other.situation.range
            // Among several ranges, the bad one need not be the one that goes wrong.
            || one.operation == OperationKind::GetPartialMany
                && one.mismatch != MismatchKind::Panicked)
}

/// Whether an answer shows for sure that the store holds something else than the model: only
/// questions that ask for all of something do.
pub(crate) fn is_divergence(signature: Signature) -> bool {
    let Signature { operation, mismatch, .. } = signature;
    match operation {
        OperationKind::Get => matches!(
            mismatch,
            MismatchKind::ValueTooShort
                | MismatchKind::ValueTooLong
                | MismatchKind::ValueDiffers
                | MismatchKind::ValueLost
                | MismatchKind::ValueForAbsent
        ),
        OperationKind::List => {
            matches!(mismatch, MismatchKind::KeyMissing | MismatchKind::KeyUnexpected)
        }
        OperationKind::ReadArray | OperationKind::GetMetadata | OperationKind::GetChunk => {
            is_content(mismatch)
        }
        _ => false,
    }
}

/// Whether an answer is another value than that which the store should hold, if it is to hold one.
pub(crate) fn is_wrong_value(signature: Signature) -> bool {
    signature.operation == OperationKind::Get
        && (is_divergence(signature) || signature.mismatch == MismatchKind::EmptyForAbsent)
}

/// Whether a wrong answer may stand for another one, to a simpler question: a wrong yes or no is a
/// wrong answer to the question behind it.
pub(crate) fn stands_for(simpler: Signature, original: Signature) -> bool {
    misses_like(simpler, original)
        || original.mismatch == MismatchKind::TruthDiffers
            && (is_content(simpler.mismatch) || simpler.mismatch == MismatchKind::EmptyForAbsent)
}

/// What a failure that takes some features of arrays together does to an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Harm {
    /// It holds something else than it should, wherever that shows.
    Content,
    /// It cannot be asked or written.
    Refused,
    /// Another mismatch than these.
    Other(MismatchKind),
}

impl Harm {
    pub(crate) fn of(mismatch: MismatchKind) -> Self {
        match mismatch {
            MismatchKind::ErrorForAnswer => Self::Refused,
            other if is_content(other) => Self::Content,
            other => Self::Other(other),
        }
    }

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Content => "not as they were written",
            Self::Refused => "refused",
            Self::Other(mismatch) => mismatch.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use zarr_conform_model::contract::{RangePosition, Situation};

    use super::*;

    fn signature(operation: OperationKind, mismatch: MismatchKind) -> Signature {
        Signature { operation, mismatch, situation: Situation::default() }
    }

    #[test]
    fn families_are_of_one_step() {
        for kind in MismatchKind::ALL {
            let family = row(*kind).family;
            assert_eq!(row(family).family, family, "{kind}");
        }
    }

    #[test]
    fn what_diverges_is_content() {
        for operation in OperationKind::ALL {
            for mismatch in MismatchKind::ALL {
                let diverges = is_divergence(signature(*operation, *mismatch));
                assert!(!diverges || is_content(*mismatch), "{operation}: {mismatch}");
                assert!(!is_content(*mismatch) || is_about_content(*mismatch), "{mismatch}");
            }
        }
    }

    #[test]
    fn a_value_may_be_too_short_once_and_too_long_another_time() {
        let get = |mismatch| signature(OperationKind::Get, mismatch);
        let short = get(MismatchKind::ValueTooShort);
        assert!(is_like(short, get(MismatchKind::ValueTooLong)));
        assert!(!is_like(short, get(MismatchKind::ValueLost)));
        let size = signature(OperationKind::SizeKey, MismatchKind::ValueTooLong);
        assert!(!is_like(short, size) && misses_like(short, size));
    }

    #[test]
    fn ranges_tell_failures_apart_but_for_several_at_once() {
        let at = |operation, range| Signature {
            situation: Situation { range, ..Situation::default() },
            ..signature(operation, MismatchKind::ErrorForAnswer)
        };
        let (end, past) = (Some(RangePosition::OffsetAtEnd), Some(RangePosition::OffsetPastEnd));
        let (one, many) = (OperationKind::GetPartial, OperationKind::GetPartialMany);
        assert!(!is_like(at(one, end), at(one, past)));
        assert!(is_like(at(many, end), at(many, past)));
    }

    #[test]
    fn history_counts_for_contents_alone() {
        let facts = Facts::LIVE | Facts::OVERWRITTEN;
        let of = |mismatch| {
            let situation = Situation { facts, ..Situation::default() };
            group(Signature { situation, ..signature(OperationKind::Get, mismatch) })
        };
        assert_eq!(of(MismatchKind::ValueDiffers).situation.facts, facts);
        assert_eq!(of(MismatchKind::Panicked).situation.facts, Facts::LIVE);
    }

    #[test]
    fn a_wrong_yes_or_no_is_a_wrong_answer_to_the_question_behind_it() {
        let exists = signature(OperationKind::Exists, MismatchKind::TruthDiffers);
        let get = |mismatch| signature(OperationKind::Get, mismatch);
        assert!(stands_for(get(MismatchKind::ValueLost), exists));
        assert!(stands_for(get(MismatchKind::EmptyForAbsent), exists));
        assert!(!stands_for(get(MismatchKind::ErrorForAnswer), exists));
    }
}
