//! Shrinking: proposes ever simpler plans, and keeps those of which it is told that they fail too.
//!
//! The shrinker proposes, and is told: `candidate`, then `accept` or `reject`. It knows no store,
//! so campaigns and proptest's `ValueTree` share it. It tries whole slices that bear on the last
//! operation, one value for all sets, halving chunks, names, arguments, exchanges and pairs, and
//! never the same plan twice; a plan is simpler by the order in `plan_size.rs`.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use zarr_conform_model::{Plan, Step};

use crate::shrink::exchanges::exchanges;
use crate::shrink::leave_out::{FEW, fewer, without, without_few};
use crate::shrink::nodes_together::together;
use crate::shrink::plan_size::PlanSize;
use crate::shrink::renaming::renamings;
use crate::shrink::simplify_fault::earlier_with_less;
use crate::shrink::simplify_step::variants_of;
use crate::shrink::simplify_together::simpler_together;
use crate::shrink::slices::slices;
use crate::shrink::tiny_arrays::tiny_arrays;
use crate::shrink::values_together::{
    letters_for_values, plain_values, renumbered, shorter_values,
};

/// Plans of more operations than this are first cut at their start and before their end: where it takes
/// so many, it hardly matters which. A guess.
const MANY: usize = 64;

/// A search for the simplest plan that still fails.
///
/// Take a [`candidate`](Self::candidate), play it, and say whether it fails in the same way:
/// [`accept`](Self::accept) or [`reject`](Self::reject). When no candidate is left,
/// [`best`](Self::best) is the minimum: nothing in it can be left out or made simpler alone, nor
/// any two operations together.
///
/// The order is: whole slices (only the operations that bear on what the last one asks), then
/// one value for all sets and nothing special about any node, then cuts at the ends of long plans and
/// halving chunks, then names, then
/// arguments, then arrays together with what is done to them and values together with the ranges
/// that are read of them, then operations and values exchanged, so that
/// what may come in any order comes in one, then pairs and runs of few; from the start again as
/// long as something was found. No plan is proposed twice.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::{Operation, Plan};
/// use zarr_conform_rules::Shrinker;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let plan: Plan = "set foo/bar 100*#3\nlist\nset q \"\"\nget foo/bar".parse()?;
/// // A store that loses values of more than two bytes.
/// let fails = |plan: &Plan| match plan.operations().collect::<Vec<_>>()[..] {
///     [.., Operation::Set { value, .. }, Operation::Get { .. }] => value.len() > 2,
///     _ => false,
/// };
/// let mut shrinker = Shrinker::new(plan);
/// while let Some(candidate) = shrinker.candidate() {
///     if fails(&candidate) { shrinker.accept() } else { shrinker.reject() }
/// }
/// assert_eq!(shrinker.best().to_string(), "zarr-conform plan 1\nset a \"abc\"\nget a\n");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Shrinker {
    best: Plan,
    size: PlanSize,
    pass: Pass,
    proposed: Option<(Plan, PlanSize)>,
    tried: HashSet<u64>,
    progressed: bool,
    leaves_out_only: bool,
    leaves_out_singly: bool,
}

/// Where the search stands.
#[derive(Debug)]
enum Pass {
    Slices(VecDeque<Plan>),
    Plain(VecDeque<Plan>),
    Cuts { size: usize, is_at_start: bool },
    Chunks { size: usize, start: usize },
    Names(VecDeque<Plan>),
    Arguments { operation: usize, variants: VecDeque<Step> },
    Lengths(VecDeque<Plan>),
    Exchanges(VecDeque<Plan>),
    Few(VecDeque<Plan>),
    Done,
}

