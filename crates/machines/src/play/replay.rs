//! Replays: one plan, line by line, with what was wanted and what came.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use zarr_conform_model::{Clause, Model, Outcome, Plan, ReferenceModel, Step};
use zarr_conform_store::{Adapter, OpenError};

use crate::play::admission::empty;
use crate::play::holdings::{first_difference, holdings, wanted_bytes};
use crate::play::journal::{Journal, lock};
use crate::play::player::Player;
use crate::play::watch::{GivenUp, Limits, guarded};

/// What happened to one operation of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlayedLine {
    /// The operation, as plans write it.
    pub operation: String,
    /// The clause that says what is wanted.
    pub clause: String,
    /// What is allowed.
    pub want: String,
    /// What the store answered.
    pub got: String,
    /// Whether the answer is allowed.
    pub agrees: bool,
    /// What stands behind it: the turns of callers at the same time, and the end of their part.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub closing: String,
    /// What the model holds after it; nothing if nobody followed it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub holds: String,
    /// The first byte that differs, counted from 0, if one value was wanted and another one came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differs_at: Option<u64>,
}

impl fmt::Display for PlayedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, clause, want, got, agrees, closing, .. } = self;
        write!(f, "{operation}")?;
        if !agrees {
            write!(f, "\n    want {want}    ({clause})\n    got  {got}")?;
        }
        if closing.is_empty() { Ok(()) } else { write!(f, "\n{closing}") }
    }
}

/// A plan that was played on a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// One line for each operation that was asked.
    pub lines: Vec<PlayedLine>,
    /// What callers at the same time did, one column each, with the switches where they happened; none,
    /// if one asked after the other.
    pub lanes: Option<String>,
}

impl Replay {
    /// Whether every answer is allowed.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.lines.iter().all(|line| line.agrees)
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            if line.agrees {
                writeln!(f, "{}    -> {}", line.operation, line.got)?;
                let closing = if line.closing.is_empty() { "" } else { "\n" };
                write!(f, "{}{closing}", line.closing)?;
            } else {
                writeln!(f, "{line}")?;
            }
        }
        Ok(())
    }
}

/// What comes of a step whose fault does not strike.
const NOT_STRUCK: &str = "nothing: the operation makes no such call, so the fault did not strike";

/// Plays a plan on a fresh store, without checks, to its end or until the store hangs.
pub(crate) fn replay(
    adapter: &Arc<dyn Adapter>,
    plan: &Plan,
    limits: &Limits,
) -> Result<Replay, OpenError> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let is_open = Arc::new(AtomicBool::new(false));
    let played = {
        let (adapter, plan, lines) = (Arc::clone(adapter), plan.clone(), Arc::clone(&lines));
        let opened = Arc::clone(&is_open);
        let most = limits.max_answer;
        guarded(limits, move |pulse| {
            let journal = Journal::Private(Vec::new());
            let model = empty(&*adapter, &plan);
            let mut player = Player::open(&*adapter, model, pulse, journal, most)?;
            opened.store(true, Ordering::Relaxed);
            for (at, step) in plan.steps().iter().enumerate() {
                let operation = &step.operation;
                let mut line = start_line(&plan, player.model(), step);
                let wanted = wanted_bytes(player.model(), step);
                let judged = match step.fault {
                    None => {
                        let outcome = player.answer(operation);
                        line.got = outcome.to_string();
                        line.differs_at = first_difference(wanted.as_deref(), &outcome);
                        player.judge(operation, outcome)
                    }
                    Some(fault) => {
                        let Some(outcome) = player.answer_struck(operation, fault) else {
                            NOT_STRUCK.clone_into(&mut line.got);
                            lock(&lines).push(line);
                            break;
                        };
                        line.got = outcome.to_string();
                        player.judge_struck(operation, fault, outcome)
                    }
                };
                // What the store returned goes here, while the player holds on to it.
                match judged.map(drop) {
                    Ok(()) => line.agrees = true,
                    Err(disagreement) => disagreement.clause.id().clone_into(&mut line.clause),
                }
                line.holds = holdings(player.model());
                if let Some((cost, most)) = player.excess(operation)
                    && line.agrees
                {
                    line = PlayedLine {
                        operation: line.operation,
                        clause: Clause::I14.id().to_owned(),
                        want: requests(most.into()) + " at the most",
                        got: requests(cost),
                        agrees: false,
                        ..PlayedLine::default()
                    };
                }
                if let Err(changed) = player.check_held(at + 1 == plan.len())
                    && line.agrees
                {
                    line = PlayedLine {
                        operation: line.operation,
                        clause: changed.clause.id().to_owned(),
                        want: "the bytes that reads returned, unchanged until they are dropped"
                            .to_owned(),
                        got: changed.outcome.to_string(),
                        agrees: false,
                        ..PlayedLine::default()
                    };
                }
                lock(&lines).push(line);
                if player.is_gone() {
                    break;
                }
            }
            Ok(())
        })
    };
    let mut lines = lock(&lines).clone();
    match played {
        Ok(result) => result?,
        Err(GivenUp::OutOfTime | GivenUp::NoThread) => {}
        Err(GivenUp::Hung) if !is_open.load(Ordering::Relaxed) => {
            return Err(OpenError::new("opening it did not end before the deadline"));
        }
        Err(GivenUp::Hung) => {
            let mut model = empty(&**adapter, plan);
            for operation in plan.operations().take(lines.len()) {
                model.predict(operation);
            }
            if let Some(step) = plan.steps().get(lines.len()) {
                let mut line = start_line(plan, &model, step);
                line.got = Outcome::TimedOut.to_string();
                lines.push(line);
            }
        }
    }
    Ok(Replay { lines, lanes: None })
}

/// A plan without playing it: every answer is right but the last, in whose place these words stand.
pub(crate) fn foreseen(adapter: &dyn Adapter, plan: &Plan, last: &str) -> Vec<PlayedLine> {
    let mut model = empty(adapter, plan);
    let line = |(at, step): (usize, &Step)| {
        let mut line = start_line(plan, &model, step);
        model.predict(&step.operation);
        line.agrees = at + 1 < plan.len();
        last.clone_into(&mut line.got);
        line
    };
    plan.steps().iter().enumerate().map(line).collect()
}

fn requests(count: u64) -> String {
    format!("{count} request{}", if count == 1 { "" } else { "s" })
}

pub(super) fn start_line(plan: &Plan, model: &ReferenceModel, step: &Step) -> PlayedLine {
    let expected = match step.fault {
        None => model.expect(&step.operation),
        Some(fault) => model.expect_during(&step.operation, fault),
    };
    PlayedLine {
        operation: step.display(plan.names()).to_string(),
        clause: expected.clause.id().to_owned(),
        want: expected.to_string(),
        got: String::new(),
        ..PlayedLine::default()
    }
}
