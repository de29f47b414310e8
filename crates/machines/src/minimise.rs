//! Minimising: plays ever simpler plans until none is left that fails in the same way.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use zarr_conform_model::{
    Adapter, Clause, Dialect, Mismatch, MismatchKind, Model, Operation, OperationKind, Outcome,
    Plan, ReferenceModel, Signature,
};
use zarr_conform_rules::{Shrinker, slices};

use crate::campaign::{Found, Settings, empty, refusal};
use crate::player::{Disagreement, Journal, Player, lock};
use crate::stand_ins::{StandIn, stand_ins};
use crate::watch::{Pulse, guarded};

/// How much minimising one failure may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShrinkBudget {
    /// Calls to the store.
    pub calls: u64,
    /// Time.
    pub time: Duration,
}

impl Default for ShrinkBudget {
    /// 100,000 calls and 20 seconds.
    fn default() -> Self {
        Self { calls: 100_000, time: Duration::from_secs(20) }
    }
}

/// A failure at its smallest, and what it took to get there.
#[derive(Clone, Debug)]
pub(crate) struct Minimum {
    pub(crate) smallest: Smallest,
    /// The smallest plan that still asks the question with which the failure was found, if a
    /// simpler question stands in for it.
    pub(crate) face: Option<Smallest>,
    /// Whether the plan is one of the store below a library, and its failure the store's.
    pub(crate) is_below: bool,
    pub(crate) runs: u64,
    pub(crate) calls: u64,
    pub(crate) end: ShrinkEnd,
}

/// The smallest plan with some question at its end.
#[derive(Clone, Debug)]
pub(crate) struct Smallest {
    pub(crate) plan: Plan,
    pub(crate) signature: Signature,
    pub(crate) clause: Clause,
}

impl Smallest {
    /// What to show plans of one cause by: the fewest operations, then the shortest text.
    pub(crate) fn complexity(&self) -> (usize, usize, String) {
        let text = self.plan.to_string();
        (self.plan.len(), text.len(), text)
    }
}

/// Why minimising ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ShrinkEnd {
    /// Nothing can be left out or made simpler.
    Minimal,
    /// The budget of calls was used up: the plan is the best so far.
    OutOfCalls,
    /// The budget of time was used up, or somebody wanted the report: the plan is the best so far.
    OutOfTime,
    /// The plan did not fail when it was played again: the store is not deterministic, or depends
    /// on something outside it.
    NotReproduced,
}

/// Which disagreements count as the failure that is being made small.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    signature: Signature,
    panic_site: Option<String>,
    likeness: Likeness,
    /// Whether a plan may have writes that go wrong in other ways before: those are failures of
    /// their own, after which no answer says anything of this one.
    after_others: bool,
    /// Whether a plan may leave open what the store holds: a later answer decides it then, and if
    /// that one is wrong, so is what the model goes by.
    may_be_open: bool,
}

/// How like the failure a disagreement has to be.
#[derive(Clone, Copy, Debug)]
enum Likeness {
    /// The same signature.
    Same,
    /// The same question and family of mismatch.
    SameQuestion,
    /// This question in place of the other, with the same family of mismatch; or with an answer
    /// that shows that the store holds something else than it should.
    StandIn(OperationKind),
    /// This question, wrong in any way.
    Asked(OperationKind),
}

impl Target {
    /// The failure itself, with the same signature.
    pub(crate) fn same_as(found: &Found) -> Self {
        Self {
            signature: found.signature,
            panic_site: found.panic_site.clone(),
            likeness: Likeness::Same,
            after_others: true,
            may_be_open: true,
        }
    }

    /// Whether both are filed under one group of signatures.
    pub(crate) fn is_of_one_group(&self, other: &Self) -> bool {
        self.signature.group() == other.signature.group() && self.panic_site == other.panic_site
    }

    fn with(&self, likeness: Likeness) -> Self {
        Self { likeness, ..self.clone() }
    }

    fn with_signature(&self, signature: Signature) -> Self {
        Self { signature, ..self.clone() }
    }

