//! The steps of a plan, each with what a correct store answers.

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

/// What callers ask at the same time, as plans write it, and before which step that stands.
pub(super) fn callers(plan: &Plan) -> Option<(usize, Vec<String>)> {
    let block = plan.together()?;
    let text = plan.to_string();
    let mut lines = text.lines().skip(1 + block.start).map(str::to_owned);
    let mut part: Vec<String> = lines.by_ref().take_while(|line| line != "end").collect();
    part.push("end".to_owned());
    Some((block.start, part))
}

/// What a program says before it asks what a plan has callers ask at the same time.
pub(super) const ONE_AFTER_THE_OTHER: &str = "Here several callers ask at the same time, which this program does not do: it asks one question after the other.";
