//! A plan with callers at the same time, line by line, in the order that shows most.

use zarr_conform_model::history::{Call, End, History, Position};
use zarr_conform_model::plan::Caller;
use zarr_conform_model::{Operation, Outcome, Plan, Value};
use zarr_conform_store::{Adapter, OpenError};

use crate::boundary::schedule_of;
use crate::play::holdings::first_difference;
use crate::play::replay::{Replay, foreseen};
use crate::play::watch::Pulse;
use crate::together::lanes::lanes;
use crate::together::run::{Order, Played, play};
use crate::together::schedules::{Orders, SWITCHES};
use crate::together::wrong::outcome;

/// What comes of turns that go elsewhere before a call that is not made.
const NOT_SWITCHED: &str = "nothing: a caller makes no such call, or nobody else can go on there, so the turn did not go elsewhere";

/// Plays a plan in the order that it says, or in the first that shows something.
pub(crate) fn lines(
    adapter: &dyn Adapter,
    plan: &Plan,
    pulse: &Pulse,
) -> Result<Replay, OpenError> {
    let mut shown = None;
    if plan.turns().is_none() {
        let orders = Orders { adapter, plan, pulse, switches: SWITCHES, is_over: &|| false };
        shown = orders.first_wrong(&|_| true)?.wrong;
    }
    let (turns, run) = match shown {
        Some(shown) => (shown.turns, Played::Run(shown.run)),
        None => {
            let turns = plan.turns().cloned().unwrap_or_default();
            let Some(schedule) = schedule_of(&turns) else {
                return Ok(Replay { lines: foreseen(adapter, plan, ""), lanes: None });
            };
            match play(adapter, plan, Order::InTurns(&schedule), pulse)? {
                // Nothing was wrong in any of the runs, and this is one more.
                Played::NotInTurns => (None, play(adapter, plan, Order::Freely(0), pulse)?),
                played => (Some(turns), played),
            }
        }
    };
    let plan = &plan.with_turns(turns.clone());
    let mut lines = foreseen(adapter, plan, "");
    let Played::Run(run) = run else {
        lines.truncate(plan.together().map_or(0, |block| block.start));
        for line in &mut lines {
            line.agrees = false;
            "an answer that is wrong before callers ask at the same time".clone_into(&mut line.got);
        }
        return Ok(Replay { lines, lanes: None });
    };
    let block = plan.together().unwrap_or(plan.len()..plan.len());
    let history = &run.history;
    for (line, outcome) in lines.iter_mut().zip(&run.before) {
        line.got = outcome.to_string();
        line.agrees = true;
    }
    for line in &mut lines[block.clone()] {
        "not asked".clone_into(&mut line.got);
    }
    // Who never came to a call has no part in the history.
    let callers = plan.steps()[block.clone()].iter().enumerate();
    let mut calls = history.calls.iter().enumerate().peekable();
    let mut places = Vec::new();
    for (at, step) in callers {
        let is_this = |(_, call): &(usize, &Call)| {
            Some(call.caller) == step.caller.map(Caller::index) && call.operation == step.operation
        };
        places.extend(
            calls.next_if(is_this).map(|(call, _)| (Position::Call(call), block.start + at)),
        );
    }
    places.extend((0..history.after.len()).map(|at| (Position::After(at), block.end + at)));
    for (position, at) in &places {
        lines[*at].got = got(history, *position);
        lines[*at].agrees = true;
    }
    for finding in history.judge().findings {
        let Some((_, at)) = places.iter().find(|(position, _)| *position == finding.at) else {
            continue;
        };
        let line = &mut lines[*at];
        line.agrees = false;
        finding.clause.id().clone_into(&mut line.clause);
        line.want = finding.wanted.join(", or ");
        line.differs_at = differs_at(plan, &outcome(history, finding.at));
    }
    if let Some(missed) = run.missed.first() {
        let line = &mut lines[block.end - 1];
        line.agrees = false;
        line.want = format!("`{missed}`");
        NOT_SWITCHED.clone_into(&mut line.got);
    }
    let (first, last) = (block.start, block.end - 1);
    lines[first].operation.insert_str(0, "together\n  ");
    for line in &mut lines[first + 1..=last] {
        line.operation.insert_str(0, "  ");
    }
    let columns = lanes(plan, history, turns.as_ref());
    lines[last].closing = match turns {
        Some(turns) => format!("  turns: {turns}\nend"),
        None => "end".to_owned(),
    };
    if history.after.is_empty() {
        lines.truncate(block.end);
    }
    Ok(Replay { lines, lanes: Some(columns) })
}

fn got(history: &History, at: Position) -> String {
    match at {
        Position::Call(call) if history.calls[call].end == End::Never => "dropped".to_owned(),
        at => outcome(history, at).to_string(),
    }
}

/// The first byte at which a value is none of those that the plan writes; nothing, if it is one of them.
fn differs_at(plan: &Plan, outcome: &Outcome) -> Option<u64> {
    let values = plan.operations().flat_map(Operation::values).map(Value::to_bytes);
    let bytes: Option<Vec<u64>> =
        values.map(|value| first_difference(Some(&value), outcome)).collect();
    bytes?.into_iter().max()
}
