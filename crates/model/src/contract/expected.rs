//! Expectations: the set of outcomes that the contract allows, and how an outcome misses it.
//!
//! What may be there besides what must is part of a listing's expectation: directories that stay
//! behind, chunks that a library keeps although they are empty, the `.zattrs` of a node of Zarr v2
//! without attributes.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde_json::Value as JsonValue;
use zarrs_storage::{StoreKey, StorePrefix};

use crate::contract::clause::Clause;
use crate::contract::dialect::ListOrder;
use crate::contract::document::says;
use crate::contract::mismatch::{Mismatch, MismatchKind};
use crate::contract::outcome::Outcome;
use crate::contract::refusal::{ErrorClass, ErrorClasses, Refusal};
use crate::plan::node_kind::NodeKind;
use crate::plan::text;

/// The outcomes that are allowed for one operation in one state, and the clause that says so.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// The clause that a wrong outcome breaks.
    pub clause: Clause,
    /// The outcome that the clause names first.
    pub wanted: Want<'a>,
    /// What is allowed as well.
    pub alternatives: Vec<Want<'a>>,
    /// The order that listings must have.
    pub order: ListOrder,
}

/// One allowed outcome, borrowed from the model where it is large.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want<'a> {
    /// See [`Outcome::Done`].
    Done,
    /// See [`Outcome::Absent`].
    Absent,
    /// See [`Outcome::Value`].
    Value(&'a [u8]),
    /// See [`Outcome::Values`].
    Values(Vec<Part<'a>>),
    /// The same, but that something went wrong on the way, so that any of them may be an error.
    ValuesOrErrors(Vec<Part<'a>>),
    /// See [`Outcome::Keys`]; in byte order.
    Keys(Vec<&'a StoreKey>),
    /// Keys that must be there, in byte order, and others that may.
    KeysAmong {
        /// The keys that must be there.
        keys: Vec<&'a StoreKey>,
        /// The names that may be there as well; those of no keys do no harm.
        optional: Vec<&'a str>,
    },
    /// See [`Outcome::Directory`]; both in byte order.
    Directory {
        /// The keys directly below.
        keys: Vec<&'a StoreKey>,
        /// The prefixes directly below, with the slash at their end.
        prefixes: Vec<&'a str>,
        /// Keys and prefixes that may be there as well.
        optional: Vec<&'a str>,
    },
    /// See [`Outcome::Size`].
    Size(u64),
    /// See [`Outcome::Truth`].
    Truth(bool),
    /// These bytes, made for the question.
    Bytes(Vec<u8>),
    /// Any value.
    Present,
    /// See [`Outcome::Elements`].
    Elements(Vec<u64>),
    /// See [`Outcome::Nodes`]; by path, in byte order.
    Nodes(Vec<(String, NodeKind)>),
    /// A metadata document, or the bytes of one, that says this and perhaps more.
    Document(JsonValue),
    /// Any answer and any error.
    Anything,
    /// Any answer, or an error, but not that there is no value.
    Held,
    /// An error of one of these classes.
    Error(ErrorClasses),
}

/// What is allowed for one of several parts of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// These bytes.
    Bytes(&'a [u8]),
    /// An error that says that the range is invalid.
    Refused,
    /// Either of them.
    Either(&'a [u8]),
    /// Nothing: the key has no value.
    Absent,
}

/// The errors that say that a range is not one the value has.
pub(crate) const BAD_RANGE: ErrorClasses = ErrorClasses::of(&[ErrorClass::InvalidRange]);

impl<'a> Expected<'a> {
    /// Exactly one allowed outcome.
    #[must_use]
    pub fn only(clause: Clause, wanted: Want<'a>) -> Self {
        Self { clause, wanted, alternatives: Vec::new(), order: ListOrder::Unordered }
    }

    /// Allows another outcome as well.
    #[must_use]
    pub fn or(mut self, alternative: Want<'a>) -> Self {
        if alternative != self.wanted && !self.alternatives.contains(&alternative) {
            self.alternatives.push(alternative);
        }
        self
    }

    /// Holds an outcome against what is allowed.
    ///
    /// # Errors
    ///
    /// Returns how the outcome misses the nearest of the allowed if it is none of them.
    pub fn judge(&self, outcome: &Outcome) -> Result<(), Mismatch> {
        let Err(mut nearest) = self.wanted.judge(outcome, self.order) else {
            return Ok(());
        };
        for want in &self.alternatives {
            match want.judge(outcome, self.order) {
                Ok(()) => return Ok(()),
                Err(mismatch) if mismatch.kind < nearest.kind => nearest = mismatch,
                Err(_) => {}
            }
        }
        Err(nearest)
    }
}

impl Expected<'_> {
    /// The clause that an outcome breaks which misses in this way: that two ways into one place
    /// disagree is a matter of its own, whatever was asked.
    #[must_use]
    pub const fn broken_by(&self, mismatch: &Mismatch) -> Clause {
        match mismatch.kind {
            MismatchKind::Diverged => Clause::O10,
            MismatchKind::LeftBehind => Clause::X10,
            _ => self.clause,
        }
    }
}

impl fmt::Display for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wanted.fmt(f)?;
        self.alternatives.iter().try_for_each(|want| write!(f, " or {want}"))
    }
}

impl Want<'_> {
    /// Whether the outcome is an error.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }

    fn judge(&self, outcome: &Outcome, order: ListOrder) -> Result<(), Mismatch> {
        match (self, outcome) {
            (_, Outcome::Panicked(_)) => Err(MismatchKind::Panicked.alone()),
            (_, Outcome::TimedOut) => Err(MismatchKind::TimedOut.alone()),
            (_, Outcome::Died(_)) => Err(MismatchKind::Died.alone()),
            (_, Outcome::Overlong { .. }) => Err(MismatchKind::Overlong.alone()),
            (_, Outcome::StillAsking(_)) => Err(MismatchKind::StillAsking.alone()),
            (_, Outcome::Diverged(_)) => Err(MismatchKind::Diverged.alone()),
            (_, Outcome::LeftBehind(_)) => Err(MismatchKind::LeftBehind.alone()),
            (Self::Held, answer) if *answer != Outcome::Absent => Ok(()),
            (Self::Anything, _)
            | (Self::Done, Outcome::Done)
            | (Self::Absent, Outcome::Absent)
            | (Self::Present, Outcome::Value(_)) => Ok(()),
            (Self::Value(wanted), Outcome::Value(got)) => judge_bytes(wanted, got),
            (Self::Values(wanted), Outcome::Values(got)) => judge_parts(wanted, got, false),
            (Self::ValuesOrErrors(wanted), Outcome::Values(got)) => judge_parts(wanted, got, true),
            (Self::Keys(wanted), Outcome::Keys(got)) => judge_keys(wanted, got, order),
            (
                Self::Directory { keys, prefixes, optional },
                Outcome::Directory { keys: got_keys, prefixes: got_prefixes },
            ) => {
                judge_keys(keys, &without(optional, got_keys, StoreKey::as_str), order)?;
                judge_prefixes(
                    prefixes,
                    &without(optional, got_prefixes, StorePrefix::as_str),
                    order,
                )
            }
            (Self::KeysAmong { keys, optional }, Outcome::Keys(got)) => {
                judge_keys(keys, &without(optional, got, StoreKey::as_str), order)
            }
            (Self::Size(wanted), Outcome::Size(got)) => match got.cmp(wanted) {
                std::cmp::Ordering::Equal => Ok(()),
                std::cmp::Ordering::Less => Err(MismatchKind::SizeTooSmall.alone()),
                std::cmp::Ordering::Greater => Err(MismatchKind::SizeTooLarge.alone()),
            },
            (Self::Truth(wanted), Outcome::Truth(got)) if wanted == got => Ok(()),
            (Self::Truth(_), Outcome::Truth(_)) => Err(MismatchKind::TruthDiffers.alone()),
            (Self::Bytes(wanted), Outcome::Value(got)) => judge_bytes(wanted, got),
            (Self::Elements(wanted), Outcome::Elements(got)) if wanted == got => Ok(()),
            (Self::Elements(_), Outcome::Elements(_)) => Err(MismatchKind::ElementsDiffer.alone()),
            (Self::Nodes(wanted), Outcome::Nodes(got)) => judge_nodes(wanted, got),
            (Self::Document(wanted), Outcome::Document(got)) => judge_document(wanted, got),
            (Self::Document(wanted), Outcome::Value(got)) => {
                let got = serde_json::from_slice(got);
                got.map_or(Err(MismatchKind::DocumentDiffers.alone()), |got: JsonValue| {
                    judge_document(wanted, &got)
                })
            }
            (Self::Error(classes), Outcome::Refused(refusal)) => judge_error(*classes, refusal),
            (_, Outcome::Refused(_)) => Err(MismatchKind::ErrorForAnswer.alone()),
            (Self::Error(_), _) => Err(MismatchKind::AnswerForError.alone()),
            (
                Self::Value(_)
                | Self::Values(_)
                | Self::ValuesOrErrors(_)
                | Self::Size(_)
                | Self::Bytes(_)
                | Self::Present
                | Self::Held
                | Self::Document(_),
                Outcome::Absent,
            ) => Err(MismatchKind::ValueLost.alone()),
            (Self::Absent, Outcome::Value(got)) if got.is_empty() => {
                Err(MismatchKind::EmptyForAbsent.alone())
            }
            (Self::Absent, Outcome::Value(_) | Outcome::Values(_) | Outcome::Size(_)) => {
                Err(MismatchKind::ValueForAbsent.alone())
            }
            _ => Err(MismatchKind::WrongShape.alone()),
        }
    }
}

