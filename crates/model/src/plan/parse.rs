//! Reads plans from text, and says exactly where and why it cannot.

use std::str::FromStr;
use std::sync::Arc;

use crate::plan::cursor::Cursor;
use crate::plan::names::Draft;
use crate::plan::operation::Operation;
use crate::plan::plan::{PLAN_VERSION, Plan};
use crate::plan::plan_error::PlanError;
use crate::plan::step::Step;

impl Plan {
    /// Reads a plan's text; `source` is the file's name for messages.
    ///
    /// # Errors
    ///
    /// Returns a [`PlanError`] that says which line and column is wrong and what was expected.
    pub fn parse(text: &str, source: &str) -> Result<Self, PlanError> {
        plan(text).map_err(|error| error.in_file(source))
    }
}

impl FromStr for Plan {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        plan(text)
    }
}

/// Reads a whole plan.
fn plan(text: &str) -> Result<Plan, PlanError> {
    let mut draft = Draft::default();
    let mut steps: Vec<Step> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let cursor = &mut Cursor::new(line, index + 1);
        cursor.skip_blanks();
        if cursor.at_end() || cursor.rest().starts_with('#') {
            continue;
        }
        if cursor.rest().starts_with("zarr-conform") {
            header(cursor)?;
        } else {
            // As reports write short plans: several steps on one line.
            loop {
                let fault = cursor.fault()?;
                let kind = cursor.kind()?;
                steps.push(Step { fault, operation: Operation::read(kind, cursor, &mut draft)? });
                cursor.skip_blanks();
                if !cursor.eat(";") {
                    break;
                }
                cursor.skip_blanks();
            }
        }
        cursor.end()?;
    }
    let (names, keys, prefixes) = draft.settle();
    for Step { operation, .. } in &mut steps {
        *operation = operation.rename(|key| keys[key.index()], |prefix| prefixes[prefix.index()]);
    }
    Ok(Plan::new(Arc::new(names), steps))
}

fn header(cursor: &mut Cursor<'_>) -> Result<(), PlanError> {
    let known = |version: &u32| cursor.rest().trim() == format!("zarr-conform plan {version}");
    if (1..=PLAN_VERSION).any(|version| known(&version)) {
        cursor.position += cursor.rest().len();
        return Ok(());
    }
    Err(cursor.error(format!("`zarr-conform plan {PLAN_VERSION}` or an earlier version")))
}
