//! One case of the faults machine: each kind of operation of a plan, with each fault on its way.
//!
//! A clean run says which calls an operation makes. For every one of them, and every fault that suits
//! it, a fresh store is brought to the same state, asked the operation while the fault strikes, and
//! looked at: what it holds, whether asking again works, and whether it still does after it was opened
//! again. Reads are swept, too.
//!
//! Not here: how faults strike (`boundary`, or the adapter), and what is right after them (the model).

use std::collections::BTreeSet;

use zarr_conform_model::plan::Fault;
use zarr_conform_model::{KeyId, Model, Operation, ReferenceModel, Step};
use zarr_conform_store::OpenError;

use crate::campaign::case::{Case, Swept};
use crate::finding::disagreement::Disagreement;
use crate::play::player::{Answered, MOST_POSSIBILITIES};

/// Where more than this many values are live, those that the operation does not name are not read
/// after each fault. A guess: some runs of a crowd would take as long as all others.
const FEW: usize = 16;

impl Case<'_, '_> {
    /// Plays the case, and gives what was seen of the faults.
    pub(super) fn sweep(&mut self) -> Result<Swept, OpenError> {
        let mut seen = Swept::default();
        let mut swept = BTreeSet::new();
        let mut before: Vec<Operation> = Vec::new();
        for operation in self.plan.operations() {
            if (self.is_over)() {
                break;
            }
            self.asked += 1;
            // What a name does that the store need not hold is for the store machine to ask.
            if !has_plain_names(self.player.model(), operation) {
                continue;
            }
            // A store that could not be opened again is none.
            let is_of_the_whole =
                matches!(operation, Operation::Close | Operation::Audit | Operation::Reopen);
            if !is_of_the_whole && swept.insert(operation.kind()) {
                self.bring(&mut before)?;
                let (way, is_refused) = self.player.record(operation);
                if way.escaped {
                    // What a crash or a power cut would leave is not known from here on.
                    seen.escaped.insert(operation.kind());
                    break;
                }
                if operation.is_write() && !is_refused {
                    let of = if way.faults.is_empty() { &mut seen.silent } else { &mut seen.heard };
                    of.insert(operation.kind());
                }
                for fault in way.faults {
                    if (self.is_over)() {
                        break;
                    }
                    // A store that is opened again may clean up: every other one is not.
                    let reopens = seen.struck % 2 == 0;
                    seen.struck +=
                        u64::from(self.strike(&mut before, operation, fault, reopens)?);
                }
            }
            if operation.is_write() || *operation == Operation::Reopen {
                before.push(operation.clone());
            }
        }
        Ok(seen)
    }

    /// Brings a fresh store to the state after these operations; takes out those that it answers
    /// wrong, which is the business of another machine.
    fn bring(&mut self, before: &mut Vec<Operation>) -> Result<(), OpenError> {
        loop {
            self.player.restart(self.adapter)?;
            let wrong = before.iter().position(|operation| self.player.ask(operation).is_err());
            match wrong {
                None => return Ok(()),
                Some(at) => drop(before.remove(at)),
            }
        }
    }

    /// Whether the fault struck.
    fn strike(
        &mut self,
        before: &mut Vec<Operation>,
        operation: &Operation,
        fault: Fault,
        reopens: bool,
    ) -> Result<bool, OpenError> {
        self.bring(before)?;
        let step = Step { fault: Some(fault), ..operation.clone().into() };
        match self.player.ask_step(&step) {
            Ok(Answered::NotStruck) => return Ok(false),
            Ok(_) => {
                if let Err(disagreement) = self.look_at_what_is_left(operation, reopens) {
                    self.tell_of_fault(&disagreement)?;
                }
            }
            Err(disagreement) => self.tell_of_fault(&disagreement)?,
        }
        Ok(true)
    }

    /// Tells of what is wrong after a fault, unless it is without one, which is the business of another
    /// machine.
    fn tell_of_fault(&mut self, disagreement: &Disagreement) -> Result<(), OpenError> {
        let plan = self.player.asked_so_far();
        // However it is wrong then: what a listing lacks in one way it has too much in another.
        let is_like =
            |wrong: &Disagreement| wrong.signature.operation == disagreement.signature.operation;
        for plan in plan.in_peace() {
            let mut player = self.player.beside(self.adapter)?;
            let answers = plan.operations().map(|operation| player.ask(operation));
            if answers.last().is_some_and(|last| last.is_err_and(|wrong| is_like(&wrong))) {
                return Ok(());
            }
        }
        self.tell(disagreement, None);
        Ok(())
    }

    /// Everything works again: asks what there is, asks the operation again, and opens the store
    /// again; nothing comes after what is wrong first.
    fn look_at_what_is_left(
        &mut self,
        operation: &Operation,
        reopens: bool,
    ) -> Result<(), Disagreement> {
        let can_reopen = reopens && self.player.model().capabilities().reopen;
        let repeats = operation.is_write();
        let reopens = can_reopen.then_some(Operation::Reopen);
        let rounds = [None, repeats.then(|| operation.clone()), reopens];
        for (round, first) in rounds.into_iter().enumerate() {
            if round > 0 && first.is_none() {
                continue;
            }
            let questions = self.questions_about(operation);
            for question in first.into_iter().chain(questions) {
                if self.player.model().possibilities() > MOST_POSSIBILITIES {
                    return Ok(());
                }
                let allowed = self.player.model().capabilities().allow(question.kind());
                if allowed {
                    self.player.ask(&question)?;
                }
            }
        }
        if self.player.model().capabilities().audit {
            self.player.ask(&Operation::Audit)?;
        }
        self.player.check_close()
    }

    /// What the operation names, how long it is, and what else there is.
    fn questions_about(&self, operation: &Operation) -> Vec<Operation> {
        let model = self.player.model();
        let own: BTreeSet<KeyId> = operation.keys().collect();
        let live = model.live_keys();
        let others = live.iter().filter(|key| !own.contains(key));
        let others = others.take(if live.len() > FEW { 0 } else { FEW });
        let values = own.iter().chain(others).map(|key| Operation::Get { key: *key });
        let size = own.iter().next().map(|key| Operation::SizeKey { key: *key });
        values.chain(size).chain([Operation::List]).collect()
    }
}

/// Whether nothing is odd about the names of an operation, so that every store has to hold them.
fn has_plain_names(model: &ReferenceModel, operation: &Operation) -> bool {
    let (names, dialect) = (model.names(), model.dialect());
    let keys = operation.keys().map(|key| names.key(key).as_str());
    let prefix = operation.prefix().map(|prefix| names.prefix(prefix).as_str());
    let directory = prefix.and_then(|prefix| prefix.strip_suffix('/'));
    keys.chain(directory).all(|name| dialect.hazard(name).is_none())
}