    fn counts(&self, other: &Disagreement) -> bool {
        let same_panic = || self.panic_site.is_some() && self.panic_site == other.panic_site();
        let panicked = other.is_violent();
        match self.likeness {
            Likeness::Same => self.signature == other.signature && (!panicked || same_panic()),
            Likeness::SameQuestion if panicked => {
                self.signature.operation == other.signature.operation && same_panic()
            }
            Likeness::SameQuestion => other.signature.is_like(&self.signature),
            Likeness::Asked(kind) => other.signature.operation == kind,
            Likeness::StandIn(kind) => {
                let (was, is) = (self.signature.mismatch, other.signature.mismatch);
                // A wrong yes or no is a wrong answer to the question behind it.
                let misses = other.signature.misses_like(&self.signature)
                    || was == MismatchKind::TruthDiffers
                        && (is.is_content() || is == MismatchKind::EmptyForAbsent);
                other.signature.operation == kind
                    && (other.is_divergence() || misses && (!panicked || same_panic()))
            }
        }
    }
}

/// The first answer in a plan that is not allowed, and where it is.
pub(crate) struct Verdict {
    pub(crate) disagreement: Option<(usize, Disagreement)>,
    pub(crate) calls: u64,
    /// Whether the contract left open what the store held at some time.
    was_open: bool,
}

/// Plays a plan, without checks, until an answer is wrong in a way that counts: any, if there is
/// no target.
pub(crate) fn verdict(
    adapter: &Arc<dyn Adapter>,
    plan: &Plan,
    deadline: Duration,
    target: Option<&Target>,
) -> Verdict {
    // Shrinking may make names that climb higher than those of the plan it started from.
    if refusal(&**adapter, plan).is_some() {
        return Verdict { disagreement: None, calls: 0, was_open: false };
    }
    let shared = Arc::new(Mutex::new(Vec::new()));
    let (adapter, played) = (Arc::clone(adapter), plan.clone());
    let dialect = adapter.dialect();
    let journal = Journal::Shared(Arc::clone(&shared));
    let wanted = target.cloned();
    let played =
        guarded(deadline, move |pulse| play(&*adapter, &played, pulse, journal, wanted.as_ref()));
    if let Some(verdict) = played {
        return verdict;
    }
    let asked = lock(&shared).clone();
    let calls = asked.len() as u64;
    let hung = hung(plan, dialect, &asked)
        .filter(|(_, hung)| target.is_none_or(|target| target.counts(hung)));
    Verdict { disagreement: hung, calls, was_open: true }
}

fn play(
    adapter: &dyn Adapter,
    plan: &Plan,
    pulse: &Pulse,
    journal: Journal,
    target: Option<&Target>,
) -> Verdict {
    let Ok(mut player) = Player::open(adapter, empty(adapter, plan), pulse, journal) else {
        return Verdict { disagreement: None, calls: 0, was_open: false };
    };
    let (mut found, mut was_open) = (None, false);
    for (step, operation) in plan.operations().iter().enumerate() {
        let asked = player.ask(operation).map(|_| ());
        was_open |= player.model().is_open();
        if was_open && target.is_some_and(|target| !target.may_be_open) {
            break;
        }
        let answered = asked.and_then(|()| player.check_held());
        let Err(disagreement) = answered else {
            continue;
        };
        if target.is_none_or(|target| target.counts(&disagreement)) {
            found = Some((step, disagreement));
            break;
        }
        if operation.is_write() && target.is_some_and(|target| !target.after_others) {
            break;
        }
    }
    Verdict { disagreement: found, calls: player.asked, was_open }
}

/// The positions of writes after which a plan says less: they go wrong, or the contract leaves open
/// what they do.
fn unsound_steps(adapter: &dyn Adapter, plan: &Plan, pulse: &Pulse) -> BTreeSet<usize> {
    let journal = Journal::Private(Vec::new());
    let Ok(mut player) = Player::open(adapter, empty(adapter, plan), pulse, journal) else {
        return BTreeSet::new();
    };
    let mut unsound = BTreeSet::new();
    for (step, operation) in plan.operations().iter().enumerate() {
        let was_open = player.model().is_open();
        let is_wrong = player.ask(operation).is_err();
        let opens = !was_open && player.model().is_open();
        if operation.is_write() && (is_wrong || opens) {
            unsound.insert(step);
        }
    }
    unsound
}

