//! One case: a plan played to its end, whatever the store gets wrong on the way.
//!
//! One bug does not hide the next: an operation whose answer is not allowed is taken out of the
//! case, and the rest goes on. If the store is seen to hold what the model holds, it goes on as
//! it is; else a fresh store is brought to the same state without that operation.

use std::collections::BTreeSet;

use zarr_conform_model::{
    Adapter, Clause, KeyId, OpenError, Operation, OperationKind, Outcome, Plan, ReferenceModel,
};

use crate::checks::{Check, Invariants, SAMPLE_EVERY, questions};
use crate::player::{Disagreement, Player};

/// How often a case starts again with a fresh store before it is given up.
const RESTARTS: usize = 8;

/// After how many operations that were asked again a case does not start again once more: those of
/// a crowd take long on a slow store.
const ASKED_AGAIN: usize = 5_000;

/// After how many panics of a case the whole store is compared.
const PANICS_LOOKED_AT: usize = 1;

/// What playing a case needs, and what it tells.
pub(crate) struct Case<'a, 'p> {
    pub(crate) adapter: &'a dyn Adapter,
    pub(crate) plan: &'a Plan,
    pub(crate) invariants: Invariants,
    pub(crate) player: &'a mut Player<'p>,
    /// Whether to stop before the next operation.
    pub(crate) is_over: &'a dyn Fn() -> bool,
    /// Told every disagreement.
    pub(crate) disagrees: &'a mut dyn FnMut(&Player<'_>, &Disagreement, Circumstances),
    /// Operations of the plan that were asked.
    pub(crate) asked: usize,
}

/// When a case came upon a disagreement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances {
    /// Operations of the plan that were asked by then.
    pub(crate) operations: usize,
    /// The operation right after which a check came upon it, if one did.
    pub(crate) after: Option<OperationKind>,
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
    /// Plays the case, and gives how many operations of the plan were asked.
    pub(crate) fn play(mut self) -> Result<usize, OpenError> {
        match self.play_steps() {
            Ok(()) | Err(Stop::GivenUp) => Ok(self.asked),
            Err(Stop::CannotOpen(error)) => Err(error),
        }
    }

    fn play_steps(&mut self) -> Result<(), Stop> {
        let mut taken_out = TakenOut::default();
        let mut buffer = Vec::new();
        let (mut since_compared, mut since_counted) = (0, 0);
        for (step, operation) in self.plan.operations().iter().enumerate() {
            if (self.is_over)() {
                return Ok(());
            }
            self.asked += 1;
            since_counted += 1;
            // Like comparing, counting takes as long as there are keys.
            if since_counted >= SAMPLE_EVERY.max(self.player.model().live_count()) {
                self.player.count_state();
                since_counted = 0;
            }
            since_compared += 1;
            match self.player.ask(operation) {
                Ok(outcome) => {
                    let live = self.player.model().live_count();
                    let check = self.invariants.after(since_compared, live, operation, &outcome);
                    if matches!(check, Check::Contents | Check::Everything) {
                        since_compared = 0;
                    }
                    let compares = !matches!(check, Check::Nothing | Check::Touched);
                    if compares && operation.is_write() && matches!(outcome, Outcome::Refused(_)) {
                        self.player.exercised(Clause::W10);
                    }
                    if !self.check(check, Some(operation), &mut buffer) {
                        taken_out.steps.insert(step);
                        self.start_again(step, &mut taken_out)?;
                    }
                }
                Err(disagreement) => {
                    self.tell(&disagreement, None);
                    taken_out.steps.insert(step);
                    if taken_out.is_worth_a_look(operation, &disagreement) && !self.holds_the_same()
                    {
                        self.start_again(step, &mut taken_out)?;
                    }
                }
            }
        }
        self.player.count_state();
        self.check(Check::Everything, None, &mut buffer);
        if let Err(disagreement) = self.player.check_held() {
            self.tell(&disagreement, None);
        }
        Ok(())
    }

    fn tell(&mut self, disagreement: &Disagreement, after: Option<OperationKind>) {
        let operations = self.asked;
        (self.disagrees)(self.player, disagreement, Circumstances { operations, after });
    }

    /// Asks the questions of a check; `false` if they show that the store holds something else
    /// than the model.
    fn check(
        &mut self,
        check: Check,
        operation: Option<&Operation>,
        buffer: &mut Vec<Operation>,
    ) -> bool {
        // What is compared now and then says nothing about the operation just before.
        let just_done = operation.filter(|_| matches!(check, Check::Touched | Check::Step));
        let after = just_done.map(Operation::kind);
        match (check, operation.and_then(Operation::key)) {
            (Check::Nothing, _) => return true,
            // The most frequent check of all needs no list of questions.
            (Check::Touched, Some(key)) if is_sound(self.player.model(), key) => {
                return self.agrees_on(&Operation::Get { key }, after);
            }
            _ => {}
        }
        questions(check, operation, self.player.model(), buffer);
        buffer.iter().all(|question| self.agrees_on(question, after))
    }

    /// Asks one question of a check; `false` if the answer shows that the store holds something
    /// else than the model.
    fn agrees_on(&mut self, question: &Operation, after: Option<OperationKind>) -> bool {
        if !self.player.model().dialect().capabilities.allow(question.kind()) {
            return true;
        }
        let Err(disagreement) = self.player.ask(question) else {
            return true;
        };
        self.tell(&disagreement, after);
        !disagreement.is_divergence() && (!disagreement.is_violent() || self.holds_the_same())
    }

    /// Whether the store lists the keys and has the values that the model holds.
    fn holds_the_same(&mut self) -> bool {
        let mut buffer = Vec::new();
        questions(Check::Contents, None, self.player.model(), &mut buffer);
        let mut is_right =
            |question| self.player.ask(question).map_or_else(|wrong| wrong.is_costly(), |_| true);
        buffer.iter().all(&mut is_right)
    }

    /// Brings a fresh store to the state after `step`, without what was taken out.
    fn start_again(&mut self, step: usize, taken_out: &mut TakenOut) -> Result<(), Stop> {
        taken_out.restarts += 1;
        if taken_out.restarts > RESTARTS || taken_out.asked_again > ASKED_AGAIN {
            return Err(Stop::GivenUp);
        }
        taken_out.asked_again += step;
        self.player.restart(self.adapter)?;
        for (earlier, operation) in self.plan.operations()[..=step].iter().enumerate() {
            if !taken_out.steps.contains(&earlier) && self.player.ask(operation).is_err() {
                taken_out.steps.insert(earlier);
            }
        }
        if self.holds_the_same() { Ok(()) } else { Err(Stop::GivenUp) }
    }
}

/// Whether a store is sure to hold a key, and nothing but keys is asked for.
fn is_sound(model: &ReferenceModel, key: KeyId) -> bool {
    matches!(model, ReferenceModel::Store(model) if model.is_sound(key))
}

/// What a case has lost so far.
#[derive(Default)]
struct TakenOut {
    steps: BTreeSet<usize>,
    restarts: usize,
    asked_again: usize,
    panics: usize,
}

impl TakenOut {
    /// Whether the store may hold something else now than before the operation.
    fn is_worth_a_look(&mut self, operation: &Operation, disagreement: &Disagreement) -> bool {
        let panicked = disagreement.is_violent();
        self.panics += usize::from(panicked);
        // A read that panicked over and over and did no harm is left to the other checks.
        operation.is_write() || panicked && self.panics <= PANICS_LOOKED_AT
    }
}