/// The names of a listing without those that it may have.
fn without<'a, N: Clone>(
    optional: &[&str],
    got: &'a [N],
    text: impl Fn(&N) -> &str,
) -> Cow<'a, [N]> {
    if optional.is_empty() {
        return Cow::Borrowed(got);
    }
    let must = got.iter().filter(|name| !optional.contains(&text(name)));
    Cow::Owned(must.cloned().collect())
}

fn judge_bytes(wanted: &[u8], got: &[u8]) -> Result<(), Mismatch> {
    if wanted == got {
        return Ok(());
    }
    Err(if wanted.starts_with(got) {
        MismatchKind::ValueTooShort
    } else if got.starts_with(wanted) {
        MismatchKind::ValueTooLong
    } else {
        MismatchKind::ValueDiffers
    }
    .alone())
}

fn judge_document(wanted: &JsonValue, got: &JsonValue) -> Result<(), Mismatch> {
    if says(got, wanted) { Ok(()) } else { Err(MismatchKind::DocumentDiffers.alone()) }
}

fn judge_nodes(wanted: &[(String, NodeKind)], got: &[(String, NodeKind)]) -> Result<(), Mismatch> {
    let kinds = NameKinds {
        missing: MismatchKind::NodeMissing,
        unexpected: MismatchKind::NodeUnexpected,
        repeated: MismatchKind::NodeRepeated,
    };
    let paths = got.iter().map(|(path, _)| path.as_str());
    judge_names(wanted.iter().map(|(path, _)| path.as_str()), paths, ListOrder::Unordered, &kinds)?;
    let of_kind = |(path, kind): &(String, NodeKind)| {
        got.iter().any(|(other, other_kind)| other == path && other_kind == kind)
    };
    let wrong = wanted.iter().find(|node| !of_kind(node));
    wrong.map_or(Ok(()), |(path, _)| Err(MismatchKind::NodeKindDiffers.at(path)))
}