/// The disagreement of a store that did not answer the last of the operations it was asked.
pub(crate) fn hung(
    plan: &Plan,
    dialect: Dialect,
    asked: &[Operation],
) -> Option<(usize, Disagreement)> {
    let (last, before) = asked.split_last()?;
    let mut model = ReferenceModel::new(Arc::clone(plan.names()), dialect);
    for operation in before {
        model.predict(operation);
    }
    let mismatch = Mismatch { kind: MismatchKind::TimedOut, offender: None };
    let signature = Signature {
        operation: last.kind(),
        mismatch: mismatch.kind,
        situation: model.situation(last, &mismatch),
    };
    let clause = model.expect(last).clause;
    let disagreement = Disagreement { signature, clause, outcome: Outcome::TimedOut };
    Some((before.len(), disagreement))
}

/// Makes a failing plan as small as it gets within the budget.
///
/// First with exactly the same signature, so that one bug does not turn into another; then with
/// the same question and family of mismatch, so that what does not bear on the bug goes too; at
/// last with simpler questions that go wrong for the same reason, so that one bug ends as one
/// plan.
pub(crate) fn minimise(
    adapter: &Arc<dyn Adapter>,
    found: &Found,
    settings: &Settings,
    budget: ShrinkBudget,
) -> Minimum {
    search(adapter, None, found, settings, budget)
}

/// [`minimise`] for a failure that `bare`, the same store without a planted bug, does not have:
/// the plan stays one that does not fail there.
pub(crate) fn minimise_apart(
    adapter: &Arc<dyn Adapter>,
    bare: &Arc<dyn Adapter>,
    found: &Found,
    settings: &Settings,
    budget: ShrinkBudget,
) -> Minimum {
    search(adapter, Some(bare), found, settings, budget)
}

fn search(
    adapter: &Arc<dyn Adapter>,
    bare: Option<&Arc<dyn Adapter>>,
    found: &Found,
    settings: &Settings,
    budget: ShrinkBudget,
) -> Minimum {
    let Settings { deadline, stop, .. } = settings;
    let Found { plan, signature, clause, .. } = found;
    let mut target = Target::same_as(found);
    let hangs = signature.mismatch == MismatchKind::TimedOut;
    let deadline = if hangs {
        // Every candidate that hangs costs the deadline twice.
        (*deadline / 20).max(Duration::from_millis(250)).min(*deadline)
    } else {
        *deadline
    };
    let smallest = Smallest { plan: plan.compact(), signature: *signature, clause: *clause };
    let end = ShrinkEnd::NotReproduced;
    let minimum = Minimum { smallest, face: None, is_below: false, runs: 0, calls: 0, end };
    let mut search = Search {
        adapter,
        bare,
        deadline,
        budget,
        stop,
        started: Instant::now(),
        was_open: true,
        minimum,
    };
    // Few operations matter mostly, and the checks of a crowd are tens of thousands.
    let starts = slices(plan).into_iter().chain([plan.clone()]);
    let found = starts.into_iter().find_map(|start| {
        search.try_plan(&start, &target).map(|(length, smallest)| (start.first(length), smallest))
    });
    let Some((cut, smallest)) = found else {
        return search.minimum;
    };
    let mut cut = cut.compact();
    let was_open = search.was_open;
    let alone = Target { after_others: false, may_be_open: false, ..target.clone() };
    let sound = search.without_other_failures(&cut);
    if search.try_plan(&sound, &alone).is_some() {
        (cut, target) = (sound, alone);
    } else {
        target.may_be_open = was_open;
    }
    let unshrunk = Smallest { plan: cut.clone(), ..smallest };
    search.minimum.smallest = unshrunk.clone();
    search.minimum.end = ShrinkEnd::Minimal;
    search.shrink(&target);
    search.generalise(&target.with(Likeness::SameQuestion));
    if hangs {
        // What is slow within a short deadline need not hang within the whole one.
        search.deadline = settings.deadline;
        let smallest = search.minimum.smallest.plan.clone();
        if search.try_plan(&smallest, &target.with(Likeness::SameQuestion)).is_none() {
            search.minimum.smallest = unshrunk;
            search.minimum.end = ShrinkEnd::OutOfTime;
        }
    } else if search.minimum.end == ShrinkEnd::Minimal {
        search.find_stand_in(&cut, &target);
    }
    search.minimum
}

/// How many values of no bytes a plan sets.
fn empty_values(plan: &Plan) -> usize {
    let is_empty = |operation: &&Operation| matches!(operation, Operation::Set { value, .. } if value.is_empty());
    plan.operations().iter().filter(is_empty).count()
}

