//! The steps of a plan, each with what a correct store answers.

use zarr_conform_model::plan::PLAN_VERSION;
use zarr_conform_model::{Declaration, Model, Plan, ReferenceModel, Step};

use crate::export::answers::Answers;

/// A step, and what may be answered.
pub(super) struct Asked<'a> {
    pub(super) step: &'a Step,
    /// The step as plans write it.
    pub(super) line: String,
    pub(super) right: Answers,
}

pub(super) fn asked(plan: &Plan, declared: Declaration) -> Vec<Asked<'_>> {
    let mut model = ReferenceModel::new(plan.names().clone(), declared);
    let asked = plan.steps().iter().map(|step| {
        // What went wrong below the store, or at the same time, leaves more open than can be said.
        let is_plain = step.fault.is_none() && step.caller.is_none();
        let right =
            if is_plain { Answers::of(&model.expect(&step.operation)) } else { Answers::Open };
        model.predict(&step.operation);
        Asked { step, line: step.display(plan.names()).to_string(), right }
    });
    asked.collect()
}

/// The first line of a plan's text.
pub(super) fn version() -> String {
    format!("zarr-conform plan {PLAN_VERSION}")
}