fn judge_error(classes: ErrorClasses, refusal: &Refusal) -> Result<(), Mismatch> {
    if classes.contains(refusal.class) {
        return Ok(());
    }
    Err(MismatchKind::ErrorClassDiffers.alone())
}

fn judge_parts(
    wanted: &[Part<'_>],
    got: &[Result<Option<Bytes>, Refusal>],
    may_fail: bool,
) -> Result<(), Mismatch> {
    if wanted.len() != got.len() {
        return Err(MismatchKind::PartCount.alone());
    }
    wanted.iter().zip(got).try_for_each(|pair| match pair {
        (_, Err(_)) if may_fail => Ok(()),
        (Part::Bytes(wanted) | Part::Either(wanted), Ok(Some(got))) => judge_bytes(wanted, got),
        (Part::Absent, Ok(None)) => Ok(()),
        (Part::Absent, Ok(Some(_))) => Err(MismatchKind::ValueForAbsent.alone()),
        (Part::Bytes(_) | Part::Either(_), Ok(None)) => Err(MismatchKind::ValueLost.alone()),
        (Part::Refused | Part::Either(_), Err(refusal)) => judge_error(BAD_RANGE, refusal),
        (Part::Bytes(_) | Part::Absent, Err(_)) => Err(MismatchKind::ErrorForAnswer.alone()),
        (Part::Refused, Ok(_)) => Err(MismatchKind::AnswerForError.alone()),
    })
}

/// Which mismatch a wrong name in a listing is.
struct NameKinds {
    missing: MismatchKind,
    unexpected: MismatchKind,
    repeated: MismatchKind,
}

fn judge_keys(wanted: &[&StoreKey], got: &[StoreKey], order: ListOrder) -> Result<(), Mismatch> {
    let kinds = NameKinds {
        missing: MismatchKind::KeyMissing,
        unexpected: MismatchKind::KeyUnexpected,
        repeated: MismatchKind::KeyRepeated,
    };
    let got = got.iter().map(StoreKey::as_str);
    judge_names(wanted.iter().map(|key| key.as_str()), got, order, &kinds)
}

fn judge_prefixes(wanted: &[&str], got: &[StorePrefix], order: ListOrder) -> Result<(), Mismatch> {
    let kinds = NameKinds {
        missing: MismatchKind::PrefixMissing,
        unexpected: MismatchKind::PrefixUnexpected,
        repeated: MismatchKind::PrefixRepeated,
    };
    let got = got.iter().map(StorePrefix::as_str);
    judge_names(wanted.iter().copied(), got, order, &kinds)
}

/// Compares names as sets that repeat nothing, then their order. `wanted` is in byte order.
fn judge_names<'a>(
    wanted: impl ExactSizeIterator<Item = &'a str> + Clone,
    got: impl ExactSizeIterator<Item = &'a str> + Clone,
    order: ListOrder,
    kinds: &NameKinds,
) -> Result<(), Mismatch> {
    if order != ListOrder::Segments && wanted.clone().eq(got.clone()) {
        return Ok(());
    }
    let mut sorted: Vec<_> = got.clone().collect();
    sorted.sort_unstable();
    let mut rest = sorted.iter().copied().peekable();
    let (mut unexpected, mut repeated) = (None, None);
    let mut last = None;
    for name in wanted {
        // What sorts before the wanted name is not wanted, unless it repeats the last one.
        while let Some(other) = rest.next_if(|other| *other < name) {
            if last == Some(other) {
                repeated.get_or_insert(other);
            } else {
                unexpected.get_or_insert(other);
            }
        }
        if rest.next_if_eq(&name).is_none() {
            return Err(kinds.missing.at(name));
        }
        last = Some(name);
    }
    for other in rest {
        if last == Some(other) {
            repeated.get_or_insert(other);
        } else {
            unexpected.get_or_insert(other);
        }
    }
    if let Some(name) = unexpected {
        return Err(kinds.unexpected.at(name));
    }
    if let Some(name) = repeated {
        return Err(kinds.repeated.at(name));
    }
    let in_order = match order {
        ListOrder::Unordered => true,
        ListOrder::Bytes => got.is_sorted(),
        ListOrder::Segments => got.is_sorted_by(|a, b| a.split('/').le(b.split('/'))),
    };
    if in_order { Ok(()) } else { Err(MismatchKind::Order.alone()) }
}

