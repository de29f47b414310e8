//! Plainer writes: one whole value in place of patches, and one key in place of several.
//!
//! What is wrong with a long value shows by a whole write of it and by a patch far from its start,
//! and what is wrong with a sum by one value or by three. No step of the shrinker leads from one to
//! the other, so a bug of reads would be a failure for each way to write. Where the plainer plan
//! goes wrong in the same way, it stands for both.

use zarr_conform_model::{KeyId, Operation, Plan, Step, Value};

use crate::finding::finding::ShrinkEnd;
use crate::triage::search::Search;
use crate::triage::target::{Likeness, Target};

impl Search<'_> {
    /// Goes on with the first plan of plainer writes that fails like the smallest plan, if one does.
    pub(super) fn write_plainly(&mut self, target: &Target) {
        if self.minimum.end != ShrinkEnd::Minimal {
            return;
        }
        let own = self.minimum.smallest.clone();
        let like = target.with_signature(own.signature).with(Likeness::SameQuestion);
        for candidate in plainly_written(&own.plan) {
            let Some((length, smallest)) = self.try_plan(&candidate, &like) else { continue };
            self.minimum.smallest = smallest.shown_by(candidate.first(length).compact());
            self.shrink(&like);
            let is_better = self.minimum.smallest.plan.len() <= own.plan.len();
            if self.minimum.end == ShrinkEnd::Minimal && is_better {
                return;
            }
            break;
        }
        self.minimum.smallest = own;
        self.minimum.end = ShrinkEnd::Minimal;
    }
}

/// The same plan with a whole value in place of the first patches, and with one value in place of
/// several that are summed up.
fn plainly_written(plan: &Plan) -> Vec<Plan> {
    let mut plans = whole_values(plan);
    plans.extend(one_value(plan));
    plans
}

/// Values of a length: plain ones, and those that differ from byte to byte.
fn values(length: u64) -> Vec<Value> {
    match u32::try_from(length) {
        Ok(length) if u64::from(length) <= Operation::LONGEST_PATCHED_VALUE => {
            vec![Value::Repeat { length, byte: b'a' }, Value::Pattern { length, id: 1 }]
        }
        _ => Vec::new(),
    }
}

fn whole_values(plan: &Plan) -> Vec<Plan> {
    let patched = plan.steps().iter().enumerate().find_map(|(at, step)| {
        let patches = step.operation.patches();
        let ends =
            patches.iter().map(|patch| patch.offset.saturating_add(patch.value.len() as u64));
        Some((at, step.operation.key()?, ends.max()?))
    });
    let Some((at, key, length)) = patched else { return Vec::new() };
    let written = |value: Value| {
        let steps = plan.steps().iter().enumerate().filter_map(|(step, other)| {
            let set = || Step::from(Operation::Set { key, value: value.clone() });
            match step {
                _ if step == at => Some(set()),
                // What the value was before is a part of it now.
                _ if step < at && is_set(other, key) => None,
                _ => Some(other.clone()),
            }
        });
        plan.with_steps(steps).compact()
    };
    values(length).into_iter().map(written).collect()
}

fn is_set(step: &Step, key: KeyId) -> bool {
    matches!(step.operation, Operation::Set { key: other, .. } if other == key)
}

fn one_value(plan: &Plan) -> Vec<Plan> {
    if !matches!(plan.last(), Some(Operation::Size | Operation::SizePrefix { .. })) {
        return Vec::new();
    }
    let sets = plan.operations().filter_map(|operation| match operation {
        Operation::Set { key, value } => Some((*key, value.len() as u64)),
        _ => None,
    });
    let sets: Vec<(KeyId, u64)> = sets.collect();
    let [.., (last, _)] = sets[..] else { return Vec::new() };
    if sets.len() < 2 {
        return Vec::new();
    }
    let sum = sets.iter().map(|(_, length)| length).sum();
    let written = |value: Value| {
        let others =
            plan.steps().iter().filter(|step| !matches!(step.operation, Operation::Set { .. }));
        let set = Step::from(Operation::Set { key: last, value });
        plan.with_steps([set].into_iter().chain(others.cloned())).compact()
    };
    values(sum).into_iter().map(written).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(plan: &str, wanted: &[&str]) {
        let plan: Plan = plan.parse().unwrap();
        let written = plainly_written(&plan).iter().map(ToString::to_string).collect::<Vec<_>>();
        let wanted = wanted.iter().map(|plan| format!("zarr-conform plan 1\n{plan}\n"));
        assert_eq!(written, wanted.collect::<Vec<_>>());
    }

    #[test]
    fn a_patch_becomes_a_whole_value() {
        check("set_partial a 4 \"b\"\nget a", &["set a 5*0x61\nget a", "set a 5*#1\nget a"]);
        check(
            "set a \"a\"\nset_partial a 1 \"b\"\nget a",
            &["set a 2*0x61\nget a", "set a 2*#1\nget a"],
        );
        check("set a \"a\"\nget a", &[]);
    }

    #[test]
    fn what_is_summed_up_becomes_one_value() {
        check("set a \"abc\"\nset b \"d\"\nsize", &["set b 4*0x61\nsize", "set b 4*#1\nsize"]);
        check("set a \"abc\"\nsize", &[]);
    }
}
