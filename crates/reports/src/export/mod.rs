//! Plans as programs: a plan that shows a failure, for those who do not have this workspace.
//!
//! What a correct store answers is computed here, by the reference model, and stands in the program as
//! text: it says of each call which answers are right, and needs no model. Where the contract leaves an
//! answer open, the call is made and its answer is not looked at.

mod answers;
mod asked;
mod issue;
mod rust;
mod zarr_python;

use std::fmt;

use zarr_conform_model::{Declaration, Plan};

use crate::export::asked::asked;

/// What a plan is exported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
        Language::Markdown => issue::issue(plan, &asked),
        Language::ZarrPython => zarr_python::program(plan, &asked),
    }
}
