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

/// What a program says before it asks what a plan has callers ask at the same time.
const ONE_AFTER_THE_OTHER: &str = "Here several callers ask at the same time, which this program does not do: it asks one question after the other.";

/// A comment before the step at which callers ask at the same time: what they ask, as plans write it.
/// Nothing before any other step.
pub(super) fn callers(plan: &Plan, at: usize, mark: &str) -> String {
    if plan.together().is_none_or(|block| block.start != at) {
        return String::new();
    }
    let text = plan.to_string();
    let block = text.lines().skip(1 + at).take_while(|line| *line != "end").chain(["end"]);
    let lines = block.map(|line| format!("    {mark}     {line}\n"));
    format!("    {mark} {ONE_AFTER_THE_OTHER}\n") + &lines.collect::<String>()
}
