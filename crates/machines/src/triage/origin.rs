//! Origins: what went wrong before the last operation of a smallest plan, if what that one shows is
//! a consequence.
//!
//! Not every write is followed by a question, so damage may show late, and in another way than where
//! it is done. In a smallest plan every operation matters, so a wrong write or a wrong value before
//! the last operation is taken for the reason; but the simplest value is the one of no bytes, and
//! what is wrong with that one alone is none.
//!
//! A store that panicked may have a poisoned lock, a lock that nobody gives back or half of a value:
//! what goes wrong after that is a consequence, be it another panic or a hang. A smallest plan has no
//! panic in it that does not matter.
//!
//! It is not done on plans that are not yet small: any store with a known issue would have it
//! blamed for everything. But for what follows from a panic, a panic is a failure of its own, and so
//! is what an audit finds.

use zarr_conform_model::{Operation, OperationKind, Plan, Step};

use crate::finding::finding::{Finding, ShrinkEnd};
use crate::finding::likeness::{is_about_content, is_violent};
use crate::triage::search::{ATTEMPTS, Search};
use crate::triage::target::{Likeness, Target};
use crate::triage::variants::{values_before, without_empty_values};

impl Search<'_> {
    /// Goes back to what went wrong first, if the store holds something else than it should before
    /// the last operation of the smallest plan.
    ///
    /// If the budget ends on the way, the smallest plan stays what it is.
    pub(super) fn find_origin(&mut self, target: &Target) {
        if self.minimum.end != ShrinkEnd::Minimal {
            return;
        }
        let own = self.minimum.smallest.clone();
        let target = target.with_signature(own.signature);
        if let Some(unshrunk) = self.origin(&own, &target) {
            let target = target.of(&unshrunk);
            self.shrink_from(&unshrunk, &target);
            if self.minimum.end == ShrinkEnd::Minimal {
                self.ask_more_simply(&target);
                self.minimum.symptom.get_or_insert(own);
                return;
            }
        }
        self.minimum.smallest = own;
        self.minimum.end = ShrinkEnd::Minimal;
    }

    /// The origin of a failure, not made small.
    fn origin(&mut self, own: &Finding, target: &Target) -> Option<Finding> {
        // Harm that is done outside the store is a failure of its own.
        if own.signature.operation == OperationKind::Audit || own.plan.len() < 2 {
            return None;
        }
        if let Some(panicked) = self.earlier_panic(&own.plan, target) {
            return Some(panicked);
        }
        // A panic after none is, too.
        if is_violent(own.signature.mismatch) {
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

    /// The plan up to the first panic before its last operation.
    fn earlier_panic(&mut self, plan: &Plan, target: &Target) -> Option<Finding> {
        let before = plan.first(plan.len() - 1);
        let (length, panicked) = self.try_plan(&before, &target.with(Likeness::Panic))?;
        Some(panicked.shown_by(before.first(length).compact()))
    }

    /// What goes wrong before the last operation of a plan.
    fn before_last(&mut self, plan: &Plan, target: &Target) -> Option<Finding> {
        let wrong_write = self.wrong_write(plan, target);
        wrong_write.or_else(|| {
            is_about_content(target.signature.mismatch)
                .then(|| self.wrong_value(plan, target))
                .flatten()
        })
    }

    /// The plan up to the first write before its last operation that goes wrong, if that one is about
    /// the keys of the write.
    fn wrong_write(&mut self, plan: &Plan, target: &Target) -> Option<Finding> {
        let (Step { operation: last, .. }, before) = plan.steps().split_last()?;
        // A write that goes wrong now and then may have gone well this time.
        let looks = if self.effort.is_slow { 1 } else { ATTEMPTS };
        let step = (0..looks).find_map(|_| {
            let is_over = self.is_over(plan.len());
            let unsound = (!is_over).then(|| self.look_for_unsound_steps(plan))?;
            unsound.into_iter().find(|step| *step < before.len())
        })?;
        let write = &before[step].operation;
        // Questions without keys are about all of them; those to nodes name none either.
        let is_about_it = last.keys().all(|key| write.keys().any(|written| written == key))
            && !matches!(last, Operation::Node(_));
        if !is_about_it {
            return None;
        }
        let asked = target.with(Likeness::Asked(write.kind()));
        let (length, smallest) = self.try_plan(&plan.first(step + 1), &asked)?;
        let is_its_own = is_violent(smallest.signature.mismatch);
        (!is_its_own).then(|| smallest.shown_by(plan.first(length).compact()))
    }

    /// A plan that ends with a value that is wrong before the last write of a plan.
    fn wrong_value(&mut self, plan: &Plan, target: &Target) -> Option<Finding> {
        let target = target.with(Likeness::WrongValue);
        let (asking, lengths) = values_before(plan);
        if asking.is_empty() {
            return None;
        }
        let (length, _) = self.try_plan(&asking, &target)?;
        // The other questions have no part in it.
        let before = &plan.steps()[..lengths[length - 1]];
        let question = &asking.steps()[length - 1..length];
        let alone = plan.with_steps([before, question].concat());
        let (length, smallest) = self.try_plan(&alone, &target)?;
        Some(smallest.shown_by(alone.first(length).compact()))
    }
}
