//! Plans as programs: a plan that shows a failure, for those who do not have this workspace.
//!
//! What a correct store answers is computed here, by the reference model, and stands in the program as
//! text: it says of each call which answers are right, and needs no model. Where the contract leaves an
//! answer open, the call is made and its answer is not looked at.

mod answers;
mod issue;
mod rust;
mod zarr_python;

use std::fmt;

use zarr_conform_model::plan::PLAN_VERSION;
use zarr_conform_model::{Declaration, Model, Plan, ReferenceModel, Step};

use crate::export::answers::Answers;

/// What a plan is exported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// A Rust test that depends on `zarrs_storage` and the store's crate alone.
    Rust,
    /// The text of an issue.
    Markdown,
    /// A Python script for a store of zarr-python.
    ZarrPython,
}

impl Language {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Rust, Self::Markdown, Self::ZarrPython];

    /// The name, as options take it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Markdown => "markdown",
            Self::ZarrPython => "zarr-python",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The plan as a program or an issue, held against what a store that declares this must answer.
#[must_use]
pub fn export(plan: &Plan, declared: impl Into<Declaration>, language: Language) -> String {
    let asked = asked(plan, declared.into());
    match language {
        Language::Rust => rust::program(plan, &asked),
        Language::Markdown => issue::issue(&asked),
        Language::ZarrPython => zarr_python::program(plan, &asked),
    }
}

/// A step, and what may be answered.
struct Asked<'a> {
    step: &'a Step,
    /// The step as plans write it.
    line: String,
    right: Answers,
}

fn asked(plan: &Plan, declared: Declaration) -> Vec<Asked<'_>> {
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
fn version() -> String {
    format!("zarr-conform plan {PLAN_VERSION}")
}