impl Shrinker {
    /// Starts from a plan that fails; in which order its callers go is left open.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let best = plan.with_turns(None).compact();
        let pass = Pass::Slices(slices(&best).into());
        let tried = HashSet::from([fingerprint(&best)]);
        Self {
            size: PlanSize::of(&best),
            best,
            pass,
            proposed: None,
            tried,
            progressed: false,
            leaves_out_only: false,
            leaves_out_singly: false,
        }
    }

    /// Leaves out operations, and changes none, but for making one of two neighbouring writes of one
    /// key.
    #[must_use]
    pub fn leave_out_only(mut self) -> Self {
        self.leaves_out_only = true;
        self
    }

    /// Leaves out operations, and changes none; none together that could not be left out alone.
    #[must_use]
    pub fn leave_out_singly(self) -> Self {
        Self { leaves_out_singly: true, ..self.leave_out_only() }
    }

    /// The simplest plan so far that is known to fail.
    #[must_use]
    pub fn best(&self) -> &Plan {
        &self.best
    }

    /// The next plan to try, or `None` if there is nothing left to try.
    ///
    /// Without an answer to the last candidate, that one is taken for rejected.
    pub fn candidate(&mut self) -> Option<Plan> {
        self.proposed = None;
        loop {
            let plan = self.propose()?;
            let new_size = PlanSize::of(&plan);
            if new_size < self.size && self.tried.insert(fingerprint(&plan)) {
                self.proposed = Some((plan.clone(), new_size));
                return Some(plan);
            }
            self.reject();
        }
    }

    /// The last candidate fails too.
    pub fn accept(&mut self) {
        let length = self.proposed.as_ref().map_or(0, |(plan, _)| plan.len());
        self.accept_first(length);
    }

    /// The last candidate fails too, and its first `length` operations show it.
    pub fn accept_first(&mut self, length: usize) {
        let Some((plan, new_size)) = self.proposed.take() else {
            return;
        };
        (self.best, self.size) = if length < plan.len() {
            let cut = plan.first(length).compact();
            let cut_size = PlanSize::of(&cut);
            (cut, cut_size)
        } else {
            (plan, new_size)
        };
        self.progressed = true;
        match &mut self.pass {
            // The slice stays; a narrower one may still be tried by chunks.
            Pass::Slices(rest) | Pass::Plain(rest) => rest.clear(),
            // What stood behind the chunk stands in its place now.
            Pass::Cuts { .. } | Pass::Chunks { .. } | Pass::Done => {}
            Pass::Names(rest) => *rest = renamings(&self.best),
            Pass::Arguments { operation, variants } => {
                *operation = (*operation).min(self.best.len().saturating_sub(1));
                *variants = variants_of(&self.best, *operation);
            }
            Pass::Lengths(rest) => *rest = changed_together(&self.best),
            Pass::Exchanges(rest) => *rest = exchanges(&self.best),
            Pass::Few(_) if self.leaves_out_singly => {}
            Pass::Few(rest) if self.leaves_out_only => *rest = fewer(&self.best),
            Pass::Few(rest) => *rest = few(&self.best),
        }
    }

    /// The last candidate does not fail in the same way.
    pub fn reject(&mut self) {
        self.proposed = None;
        match &mut self.pass {
            Pass::Chunks { size, start } => *start += *size,
            Pass::Cuts { is_at_start, .. } if *is_at_start => *is_at_start = false,
            Pass::Cuts { size, is_at_start } => (*size, *is_at_start) = (*size / 2, true),
            _ => {}
        }
    }

    /// A plan that may be simpler; moves through the passes until there is one.
    fn propose(&mut self) -> Option<Plan> {
        let steps = self.best.steps();
        loop {
            match &mut self.pass {
                Pass::Slices(rest) => match rest.pop_front() {
                    Some(plan) => return Some(plan),
                    None if self.leaves_out_only => self.pass = Pass::Plain(VecDeque::new()),
                    None => self.pass = Pass::Plain(plain_values(&self.best)),
                },
                Pass::Plain(rest) => match rest.pop_front() {
                    Some(plan) => return Some(plan),
                    None => self.pass = Pass::Cuts { size: steps.len() / 2, is_at_start: true },
                },
                Pass::Cuts { size, is_at_start } => {
                    let (count, last) = (steps.len(), steps.len().saturating_sub(1));
                    if *size > 0 && *size < last && count > MANY {
                        let cut = if *is_at_start { 0..*size } else { last - *size..last };
                        return Some(without(&self.best, |at| cut.contains(&at)));
                    }
                    self.pass = match *size {
                        // What is left is too few for as many to be cut.
                        2.. if count > MANY => Pass::Cuts { size: *size / 2, is_at_start: true },
                        _ => Pass::Chunks { size: count.div_ceil(2), start: 0 },
                    };
                }
                Pass::Chunks { size, start } => {
                    if *start < steps.len() && *size < steps.len() {
                        let end = (*start + *size).min(steps.len());
                        return Some(without(&self.best, |at| (*start..end).contains(&at)));
                    }
                    (*size, *start) = (*size / 2, 0);
                    if *size == 0 {
                        self.pass = if self.leaves_out_singly {
                            Pass::Few(VecDeque::new())
                        } else if self.leaves_out_only {
                            Pass::Few(fewer(&self.best))
                        } else {
                            Pass::Names(renamings(&self.best))
                        };
                    }
                }
                Pass::Names(rest) => match rest.pop_front() {
                    Some(plan) => return Some(plan),
                    None => {
                        let variants = variants_of(&self.best, 0);
                        self.pass = Pass::Arguments { operation: 0, variants };
                    }
                },
                Pass::Arguments { operation, variants } => {
                    if let Some(variant) = variants.pop_front() {
                        let mut steps = steps.to_vec();
                        steps[*operation] = variant;
                        return Some(self.best.with_steps(steps).compact());
                    }
                    *operation += 1;
                    if *operation < steps.len() {
                        *variants = variants_of(&self.best, *operation);
                    } else {
                        self.pass = Pass::Lengths(changed_together(&self.best));
                    }
                }
                Pass::Lengths(rest) => match rest.pop_front() {
                    Some(plan) => return Some(plan),
                    None => self.pass = Pass::Exchanges(exchanges(&self.best)),
                },
                Pass::Exchanges(rest) => match rest.pop_front() {
                    Some(plan) => return Some(plan),
                    None => self.pass = Pass::Few(few(&self.best)),
                },
                Pass::Few(rest) => match rest.pop_front() {
                    Some(plan) => return Some(plan),
                    None if std::mem::take(&mut self.progressed) => {
                        self.pass = Pass::Cuts { size: steps.len() / 2, is_at_start: true };
                    }
                    None => self.pass = Pass::Done,
                },
                Pass::Done => return None,
            }
        }
    }
}

