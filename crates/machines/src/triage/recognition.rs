//! Which known issue a failure is.
//!
//! The smallest plan of a bug is mostly one, and then its text tells. Where names, directories that
//! are in the way or the order of writes leave several, an error says the same words each time, and a
//! panic comes from one place. What could not be made small has a plan of its own: it is held against
//! what an issue looks like, so that a busy machine, a small budget or an interrupt never makes
//! something known look new.

use crate::finding::finding::{Finding, ShrinkEnd};
use crate::finding::likeness::{family, group, is_divergence, is_like, may_come_of_contents};
use crate::report::known_issue::KnownIssue;
use crate::report::report::Failure;
use crate::report::text::on_one_line;
use crate::triage::cause::Struck;

/// A known issue, and what its plan shows now.
pub(crate) struct Played {
    pub(crate) issue: KnownIssue,
    /// What goes wrong at the end of its plan, if it is what the issue says.
    pub(crate) shown: Option<Finding>,
}

/// How sure it is that a failure is an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Recognition {
    /// The plan is the same, or one of many by its nature.
    Same,
    /// The error has the same words, or the panic the same place.
    SameWords,
    /// It was not made small, and looks like it.
    LooksLike,
}

impl Played {
    /// Whether a failure is this issue.
    pub(crate) fn recognise(&self, failure: &Failure) -> Option<Recognition> {
        if self.issue.matches(failure) {
            return Some(Recognition::Same);
        }
        let (shown, smallest) = (self.shown.as_ref()?, failure.shown.first()?);
        if is_unfinished(failure) {
            return looks_like(smallest, shown).then_some(Recognition::LooksLike);
        }
        if is_same_panic(smallest, shown) {
            return Some(Recognition::SameWords);
        }
        let same_clause = self.issue.clause.is_none_or(|clause| clause == failure.clause);
        let same_words = smallest.words.is_some() && smallest.words == shown.words;
        (same_clause && same_words && self.issue.signature == failure.signature)
            .then_some(Recognition::SameWords)
    }
}

/// What differs from the known issue that a failure is most like, if it nearly is one.
pub(crate) fn near_miss(failure: &Failure, issues: &[Played]) -> Option<String> {
    let likenesses = issues.iter().map(|played| (Alike::of(&played.issue, failure), &played.issue));
    let near = likenesses.filter(|(alike, _)| alike.is_near());
    let (alike, issue) = near.min_by_key(|(alike, _)| alike.differences())?;
    let mut differs = Vec::new();
    if !alike.signature {
        differs.push(format!("the signature is `{}` there", issue.signature));
    }
    if let Some(clause) = issue.clause.filter(|_| !alike.clause) {
        differs.push(format!("the clause is {} there", clause.id()));
    }
    if let Some(plan) = issue.plan.as_ref().filter(|_| !alike.plan) {
        differs.push(format!("the plan is `{}` there", on_one_line(plan)));
    }
    // All three may be the same, and what was made of it in a busy run is not.
    let differs =
        if differs.is_empty() { "it shows otherwise".to_owned() } else { differs.join(", ") };
    Some(format!("nearly the known issue {}: {differs}", issue.id))
}

/// In what a failure is as an issue says.
#[derive(Clone, Copy, Debug)]
struct Alike {
    signature: bool,
    /// The question and how its answer misses, in whichever situation.
    miss: bool,
    clause: bool,
    plan: bool,
}

impl Alike {
    fn of(issue: &KnownIssue, failure: &Failure) -> Self {
        let miss = |signature: &str| signature.split(" (").next().map(str::to_owned);
        let text = failure.plan.to_string();
        Self {
            signature: issue.signature == failure.signature,
            miss: miss(&issue.signature) == miss(&failure.signature),
            clause: issue.clause.is_none_or(|clause| clause == failure.clause),
            plan: issue.plan.as_ref().is_none_or(|plan| plan.to_string() == text),
        }
    }

    const fn is_near(self) -> bool {
        self.plan || self.signature || self.miss && self.clause
    }

    /// How much differs: in a signature alone, least; in a plan, most.
    fn differences(self) -> usize {
        usize::from(!self.clause)
            + usize::from(!self.miss)
            + usize::from(!self.signature)
            + 2 * usize::from(!self.plan)
    }
}

/// Whether a failure could not be made small: nothing but harm tells what it is put together of then.
fn is_unfinished(failure: &Failure) -> bool {
    failure.shrinking.end != ShrinkEnd::Minimal
}

/// Whether something that was put into a failure that could not be made small looks like no issue.
pub(crate) fn has_news(failure: &Failure, issues: &[Played]) -> bool {
    let is_known = |finding: &Finding| {
        issues
            .iter()
            .filter_map(|played| played.shown.as_ref())
            .any(|shown| looks_like(finding, shown))
    };
    is_unfinished(failure) && !failure.shown.iter().all(is_known)
}

/// Whether a failure that was not made small goes wrong as a known one does, or could come of it: if a
/// store is known to hold something else than it should, so is whatever is wrong about what it holds.
fn looks_like(failure: &Finding, known: &Finding) -> bool {
    let (own, other) = (failure.signature, known.signature);
    let comes_of_it = is_divergence(other) && may_come_of_contents(own.mismatch);
    if failure.panic_site.is_some() {
        return is_same_panic(failure, known);
    }
    // So do the words of an error, of operations that ask for the same: `get_many [a]` is `get a`.
    let says_the_same = failure.words.is_some()
        && family(own.mismatch) == family(other.mismatch)
        && Struck::of_kind(own.operation) == Struck::of_kind(other.operation);
    failure.panic_site == known.panic_site
        && failure.words == known.words
        && (group(own) == group(other) || is_like(own, other) || comes_of_it || says_the_same)
}

/// Whether both are a panic at one place, which tells a failure whatever was asked: a range that
/// overflows does so of a key, of a directory and among many.
fn is_same_panic(failure: &Finding, known: &Finding) -> bool {
    failure.panic_site.is_some() && failure.panic_site == known.panic_site
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A read that fails with these words, and was not made small.
    fn failed(signature: &str, words: &str) -> Finding {
        Finding {
            plan: "get a".parse().unwrap(),
            signature: signature.parse().unwrap(),
            clause: zarr_conform_model::Clause::R2,
            panic_site: None,
            words: Some(words.to_owned()),
            came: None,
            got: String::new(),
        }
    }

    #[test]
    fn a_panic_at_a_known_place_is_known_whatever_was_asked() {
        let panicked = |signature: &str, place: &str| Finding {
            panic_site: Some(place.to_owned()),
            words: None,
            ..failed(signature, "")
        };
        let known = panicked("get_many: panic (never set)", "range.rs:115");
        let dot = "get_partial: panic (never set, a name with the segment `.`)";
        assert!(is_same_panic(&panicked(dot, "range.rs:115"), &known));
        assert!(!is_same_panic(&panicked(dot, "store.rs:7"), &known));
    }

    #[test]
    fn an_error_of_many_keys_looks_like_that_of_one_with_the_same_words() {
        let known = failed("get: error for answer (never set, below a live key)", "Not directory");
        let many = |words: &str| failed("get_many: error for answer (never set)", words);
        assert!(looks_like(&many("Not directory"), &known));
        assert!(!looks_like(&many("Permission denied"), &known));
        assert!(!looks_like(
            &failed("erase: error for answer (never set)", "Not directory"),
            &known
        ));
    }
}
