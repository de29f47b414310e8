//! Origins: what went wrong before the last operation of a smallest plan, if what that one shows is
//! a consequence.
//!
//! Not every write is followed by a question, so damage may show late, and in another way than where
//! it is done. In a smallest plan every operation matters, so a wrong write or a wrong value before
//! the last operation is taken for the reason; but the simplest value is the one of no bytes, and
//! what is wrong with that one alone is none.

use std::collections::BTreeSet;
use std::sync::Arc;

use zarr_conform_model::{MismatchKind, Operation, OperationKind, Plan, Value};

use crate::minimise::{ATTEMPTS, Search, ShrinkEnd, Smallest};
use crate::target::{Likeness, Target};

impl Search<'_> {
    /// Goes back to what went wrong first, if the store holds something else than it should before
    /// the last operation of the smallest plan.
    ///
    /// If the budget ends on the way, the smallest plan stays what it is.
    pub(crate) fn find_origin(&mut self, target: &Target) {
        if self.minimum.end != ShrinkEnd::Minimal {
            return;
        }
        let own = self.minimum.smallest.clone();
        let target = target.with_signature(own.signature);
        if let Some(unshrunk) = self.origin(&own, &target) {
            self.shrink_from(&unshrunk, &target.with_signature(unshrunk.signature));
            if self.minimum.end == ShrinkEnd::Minimal {
                self.minimum.face.get_or_insert(own);
                return;
            }
        }
        self.minimum.smallest = own;
        self.minimum.end = ShrinkEnd::Minimal;
    }

    /// The origin of a failure, not made small.
    fn origin(&mut self, own: &Smallest, target: &Target) -> Option<Smallest> {
        // A panic, and harm that is done outside the store, are failures of their own.
        let is_its_own = own.signature.mismatch == MismatchKind::Panicked
            || own.signature.operation == OperationKind::Audit;
        if is_its_own || own.plan.len() < 2 {
            return None;
        }
        let origin = self.before_last(&own.plan, target)?;
        let filled = without_empty_values(&own.plan);
        let goes_wrong_anyway = filled.as_ref().is_some_and(|filled| {
            self.try_plan(filled, &target.with(Likeness::SameQuestion)).is_some()
                && self.before_last(filled, target).is_none()
        });
        (!goes_wrong_anyway).then_some(origin)
    }

    /// What goes wrong before the last operation of a plan.
    fn before_last(&mut self, plan: &Plan, target: &Target) -> Option<Smallest> {
        let wrong_write = self.wrong_write(plan, target);
        wrong_write.or_else(|| {
            let is_about_content = target.signature.mismatch.is_about_content();
            is_about_content.then(|| self.wrong_value(plan, target)).flatten()
        })
    }

    /// The plan up to the first write before its last operation that goes wrong, if that one is about
    /// the keys of the write.
    fn wrong_write(&mut self, plan: &Plan, target: &Target) -> Option<Smallest> {
        let (last, before) = plan.operations().split_last()?;
        // A write that goes wrong now and then may have gone well this time.
        let looks = if self.effort.is_slow { 1 } else { ATTEMPTS };
        let step = (0..looks).find_map(|_| {
            let is_over = self.is_over(plan.len());
            let unsound = (!is_over).then(|| self.look_for_unsound_steps(plan))?;
            unsound.into_iter().find(|step| *step < before.len())
        })?;
        let write = &before[step];
        // Questions without keys are about all of them; those to nodes name none either.
        let is_about_it = last.keys().iter().all(|key| write.keys().contains(key))
            && !matches!(last, Operation::Node(_));
        if !is_about_it {
            return None;
        }
        let asked = target.with(Likeness::Asked(write.kind()));
        let (length, smallest) = self.try_plan(&plan.first(step + 1), &asked)?;
        let panicked = smallest.signature.mismatch == MismatchKind::Panicked;
        (!panicked).then(|| Smallest { plan: plan.first(length).compact(), ..smallest })
    }

    /// A plan that ends with a value that is wrong before the last write of a plan.
    fn wrong_value(&mut self, plan: &Plan, target: &Target) -> Option<Smallest> {
        let target = target.with(Likeness::WrongValue);
        let (asking, lengths) = values_before(plan);
        if asking.is_empty() {
            return None;
        }
        let (length, _) = self.try_plan(&asking, &target)?;
        // The other questions have no part in it.
        let before = &plan.operations()[..lengths[length - 1]];
        let question = &asking.operations()[length - 1..length];
        let alone = plan.with_operations([before, question].concat());
        let (length, smallest) = self.try_plan(&alone, &target)?;
        Some(Smallest { plan: alone.first(length).compact(), ..smallest })
    }
}

/// A plan up to the state before the one that its last operation is asked in, with the values of all
/// keys that were written so far asked for after each write; and how many operations of the plan
/// there are up to each of its own.
fn values_before(plan: &Plan) -> (Plan, Vec<usize>) {
    let end = plan.operations().iter().rposition(Operation::is_write).unwrap_or(0);
    let (mut operations, mut lengths) = (Vec::new(), Vec::new());
    let mut written = BTreeSet::new();
    for (at, operation) in plan.operations()[..end].iter().enumerate() {
        operations.push(operation.clone());
        written.extend(operation.keys().iter().copied().filter(|_| operation.writes_bytes()));
        if operation.is_write() {
            operations.extend(written.iter().map(|key| Operation::Get { key: *key }));
        }
        lengths.resize(operations.len(), at + 1);
    }
    (plan.with_operations(operations), lengths)
}

/// The plan with one byte where it sets none, if it does.
pub(crate) fn without_empty_values(plan: &Plan) -> Option<Plan> {
    let filled = |operation: &Operation| match operation {
        Operation::Set { key, value } if value.is_empty() => {
            Operation::Set { key: *key, value: Value::Literal(Arc::from(*b"a")) }
        }
        other => other.clone(),
    };
    let operations: Vec<_> = plan.operations().iter().map(filled).collect();
    (operations != plan.operations()).then(|| plan.with_operations(operations))
}