impl fmt::Display for Want<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Absent => f.write_str("absent"),
            Self::Value(bytes) => text::write_bytes_short(f, bytes),
            Self::Values(parts) | Self::ValuesOrErrors(parts) => {
                text::write_list_short(f, parts.iter())
            }
            Self::Keys(keys) => {
                text::write_list_short(f, keys.iter().map(|key| text::Name(key.as_str())))
            }
            Self::KeysAmong { keys, optional } => {
                text::write_list_short(f, keys.iter().map(|key| text::Name(key.as_str())))?;
                write_optional(f, optional)
            }
            Self::Directory { keys, prefixes, optional } => {
                f.write_str("keys ")?;
                text::write_list_short(f, keys.iter().map(|key| text::Name(key.as_str())))?;
                f.write_str(" prefixes ")?;
                text::write_list_short(f, prefixes.iter().map(|prefix| text::Prefix(prefix)))?;
                write_optional(f, optional)
            }
            Self::Size(size) => write!(f, "{size}"),
            Self::Truth(truth) => write!(f, "{truth}"),
            Self::Bytes(bytes) => text::write_bytes_short(f, bytes),
            Self::Present => f.write_str("a value"),
            Self::Elements(bits) => text::write_elements(f, bits),
            Self::Nodes(nodes) => {
                text::write_nodes(f, nodes.iter().map(|(path, kind)| (path.as_str(), *kind)))
            }
            Self::Document(document) => write!(f, "{document}"),
            Self::Anything => f.write_str("anything"),
            Self::Held => f.write_str("anything but absent"),
            Self::Error(classes) => classes.fmt(f),
        }
    }
}

