//! One case: a plan played to its end, whatever the store gets wrong on the way.
//!
//! One bug does not hide the next: an operation whose answer is not allowed is taken out of the
//! case, and the rest goes on. If the store is seen to hold what the model holds, it goes on as
//! it is. Else the keys that they disagree on are erased and not written again; where that does not
//! help, a fresh store is brought to the same state without that operation.
//!
//! Not here: which questions a check asks (`checks`), how an answer is judged (`play/player`), what is
//! kept of a failure (`tally`), and deadlines, which whoever plays the case keeps.

use std::collections::BTreeSet;

use zarr_conform_model::contract::Overlap;
use zarr_conform_model::{Clause, KeyId, Model, Operation, OperationKind, Plan, ReferenceModel};
use zarr_conform_store::{Adapter, OpenError};

use crate::checks::policy::{Check, Invariants, Pace, SAMPLE_EVERY};
use crate::checks::store::questions;
use crate::finding::disagreement::Disagreement;
use crate::play::player::{Answered, Player};
use crate::settings::Mode;

/// How often a case starts again with a fresh store before it is given up. A guess.
const RESTARTS: usize = 8;

/// How many keys are erased in place of starting again: where more are wrong, it is not the keys. A
/// guess.
const ERASED: usize = 2;

/// After how many operations that were asked again, or to see whether the store holds what the
/// model holds, a case is given up: those of a crowd take long on a slow store. A guess.
const ASKED_AGAIN: usize = 5_000;

/// What playing a case needs, and what it tells.
pub(crate) struct Case<'a, 'p> {
    pub(crate) adapter: &'a dyn Adapter,
    pub(crate) plan: &'a Plan,
    pub(crate) invariants: Invariants,
    pub(crate) player: &'a mut Player<'p>,
    /// Whether to stop before the next operation.
    pub(crate) is_over: &'a dyn Fn() -> bool,
    /// Told every disagreement.
    pub(crate) disagrees: &'a mut dyn FnMut(&Player<'_>, &Disagreement, Circumstances<'_>),
    /// Operations of the plan that were asked.
    pub(crate) asked: usize,
    /// How the plan is played.
    pub(crate) mode: Mode,
}

/// What was asked in a case.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Operations of the plan.
    pub(crate) operations: usize,
    /// The positions of those in between that were not.
    pub(crate) passed_over: BTreeSet<usize>,
    /// What was seen of the faults, if they are swept.
    pub(crate) swept: Swept,
    /// Orders of callers.
    pub(crate) orders: u64,
    /// Those that the system gave.
    pub(crate) free_orders: u64,
    /// The lowest level of overlap that was seen, if callers asked at the same time.
    pub(crate) seen: Option<Overlap>,
}

/// What was seen of faults, or of switches between callers.
#[derive(Debug, Default)]
pub(crate) struct Swept {
    /// How many faults struck, or how many orders of callers had a switch between them.
    pub(crate) struck: u64,
    /// Kinds of operations that changed files past those who look.
    pub(crate) escaped: BTreeSet<OperationKind>,
    /// Kinds of writes with which nothing could go wrong, once at the least.
    pub(crate) silent: BTreeSet<OperationKind>,
    /// Kinds of writes with which something could.
    pub(crate) heard: BTreeSet<OperationKind>,
}

/// When a case came upon a disagreement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances<'a> {
    /// Operations of the plan that were asked by then.
    pub(crate) operations: usize,
    /// The operation right after which a check came upon it, if one did.
    pub(crate) after: Option<OperationKind>,
    /// The plan that shows it, if it is another one than what the player was asked.
    pub(crate) plan: Option<&'a Plan>,
}

/// The case cannot go on.
enum Stop {
    /// The store never holds what the model holds.
    GivenUp,
    CannotOpen(OpenError),
}

impl From<OpenError> for Stop {
    fn from(error: OpenError) -> Self {
        Self::CannotOpen(error)
    }
}

