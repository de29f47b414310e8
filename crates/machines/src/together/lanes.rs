//! What callers did, one column each, from top to bottom as time went.

use zarr_conform_model::Plan;
use zarr_conform_model::history::{End, History};
use zarr_conform_model::plan::{Caller, Switch, To, Turns};

/// What separates columns.
const GAP: usize = 4;

/// The columns, with the switches where they happened.
pub(super) fn lanes(plan: &Plan, history: &History, turns: Option<&Turns>) -> String {
    let mut switches = turns.map(|turns| turns.switches.clone()).unwrap_or_default();
    let mut rows: Vec<(usize, String)> = Vec::new();
    for (_, caller, text) in events(plan, history) {
        // A caller that gives its turn away goes on below.
        if let Some((last, _)) = rows.last().filter(|(last, _)| *last != caller) {
            let last = *last;
            let given = |switch: &Switch| {
                let to_next = switch.to == To::End || switch.to == To::Caller(Caller::at(caller));
                switch.caller.index() == last && to_next
            };
            let found = switches.iter().position(given);
            rows.extend(found.map(|at| (last, switch_text(switches.remove(at)))));
        }
        rows.push((caller, text));
    }
    let ended = switches.into_iter().filter(|switch| switch.to == To::End);
    rows.extend(ended.map(|switch| (switch.caller.index(), switch_text(switch))));
    let titles = (0..plan.callers()).map(|caller| (caller, Caller::at(caller).to_string()));
    let width = |lane: usize| {
        let own = rows.iter().filter(|(caller, _)| *caller == lane);
        own.map(|(_, text)| text.chars().count()).max().unwrap_or(1) + GAP
    };
    let starts: Vec<usize> =
        (0..plan.callers()).map(|lane| (0..lane).map(width).sum::<usize>() + GAP).collect();
    let mut column = 0;
    let heading = titles.map(|(caller, title)| {
        let pad = starts[caller] - column;
        column = starts[caller] + title.len();
        format!("{:pad$}{title}", "")
    });
    let mut lines: Vec<String> = vec![heading.collect()];
    lines.extend(
        rows.iter().map(|(caller, row)| format!("{:pad$}{row}", "", pad = starts[*caller])),
    );
    lines.join("\n")
}

/// What callers asked and what came back, by the time at which it happened.
fn events(plan: &Plan, history: &History) -> Vec<(u64, usize, String)> {
    let mut events = Vec::new();
    for call in &history.calls {
        let handle = if call.handle == 0 { "" } else { "b: " };
        let asked = format!("{handle}{}", call.operation.display(plan.names()));
        events.push((call.invoked, call.caller, asked));
        if let End::Returned { at, outcome } = &call.end {
            events.push((*at, call.caller, format!("  -> {outcome}")));
        }
    }
    events.sort_by_key(|(at, caller, _)| (*at, *caller));
    events
}

fn switch_text(Switch { before, to, .. }: Switch) -> String {
    match to {
        To::Caller(to) => format!("  before {before}: {to} goes on"),
        To::End => format!("  before {before}: dropped"),
    }
}
