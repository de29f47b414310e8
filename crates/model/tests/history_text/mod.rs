//! Histories as text, and what there is to say of them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use zarr_conform_model::contract::{Overlap, PartialWrites, SecondHandle};
use zarr_conform_model::history::{Answer, Call, End, History, Position};
use zarr_conform_model::{
    Declaration, Dialect, ErrorClass, Model, Operation, Outcome, Plan, Refusal, StoreModel,
};
use zarrs_storage::{StoreKey, StorePrefix};

/// What a store declares that promises everything.
pub(crate) const ALL: Dialect = Dialect {
    overlap: Overlap::Linearizable,
    partial_writes: PartialWrites::Kept,
    second_handle: SecondHandle::Immediate,
    ..Dialect::ZARRS
};

/// Who asked and when, what, and what came back.
type Line<'a> = (Option<(&'a str, &'a str)>, &'a str, Option<&'a str>);

/// Reads a history: `set a "x"` was before it, `1 0..3 get a = "x"` is a call of caller 1 from 0 to 3,
/// `1 0.. get a` never returned, `1b 0..1 get a = "x"` asked a second handle, and `get a = "x"` came after.
pub(crate) fn history(declared: impl Into<Declaration>, text: &str) -> History {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let parts: Vec<Line<'_>> = lines
        .iter()
        .map(|line| {
            let (asked, answer) = line
                .split_once(" = ")
                .map_or((*line, None), |(asked, answer)| (asked, Some(answer)));
            if !asked.starts_with(|first: char| first.is_ascii_digit()) {
                return (None, asked, answer);
            }
            let (caller, rest) = asked.split_once(' ').unwrap();
            let (time, asked) = rest.split_once(' ').unwrap();
            (Some((caller, time)), asked, answer)
        })
        .collect();
    let plan: Vec<&str> = parts.iter().map(|(_, asked, _)| *asked).collect();
    let plan: Plan = plan.join("\n").parse().unwrap();
    let mut history = History::new(StoreModel::new(plan.names().clone(), declared), Vec::new());
    for (operation, (when, _, answer)) in plan.operations().zip(parts) {
        match (when, answer) {
            (None, None) => history.before.advance(operation, &Outcome::Done),
            (None, Some(answer)) => history
                .after
                .push(Answer { operation: operation.clone(), outcome: outcome(operation, answer) }),
            (Some((caller, time)), answer) => {
                let (invoked, returned) = time.split_once("..").unwrap();
                let end = answer.map_or(End::Never, |answer| End::Returned {
                    at: returned.parse().unwrap(),
                    outcome: outcome(operation, answer),
                });
                history.calls.push(Call {
                    caller: caller[..1].parse().unwrap(),
                    handle: usize::from(caller.ends_with('b')),
                    operation: operation.clone(),
                    invoked: invoked.parse().unwrap(),
                    end,
                });
            }
        }
    }
    history
}

/// Prints what there is to say of a history.
pub(crate) fn verdict(declared: impl Into<Declaration>, text: &str) -> String {
    let history = history(declared, text);
    let names = history.before.names();
    let verdict = history.judge();
    let mut said = vec![verdict.seen.map_or("nothing".to_owned(), |level| level.to_string())];
    for finding in verdict.findings {
        let show = |at: Position| history.operation(at).display(names).to_string();
        let (clause, kind) = (finding.clause, finding.mismatch.kind);
        said.push(format!("{clause} {}: {kind}", show(finding.at)));
        if let Some(key) = finding.key {
            said.push(format!("at {}", names.key(key)));
        }
        if !finding.beside.is_empty() {
            let beside: Vec<_> = finding.beside.into_iter().map(show).collect();
            said.push(format!("beside {}", beside.join(", ")));
        }
    }
    said.join("; ").replace('"', "'")
}

fn names(text: &str) -> Vec<&str> {
    let text = text.trim_matches(['[', ']']);
    text.split(", ").filter(|name| !name.is_empty()).collect()
}

fn keys(text: &str) -> Vec<StoreKey> {
    names(text).into_iter().map(|name| StoreKey::new(name).unwrap()).collect()
}

fn bytes(text: &str) -> bytes::Bytes {
    text.trim_matches('"').as_bytes().to_vec().into()
}

fn outcome(operation: &Operation, text: &str) -> Outcome {
    if let Some(class) = text.strip_prefix("error ") {
        let class = ErrorClass::ALL.into_iter().find(|other| other.name() == class);
        return Outcome::Refused(Refusal::new(class.unwrap(), "no"));
    }
    if let Some((keys_text, prefixes)) = text.split_once(" and ") {
        let prefixes = names(prefixes).into_iter().map(|name| StorePrefix::new(name).unwrap());
        return Outcome::Directory { keys: keys(keys_text), prefixes: prefixes.collect() };
    }
    match text {
        "done" => Outcome::Done,
        "absent" => Outcome::Absent,
        "true" | "false" => Outcome::Truth(text == "true"),
        "panic" => Outcome::Panicked("no".to_owned()),
        "late" => Outcome::TimedOut,
        _ if text.starts_with('"') => Outcome::Value(bytes(text)),
        _ if text.starts_with('[') && matches!(operation, Operation::GetMany { .. }) => {
            let part = |part: &str| Ok((part != "absent").then(|| bytes(part)));
            Outcome::Values(names(text).into_iter().map(part).collect())
        }
        _ if text.starts_with('[') => Outcome::Keys(keys(text)),
        _ => Outcome::Size(text.parse().unwrap()),
    }
}
