//! Reads plans from text, and says exactly where and why it cannot.

use std::str::FromStr;
use std::sync::Arc;

use crate::plan::cursor::Cursor;
use crate::plan::names::Draft;
use crate::plan::operation::Operation;
use crate::plan::plan::{PLAN_VERSION, Plan};
use crate::plan::plan_error::PlanError;
use crate::plan::step::Step;
use crate::plan::turns::Turns;

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
    let mut reader = Reader::default();
    let mut last = Cursor::new("", 1);
    for (index, line) in text.lines().enumerate() {
        let mut cursor = Cursor::new(line, index + 1);
        cursor.skip_blanks();
        if cursor.at_end() || cursor.rest().starts_with('#') {
            continue;
        }
        if cursor.rest().starts_with("zarr-conform") {
            header(&mut cursor)?;
        } else {
            // As reports write short plans: several steps on one line.
            loop {
                reader.item(&mut cursor)?;
                cursor.skip_blanks();
                if !cursor.eat(";") {
                    break;
                }
                cursor.skip_blanks();
            }
        }
        cursor.end()?;
        last = cursor;
    }
    if reader.part == Part::Together {
        return Err(
            last.error("`end` on a line of its own, after what callers ask at the same time")
        );
    }
    Ok(reader.plan())
}

/// Which part of a plan is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Before,
    Together,
    After,
}

/// What was read so far.
#[derive(Default)]
struct Reader {
    draft: Draft,
    steps: Vec<Step>,
    turns: Option<Turns>,
    part: Part,
}

impl Reader {
    /// One step, or a word about callers at the same time.
    fn item(&mut self, cursor: &mut Cursor<'_>) -> Result<(), PlanError> {
        let start = cursor.position;
        if cursor.eat_word("together") {
            if self.part != Part::Before {
                let expected = "an operation: a plan has one part with callers at the same time";
                return Err(cursor.error_at(start, expected));
            }
            self.part = Part::Together;
            return Ok(());
        }
        if self.part == Part::Together {
            if cursor.eat_word("end") {
                self.part = Part::After;
                return Ok(());
            }
            if cursor.eat("turns:") {
                self.turns = Some(cursor.turns()?);
                return Ok(());
            }
        }
        let asked_by = cursor.asked_by()?;
        if asked_by.is_some() != (self.part == Part::Together) {
            let expected = match self.part {
                Part::Together => "a caller such as `1:`, `turns:` or `end`",
                Part::Before | Part::After => "`together` before what a caller asks",
            };
            return Err(cursor.error_at(start, expected));
        }
        let fault = cursor.fault()?;
        let kind = cursor.kind()?;
        let operation = Operation::read(kind, cursor, &mut self.draft)?;
        let (caller, handle) = asked_by.unzip();
        let handle = handle.unwrap_or_default();
        self.steps.push(Step { caller, handle, fault, operation });
        Ok(())
    }

    fn plan(self) -> Plan {
        let Self { draft, mut steps, turns, .. } = self;
        let (names, keys, prefixes) = draft.settle();
        for Step { operation, .. } in &mut steps {
            *operation =
                operation.rename(|key| keys[key.index()], |prefix| prefixes[prefix.index()]);
        }
        Plan::new(Arc::new(names), steps).with_turns(turns)
    }
}

fn header(cursor: &mut Cursor<'_>) -> Result<(), PlanError> {
    let known = |version: &u32| cursor.rest().trim() == format!("zarr-conform plan {version}");
    if (1..=PLAN_VERSION).any(|version| known(&version)) {
        cursor.position += cursor.rest().len();
        return Ok(());
    }
    Err(cursor.error(format!("`zarr-conform plan {PLAN_VERSION}` or an earlier version")))
}