struct Search<'a> {
    adapter: &'a Arc<dyn Adapter>,
    /// A store on which the plan must not fail in the same way.
    bare: Option<&'a Arc<dyn Adapter>>,
    deadline: Duration,
    budget: ShrinkBudget,
    /// Set by whoever wants the report now.
    stop: &'a AtomicBool,
    started: Instant,
    /// Whether the last plan left open what the store held at some time.
    was_open: bool,
    minimum: Minimum,
}

impl Search<'_> {
    /// Plays a plan, and gives how many of its operations show the failure, and how.
    fn try_plan(&mut self, plan: &Plan, target: &Target) -> Option<(usize, Smallest)> {
        let mut ask = || {
            let verdict = verdict(self.adapter, plan, self.deadline, Some(target));
            self.minimum.runs += 1;
            self.minimum.calls += verdict.calls;
            self.was_open = verdict.was_open;
            verdict.disagreement
        };
        let (step, disagreement) = ask()?;
        // A machine that is busy elsewhere may look like a store that hangs, but not twice.
        if disagreement.outcome == Outcome::TimedOut {
            ask()?;
        }
        let fails_anyway =
            |bare| verdict(bare, plan, self.deadline, Some(target)).disagreement.is_some();
        if self.bare.is_some_and(fails_anyway) {
            return None;
        }
        let Disagreement { signature, clause, .. } = disagreement;
        Some((step + 1, Smallest { plan: plan.clone(), signature, clause }))
    }

    /// The plan without the writes before the failure that go wrong in other ways, and without
    /// those that leave open what the store holds.
    fn without_other_failures(&mut self, plan: &Plan) -> Plan {
        self.minimum.runs += 1;
        self.minimum.calls += plan.len() as u64;
        let (adapter, played) = (Arc::clone(self.adapter), plan.clone());
        let unsound = guarded(self.deadline, move |pulse| unsound_steps(&*adapter, &played, pulse));
        let unsound = unsound.unwrap_or_default();
        plan.keep(|at, _| at + 1 == plan.len() || !unsound.contains(&at))
    }

    /// Whether the budget is used up.
    fn is_over(&mut self) -> bool {
        if self.minimum.calls >= self.budget.calls {
            self.minimum.end = ShrinkEnd::OutOfCalls;
            return true;
        }
        let interrupted = self.stop.load(Ordering::Relaxed);
        if interrupted || self.started.elapsed() >= self.budget.time {
            self.minimum.end = ShrinkEnd::OutOfTime;
            return true;
        }
        false
    }

    /// Shrinks with what is only like the failure.
    ///
    /// Another bug may look like it as soon as a value is another one. So operations are left out
    /// of the plan as it is, too: if fewer can be, what the shorter plan shows is not the same.
    fn generalise(&mut self, target: &Target) {
        let exact = self.minimum.smallest.clone();
        self.shrink(target);
        let shorter = self.minimum.smallest.clone();
        // Where it panicked tells a failure well enough.
        if target.panic_site.is_some() || shorter.plan.len() == exact.plan.len() {
            return;
        }
        self.minimum.smallest = exact;
        self.leave_out(target);
        if self.minimum.smallest.plan.len() > shorter.plan.len() {
            // Simpler operations, as many and with bytes where there were some, may be told from
            // those that do not matter.
            self.shrink_with(Shrinker::new(self.minimum.smallest.plan.clone()), target, true);
            self.leave_out(target);
        }
        if self.minimum.smallest.plan.len() <= shorter.plan.len() {
            self.minimum.smallest = shorter;
        }
    }

    /// Leaves out operations, and changes none.
    fn leave_out(&mut self, target: &Target) {
        let plan = self.minimum.smallest.plan.clone();
        self.shrink_with(Shrinker::new(plan).leave_out_only(), target, false);
    }

    fn shrink(&mut self, target: &Target) {
        self.shrink_with(Shrinker::new(self.minimum.smallest.plan.clone()), target, false);
    }

    /// Plays the candidates of a shrinker: all, or those that have as many operations and no more
    /// values of no bytes than the plan at the start.
    fn shrink_with(&mut self, mut shrinker: Shrinker, target: &Target, keeps: bool) {
        let least = if keeps { shrinker.best().len() } else { 0 };
        let most_empty = if keeps { empty_values(shrinker.best()) } else { usize::MAX };
        while let Some(candidate) = shrinker.candidate() {
            if self.is_over() {
                break;
            }
            let is_fit = candidate.len() >= least && empty_values(&candidate) <= most_empty;
            let played = is_fit.then(|| self.try_plan(&candidate, target)).flatten();
            match played.filter(|(length, _)| *length >= least) {
                Some((length, smallest)) => {
                    shrinker.accept_first(length);
                    self.minimum.smallest = smallest;
                }
                None => shrinker.reject(),
            }
        }
        self.minimum.smallest.plan = shrinker.best().clone();
    }

    /// Asks simpler questions in place of the last one, in the smallest plan and in the plan that
    /// the search started from, and goes on with those that go wrong for the same reason.
    fn find_stand_in(&mut self, cut: &Plan, target: &Target) {
        let own = self.minimum.smallest.clone();
        let mut found = self.stand_in_for(&own.plan, target);
        let listing = own.plan.operations().last().is_some_and(|last| last.keys().is_empty());
        if !found && listing && self.stand_in_for(cut, target) {
            // Where values are told apart, a wrong listing may show as a wrong value.
            found = self.minimum.smallest.plan.len() <= own.plan.len();
            if !found {
                self.minimum.smallest = own.clone();
            }
        }
        while found {
            found = self.stand_in_for(&self.minimum.smallest.plan.clone(), target);
        }
        self.list_instead(target);
        if self.minimum.smallest.plan != own.plan {
            self.minimum.face = Some(own);
        }
    }

    /// Lists in place of getting a value, if that shows the failure in fewer operations: a key
    /// that is not there takes fewer than a key with the value of another one.
    fn list_instead(&mut self, target: &Target) {
        let own = self.minimum.smallest.clone();
        let kind = own.signature.operation;
        if kind != OperationKind::Get || own.plan.len() < 3 {
            return;
        }
        let list = StandIn { kind: OperationKind::List, questions: vec![Operation::List] };
        if self.try_stand_in(&own.plan, &list, target)
            && self.minimum.smallest.plan.len() >= own.plan.len()
        {
            self.minimum.smallest = own;
        }
    }

    /// Tries every stand-in for the last question of `plan`, up to the first that goes wrong too.
    fn stand_in_for(&mut self, plan: &Plan, target: &Target) -> bool {
        stand_ins(plan).iter().any(|stand_in| self.try_stand_in(plan, stand_in, target))
    }

    /// Asks other questions in place of the last one of `plan`, and shrinks if they go wrong too.
    fn try_stand_in(&mut self, plan: &Plan, stand_in: &StandIn, target: &Target) -> bool {
        let Some((_, before)) = plan.operations().split_last().filter(|_| !self.is_over()) else {
            return false;
        };
        let StandIn { kind, questions } = stand_in;
        let target = target.with_signature(self.minimum.smallest.signature);
        let candidate = plan.with_operations([before, questions].concat()).compact();
        let asked = self.try_plan(&candidate, &target.with(Likeness::StandIn(*kind)));
        let Some((length, smallest)) = asked.filter(|(length, _)| *length > before.len()) else {
            return false;
        };
        let (before_it, original) = (self.minimum.smallest.clone(), target.clone());
        let target = target.with_signature(smallest.signature);
        self.minimum.smallest = Smallest { plan: candidate.first(length).compact(), ..smallest };
        self.shrink(&target.with(Likeness::SameQuestion));
        if self.shows_as(plan.operations().last(), &original) {
            return true;
        }
        self.minimum.smallest = before_it;
        false
    }

    /// Whether the smallest plan goes wrong as well if the original question is asked at its end:
    /// if not, shrinking came to another bug.
    fn shows_as(&mut self, question: Option<&Operation>, target: &Target) -> bool {
        let plan = self.minimum.smallest.plan.clone();
        let Some((last, before)) = plan.operations().split_last() else {
            return false;
        };
        let question = match (question, last.key()) {
            (Some(Operation::Exists { .. }), Some(key)) => Operation::Exists { key },
            (Some(Operation::SizeKey { .. }), Some(key)) => Operation::SizeKey { key },
            // The answers to others depend on values, which are different ones now, or on names that
            // the smallest plan does not have.
            _ => return true,
        };
        let asked = plan.with_operations([before, &[question]].concat());
        let kind = asked.operations().last().map_or(target.signature.operation, Operation::kind);
        self.try_plan(&asked, &target.with(Likeness::Asked(kind))).is_some()
    }
}