impl Case<'_, '_> {
    /// Plays the case, and gives what was asked.
    pub(crate) fn play(mut self) -> Result<Asked, OpenError> {
        match self.mode {
            Mode::InSequence => {}
            Mode::Faults => {
                let swept = self.sweep()?;
                return Ok(Asked { operations: self.asked, swept, ..Asked::default() });
            }
            #[cfg(feature = "faults")]
            Mode::Together => return self.interleave(),
            #[cfg(not(feature = "faults"))]
            Mode::Together => unreachable!("callers take the gate"),
        }
        let mut taken_out = TakenOut::default();
        match self.play_steps(&mut taken_out) {
            Ok(()) | Err(Stop::GivenUp) => {
                let TakenOut { passed_over, .. } = taken_out;
                Ok(Asked { operations: self.asked, passed_over, ..Asked::default() })
            }
            Err(Stop::CannotOpen(error)) => Err(error),
        }
    }

    fn play_steps(&mut self, taken_out: &mut TakenOut) -> Result<(), Stop> {
        let mut buffer = Vec::new();
        let mut pace = Pace::new(self.invariants);
        let mut since_counted = 0;
        for (step, operation) in self.plan.operations().enumerate() {
            if (self.is_over)() {
                return Ok(());
            }
            if taken_out.has(step, operation) {
                taken_out.passed_over.insert(step);
                continue;
            }
            self.asked += 1;
            since_counted += 1;
            // Like comparing, counting takes as long as there are keys.
            if since_counted >= SAMPLE_EVERY.max(self.player.model().live_count()) {
                self.player.count_state();
                since_counted = 0;
            }
            match self.player.ask(operation) {
                Ok(answered) => {
                    let is_refused = answered == Answered::Refused;
                    let check = pace.after(operation, is_refused, self.player.model());
                    let compares = !matches!(check, Check::Nothing | Check::Touched);
                    if compares && operation.is_write() && is_refused {
                        self.player.exercised(Clause::W10);
                    }
                    if let Err(divergence) = self.check(check, Some(operation), &mut buffer) {
                        self.mend(step, divergence, taken_out)?;
                    }
                }
                Err(disagreement) => {
                    self.tell(&disagreement, None);
                    taken_out.steps.insert(step);
                    let check = pace.after_wrong(operation, disagreement.signature.mismatch);
                    if let Err(divergence) = self.holds(check, Some(operation)) {
                        self.mend(step, divergence, taken_out)?;
                    }
                }
            }
        }
        self.player.count_state();
        // What is wrong at the end is told, and nothing comes after it.
        let _ = self.check(Check::Everything, None, &mut buffer);
        if let Err(disagreement) = self.player.check_held(true) {
            self.tell(&disagreement, None);
        }
        if let Err(disagreement) = self.player.check_close() {
            self.tell(&disagreement, None);
        }
        Ok(())
    }

    pub(super) fn tell(&mut self, disagreement: &Disagreement, after: Option<OperationKind>) {
        let operations = self.asked;
        let circumstances = Circumstances { operations, after, plan: None };
        (self.disagrees)(self.player, disagreement, circumstances);
    }

    /// Asks the questions of a check, and tells what is answered wrong.
    fn check(
        &mut self,
        check: Check,
        operation: Option<&Operation>,
        buffer: &mut Vec<Operation>,
    ) -> Result<(), Divergence> {
        // What is compared now and then says nothing about the operation just before.
        let just_done = operation.filter(|_| matches!(check, Check::Touched | Check::Step));
        let after = just_done.map(Operation::kind);
        match (check, operation.and_then(Operation::key)) {
            (Check::Nothing, _) => return Ok(()),
            // The most frequent check of all needs no list of questions.
            (Check::Touched, Some(key)) if is_sound(self.player.model(), key) => {
                return self.agrees_on(&Operation::Get { key }, after);
            }
            _ => {}
        }
        questions(check, operation, self.player.model(), buffer);
        // There are as many questions as keys, and each may take all of a deadline.
        let is_over = self.is_over;
        let mut asked = buffer.iter().take_while(|_| !is_over());
        asked.try_for_each(|question| self.agrees_on(question, after))
    }

    /// Asks one question of a check, and tells if the answer is wrong.
    fn agrees_on(
        &mut self,
        question: &Operation,
        after: Option<OperationKind>,
    ) -> Result<(), Divergence> {
        if !self.player.model().capabilities().allow(question.kind()) {
            return Ok(());
        }
        let Err(disagreement) = self.player.ask(question) else {
            return Ok(());
        };
        self.tell(&disagreement, after);
        if disagreement.is_divergence() {
            return Err(self.divergence(question, &disagreement));
        }
        if disagreement.is_violent() { self.holds(Check::Contents, None) } else { Ok(()) }
    }