fn fingerprint(plan: &Plan) -> u64 {
    let mut hasher = DefaultHasher::new();
    plan.to_string().hash(&mut hasher);
    hasher.finish()
}

/// What is tried at last, on short plans alone.
fn few(plan: &Plan) -> VecDeque<Plan> {
    let mut plans = without_few(plan);
    if plan.len() <= FEW {
        plans.extend(earlier_with_less(plan));
    }
    plans.extend(tiny_arrays(plan));
    plans.extend(simpler_together(plan));
    plans
}

/// The plan with several operations changed alike: those on one array, or on one value.
fn changed_together(plan: &Plan) -> VecDeque<Plan> {
    let mut plans = together(plan);
    plans.extend(letters_for_values(plan));
    plans.extend(renumbered(plan));
    plans.extend(shorter_values(plan));
    plans
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use expect_test::{Expect, expect};
    use zarr_conform_model::plan::Fault;
    use zarr_conform_model::{Dialect, Model, Operation, Outcome, StoreModel, Want};

    use super::*;

    /// Shrinks by a rule that says which plans fail.
    fn check(plan: &str, fails: impl Fn(&Plan) -> bool, minimum: Expect) {
        let plan: Plan = plan.replace("; ", "\n").parse().unwrap();
        assert!(fails(&plan), "the plan fails to begin with");
        let mut shrinker = Shrinker::new(plan);
        let mut runs = 0;
        while let Some(candidate) = shrinker.candidate() {
            runs += 1;
            assert!(runs < 2000, "the search ends");
            if fails(&candidate) {
                shrinker.accept();
            } else {
                shrinker.reject();
            }
        }
        let text = shrinker.best().to_string();
        let lines: Vec<_> = text.lines().skip(1).collect();
        minimum.assert_eq(&lines.join("; "));
    }

    /// Whether the model expects a listing at the end that a store with string prefixes gets wrong.
    fn string_prefix_bug(plan: &Plan) -> bool {
        let mut model = StoreModel::new(plan.names().clone(), Dialect::ZARRS);
        for operation in plan.operations() {
            if let Operation::ListPrefix { prefix } = operation {
                let stem = plan.names().prefix(*prefix).as_str().trim_end_matches('/');
                let live = model.live_keys();
                let keys = live.iter().map(|key| plan.names().key(*key));
                let wrong = keys.filter(|key| key.as_str().starts_with(stem)).collect();
                if Want::Keys(wrong) != model.expect(operation).wanted {
                    return true;
                }
            }
            model.advance(operation, &Outcome::Done);
        }
        false
    }

    fn ends_in_get(plan: &Plan) -> bool {
        matches!(plan.last(), Some(Operation::Get { .. }))
    }

    #[test]
    fn many_operations_become_as_many_as_it_takes_in_few_steps() {
        let sets = |count: usize| "set a \"\"; ".repeat(count);
        let mut shrinker =
            Shrinker::new((sets(3000) + "get a").replace("; ", "\n").parse().unwrap());
        let mut runs = 0;
        while runs < 40 {
            let Some(candidate) = shrinker.candidate() else { break };
            runs += 1;
            let fails = candidate.len() > 1001 && ends_in_get(&candidate);
            if fails { shrinker.accept() } else { shrinker.reject() }
        }
        assert_eq!(shrinker.best().len(), 1002);
    }

    #[test]
    fn what_strikes_every_fourth_time_goes_by_fours() {
        let plan = "set b \"\"; ".to_owned() + &"set a \"\"; ".repeat(11) + "get b";
        let fails = |plan: &Plan| {
            let (first, last) = (plan.operations().next(), plan.last());
            let is_kept = first.and_then(Operation::key) == last.and_then(Operation::key);
            plan.len() > 4 && plan.len() % 4 == 1 && is_kept && ends_in_get(plan)
        };
        let minimum = expect!["get a; get a; get a; get a; get a"];
        check(&plan, fails, minimum);
    }

    #[test]
    fn names_that_are_compared_lose_a_part_together() {
        let fails = |plan: &Plan| {
            let names: Vec<_> =
                plan.names().keys().map(|key| plan.names().key(key).as_str()).collect();
            let [one, other] = names[..] else { return false };
            one != other && one.eq_ignore_ascii_case(other) && ends_in_get(plan)
        };
        check("set x/A \"\"; get X/a", fails, expect!["get A; get a"]);
    }

    #[test]
    fn writes_of_one_key_are_made_one_where_nothing_else_changes() {
        let plan: Plan = "set a \"bc\"\nset_partial a 2 \"d\"\nget a".parse().unwrap();
        let mut shrinker = Shrinker::new(plan).leave_out_only();
        while let Some(candidate) = shrinker.candidate() {
            let patches = candidate.operations().map(|operation| operation.patches().len());
            if patches.sum::<usize>() == 2 { shrinker.accept() } else { shrinker.reject() }
        }
        let best = shrinker.best().to_string();
        assert!(best.contains("set_partial_many a [0 \"bc\", 2 \"d\"]"), "{best}");
    }

    #[test]
    fn related_names_stay_related() {
        check(
            "set q 9*#1; set data/foo 5*#2; set data/foo-bar/x 700*#3; list; list_prefix data/foo/",
            string_prefix_bug,
            expect![[r#"set a ""; list_prefix a/"#]],
        );
    }

    #[test]
    fn numbers_shrink_to_the_smallest() {
        let reads_past_seven = |plan: &Plan| {
            let ranges = plan.operations().filter_map(|operation| match operation {
                Operation::GetPartial { range, .. } => Some(range.0.end(0)),
                _ => None,
            });
            ranges.into_iter().any(|end| end > 7)
        };
        check(
            "set a 5000*#1; get_partial a 900..100000",
            reads_past_seven,
            expect!["get_partial a 0..8"],
        );
    }

    #[test]
    fn many_operations_that_are_all_needed_stay() {
        let sets = |plan: &Plan| {
            let live = plan.operations().filter(|op| matches!(op, Operation::Set { .. }));
            let keys: BTreeSet<_> = live.filter_map(Operation::key).collect();
            keys.len() >= 3 && matches!(plan.last(), Some(Operation::List))
        };
        check(
            "set a/b \"1\"; get a/b; set a/c \"2\"; set a/d \"3\"; erase a/d; set e \"5\"; list",
            sets,
            expect![[r#"set a ""; set b ""; set c ""; list"#]],
        );
    }

    #[test]
    fn values_and_the_ranges_read_of_them_shrink_together() {
        let reads_to_the_end = |plan: &Plan| match plan.operations().collect::<Vec<_>>()[..] {
            [.., Operation::Set { value, .. }, Operation::GetPartial { range, .. }] => {
                !value.is_empty() && range.0.end(u64::MAX) == value.len() as u64
            }
            _ => false,
        };
        check(
            "set a 900*#1; get_partial a 3..900",
            reads_to_the_end,
            expect![[r#"set a "a"; get_partial a 0..1"#]],
        );
    }

    #[test]
    fn faults_that_do_not_matter_go_and_others_get_simpler() {
        let faulty = "crash in write#2: set a \"\"; request#3.. cut body: list; get a";
        check(faulty, ends_in_get, expect!["get a"]);
        let strikes = |plan: &Plan| {
            let fault = plan.steps().iter().find_map(|step| step.fault);
            fault.is_some_and(|fault| !matches!(fault, Fault::Request { .. })) && ends_in_get(plan)
        };
        check(faulty, strikes, expect![[r#"fail write#1 EIO: set a ""; get a"#]]);
    }

    #[test]
    fn an_operation_goes_together_with_the_calls_that_it_caused() {
        // The request after those of a listing of all keys.
        let strikes_after_all = |plan: &Plan| {
            let sets = plan.operations().filter(|operation| operation.is_write()).count();
            let after = u32::try_from(sets).unwrap() + 1;
            let ends = matches!(plan.operations().last(), Some(Operation::List));
            let fault = plan.steps().last().and_then(|step| step.fault);
            let strikes = |ordinal: std::num::NonZeroU32| ordinal.get() == after && sets > 0;
            ends && matches!(fault, Some(Fault::Request { ordinal, .. }) if strikes(ordinal))
        };
        check(
            "set a \"\"; set b \"\"; set c \"\"; request#4.. 503: list",
            strikes_after_all,
            expect![[r#"set a ""; request#2 503: list"#]],
        );
    }

    #[test]
    fn values_that_have_to_be_as_long_as_each_other_get_short_together() {
        let fails = |plan: &Plan| {
            let sets = plan.operations().filter_map(|operation| match operation {
                Operation::Set { value, .. } => Some(value),
                _ => None,
            });
            let sets: Vec<_> = sets.collect();
            matches!(&sets[..], [.., one, other] if one.len() == other.len() && one != other)
        };
        check("set a \"abc\"; set a \"xyz\"; get a", fails, expect![[r#"set a "a"; set a "b""#]]);
    }

    #[test]
    fn values_that_may_be_exchanged_end_in_one_order() {
        let differ = |plan: &Plan| {
            let values = plan.operations().filter_map(|operation| match operation {
                Operation::Set { value, .. } => Some(value.len()),
                _ => None,
            });
            values.collect::<BTreeSet<_>>().len() == 2
        };
        check("set a 900*#1; get a; set a \"\"", differ, expect![[r#"set a ""; set a "a""#]]);
        check("set a \"\"; set a 900*#1; get a", differ, expect![[r#"set a ""; set a "a""#]]);
    }

    #[test]
    fn what_shows_the_failure_earlier_is_cut() {
        let plan: Plan = "set a \"x\"\nget a\nget b\nlist".parse().unwrap();
        let mut shrinker = Shrinker::new(plan);
        let proposed = shrinker.candidate().unwrap();
        shrinker.accept_first(proposed.len());
        assert_eq!(shrinker.best().len(), proposed.len());
    }

    #[test]
    fn no_plan_is_proposed_twice() {
        let plan: Plan = "set a \"xyz\"\nset b \"x\"\nerase_many [a, b]\nlist".parse().unwrap();
        let mut shrinker = Shrinker::new(plan);
        let mut seen = BTreeSet::new();
        while let Some(candidate) = shrinker.candidate() {
            assert!(seen.insert(candidate.to_string()), "{candidate}");
            shrinker.reject();
        }
        assert!(seen.len() > 10);
    }
}