fn write_optional(f: &mut fmt::Formatter<'_>, optional: &[&str]) -> fmt::Result {
    if optional.is_empty() {
        return Ok(());
    }
    f.write_str(", perhaps ")?;
    text::write_list_short(f, optional.iter().map(|name| text::Name(name)))
}

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => text::write_bytes_short(f, bytes),
            Self::Refused => BAD_RANGE.fmt(f),
            Self::Absent => f.write_str("absent"),
            Self::Either(bytes) => {
                text::write_bytes_short(f, bytes)?;
                write!(f, " or {BAD_RANGE}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn kind_of(want: Want<'_>, outcome: &Outcome) -> Option<MismatchKind> {
        let judged = Expected::only(Clause::R1, want).judge(outcome);
        judged.err().map(|mismatch| mismatch.kind)
    }

    fn listing(want: &[&str], got: &[&str], order: ListOrder) -> Result<(), Mismatch> {
        let keys =
            |names: &[&str]| names.iter().map(|name| StoreKey::new(*name).unwrap()).collect();
        let (want, got): (Vec<_>, Vec<_>) = (keys(want), keys(got));
        let expected =
            Expected { order, ..Expected::only(Clause::L1, Want::Keys(want.iter().collect())) };
        expected.judge(&Outcome::Keys(got))
    }

    #[test]
    fn values_differ_in_a_direction() {
        let value = |text: &'static str| Outcome::Value(Bytes::from_static(text.as_bytes()));
        assert_eq!(kind_of(Want::Value(b"ab"), &value("ab")), None);
        assert_eq!(kind_of(Want::Value(b"ab"), &value("a")), Some(MismatchKind::ValueTooShort));
        assert_eq!(kind_of(Want::Value(b"ab"), &value("abc")), Some(MismatchKind::ValueTooLong));
        assert_eq!(kind_of(Want::Value(b"ab"), &value("b")), Some(MismatchKind::ValueDiffers));
        assert_eq!(kind_of(Want::Value(b""), &Outcome::Absent), Some(MismatchKind::ValueLost));
        assert_eq!(kind_of(Want::Absent, &value("")), Some(MismatchKind::EmptyForAbsent));
        assert_eq!(kind_of(Want::Absent, &value("a")), Some(MismatchKind::ValueForAbsent));
        assert_eq!(kind_of(Want::Done, &value("a")), Some(MismatchKind::WrongShape));
    }

    #[test]
    fn an_error_must_be_of_an_allowed_class() {
        let refused = |class| Outcome::Refused(Refusal::new(class, "no"));
        let want = || Want::Error(BAD_RANGE);
        assert_eq!(kind_of(want(), &refused(ErrorClass::InvalidRange)), None);
        let other = kind_of(want(), &refused(ErrorClass::NotFound));
        assert_eq!(other, Some(MismatchKind::ErrorClassDiffers));
        assert_eq!(kind_of(want(), &Outcome::Done), Some(MismatchKind::AnswerForError));
        let error = kind_of(Want::Done, &refused(ErrorClass::Other));
        assert_eq!(error, Some(MismatchKind::ErrorForAnswer));
        let any = Want::Error(ErrorClasses::ANY);
        let transient = kind_of(any, &refused(ErrorClass::Transient));
        assert_eq!(transient, Some(MismatchKind::ErrorClassDiffers));
    }

    #[test]
    fn an_alternative_is_as_right_as_the_first() {
        let expected = Expected::only(Clause::W9, Want::Done).or(Want::Absent);
        assert_eq!(expected.judge(&Outcome::Absent), Ok(()));
        assert!(expected.judge(&Outcome::Size(1)).is_err());
        assert_eq!(expected.to_string(), "done or absent");
    }

    #[test]
    fn listings_are_compared_as_sets_that_repeat_nothing() {
        let any = ListOrder::Unordered;
        assert_eq!(listing(&["a", "b"], &["b", "a"], any), Ok(()));
        let missing = listing(&["a", "b", "c"], &["c", "a"], any);
        assert_eq!(missing, Err(MismatchKind::KeyMissing.at("b")));
        let unexpected = listing(&["a"], &["x", "a"], any);
        assert_eq!(unexpected, Err(MismatchKind::KeyUnexpected.at("x")));
        let repeated = listing(&["a", "b"], &["a", "b", "a"], any);
        assert_eq!(repeated, Err(MismatchKind::KeyRepeated.at("a")));
        let repeated_last = listing(&["a"], &["a", "a"], any);
        assert_eq!(repeated_last, Err(MismatchKind::KeyRepeated.at("a")));
    }

    #[test]
    fn order_is_checked_where_it_is_declared() {
        let keys = ["a-b", "a/b"];
        let walked = ["a/b", "a-b"];
        assert_eq!(listing(&keys, &keys, ListOrder::Bytes), Ok(()));
        let by_bytes = listing(&keys, &walked, ListOrder::Bytes);
        assert_eq!(by_bytes, Err(MismatchKind::Order.alone()));
        assert_eq!(listing(&keys, &walked, ListOrder::Segments), Ok(()));
        let by_segments = listing(&keys, &keys, ListOrder::Segments);
        assert_eq!(by_segments, Err(MismatchKind::Order.alone()));
    }

    #[test]
    fn parts_are_judged_one_by_one() {
        let parts = [Part::Bytes(b"a"), Part::Refused, Part::Either(b"")];
        let bad = || Err(Refusal::new(ErrorClass::InvalidRange, "no"));
        let good = |text: &'static str| Ok(Some(Bytes::from_static(text.as_bytes())));
        let judge = |got| kind_of(Want::Values(parts.to_vec()), &Outcome::Values(got));
        assert_eq!(judge(vec![good("a"), bad(), bad()]), None);
        assert_eq!(judge(vec![good("a"), bad(), good("")]), None);
        assert_eq!(judge(vec![good("a"), bad()]), Some(MismatchKind::PartCount));
        assert_eq!(judge(vec![bad(), bad(), bad()]), Some(MismatchKind::ErrorForAnswer));
        let answered = judge(vec![good("a"), good("b"), bad()]);
        assert_eq!(answered, Some(MismatchKind::AnswerForError));
    }
}