    /// Asks the questions of a check, and tells nobody: whether the store holds what the model
    /// holds.
    fn holds(&mut self, check: Check, operation: Option<&Operation>) -> Result<(), Divergence> {
        let mut buffer = Vec::new();
        questions(check, operation, self.player.model(), &mut buffer);
        let is_over = self.is_over;
        let mut asked = buffer.iter().take_while(|_| !is_over());
        asked.try_for_each(|question| match self.player.ask(question) {
            Err(disagreement) if !disagreement.is_costly() => {
                Err(self.divergence(question, &disagreement))
            }
            _ => Ok(()),
        })
    }

    fn divergence(&self, question: &Operation, disagreement: &Disagreement) -> Divergence {
        let is_of_keys = !matches!(self.player.model(), ReferenceModel::Hierarchy(_));
        let offender = disagreement.offender.as_deref();
        let listed = || self.plan.names().find_key(offender?);
        Divergence { about: question.key().or_else(listed).filter(|_| is_of_keys) }
    }

    /// Brings store and model together again: by erasing the keys that they disagree on, or else
    /// with a fresh store.
    fn mend(
        &mut self,
        step: usize,
        mut divergence: Divergence,
        taken_out: &mut TakenOut,
    ) -> Result<(), Stop> {
        // Each time costs a deadline.
        if self.player.has_hung() {
            return Err(Stop::GivenUp);
        }
        let erases = self.player.model().capabilities().erase;
        for _ in 0..if erases { ERASED } else { 0 } {
            let Some(key) = divergence.about.filter(|key| taken_out.keys.insert(*key)) else {
                break;
            };
            if taken_out.asked_again > ASKED_AGAIN {
                return Err(Stop::GivenUp);
            }
            if self.player.ask(&Operation::Erase { key }).is_err() {
                break;
            }
            taken_out.asked_again += self.player.model().live_count();
            match self.holds(Check::Contents, None) {
                Ok(()) => return Ok(()),
                Err(next) => divergence = next,
            }
        }
        taken_out.steps.insert(step);
        self.start_again(step, taken_out)
    }

    /// Brings a fresh store to the state after `step`, without what was taken out.
    fn start_again(&mut self, step: usize, taken_out: &mut TakenOut) -> Result<(), Stop> {
        loop {
            taken_out.restarts += 1;
            let is_enough = taken_out.restarts > RESTARTS || taken_out.asked_again > ASKED_AGAIN;
            if is_enough || (self.is_over)() {
                return Err(Stop::GivenUp);
            }
            taken_out.asked_again += step;
            self.player.restart(self.adapter)?;
            for (earlier, operation) in self.plan.operations().take(step + 1).enumerate() {
                if !taken_out.has(earlier, operation) && self.player.ask(operation).is_err() {
                    taken_out.steps.insert(earlier);
                }
                if self.player.is_gone() || (self.is_over)() {
                    break;
                }
            }
            if self.player.is_gone() || (self.is_over)() {
                continue;
            }
            match self.holds(Check::Contents, None) {
                Ok(()) => return Ok(()),
                Err(Divergence { about: Some(key) }) if taken_out.keys.insert(key) => {}
                Err(_) => return Err(Stop::GivenUp),
            }
        }
    }
}

/// The store holds something else than the model.
struct Divergence {
    /// The key that they disagree on, if it is known.
    about: Option<KeyId>,
}

/// Whether a store is sure to hold a key, and nothing but keys is asked for.
fn is_sound(model: &ReferenceModel, key: KeyId) -> bool {
    matches!(model, ReferenceModel::Store(model) if model.is_sound(key))
}

/// What a case has lost so far.
#[derive(Default)]
struct TakenOut {
    steps: BTreeSet<usize>,
    /// Keys that nothing is written to any more: the store and the model came apart on them.
    keys: BTreeSet<KeyId>,
    /// The positions of operations that were not asked for that.
    passed_over: BTreeSet<usize>,
    restarts: usize,
    asked_again: usize,
}

impl TakenOut {
    fn has(&self, step: usize, operation: &Operation) -> bool {
        let is_lost = |key| self.keys.contains(&key);
        self.steps.contains(&step)
            || operation.is_write() && !operation.is_erase() && operation.key().is_some_and(is_lost)
    }
}
