//! The search for an explanation agrees with a slow and simple one: all orders, one by one.
//!
//! Histories are drawn right, by running the reference model at moments within the calls, and made
//! wrong, by exchanging an outcome.

mod history_draw;

use std::collections::HashSet;

use bytes::Bytes;
use history_draw::{
    Random, Seen, Step, answer_of, ask_again, draw, is_in_order, spoil, steps, take,
};
use zarr_conform_model::contract::{Overlap, PartialWrites};
use zarr_conform_model::history::{End, History};
use zarr_conform_model::{
    Capabilities, Declaration, Dialect, KeyId, Model, Operation, Outcome, StoreModel,
};

/// An operation of the slow search.
struct Slow {
    operation: Operation,
    /// Nothing, if it never returned.
    outcome: Option<Outcome>,
    invoked: u64,
    returned: u64,
    steps: Vec<Step>,
}

/// Where the slow search is.
#[derive(Clone)]
struct At {
    model: StoreModel,
    /// Which steps were taken, by operation.
    taken: Vec<Vec<bool>>,
    seen: Vec<Seen>,
}

/// Whether there is an order of all steps that explains every answer, within the times of the calls.
fn is_explained(history: &History, writes: PartialWrites) -> bool {
    let names = history.before.names();
    let joined = 1 << 20;
    let slow = |operation: &Operation, outcome: Option<&Outcome>, invoked, returned| Slow {
        operation: operation.clone(),
        outcome: outcome.cloned(),
        invoked,
        returned,
        steps: match outcome {
            // What was refused wrote nothing back.
            Some(refused @ Outcome::Refused(_))
                if matches!(operation, Operation::SetPartial { .. }) && *refused != ask_again() =>
            {
                vec![Step::Whole(operation.clone())]
            }
            _ => steps(names, operation, writes),
        },
    };
    let calls = history.calls.iter().map(|call| match &call.end {
        End::Returned { at, outcome } => slow(&call.operation, Some(outcome), call.invoked, *at),
        End::Never => slow(&call.operation, None, call.invoked, joined),
    });
    let after = history.after.iter().zip(1..).map(|(answer, at)| {
        slow(&answer.operation, Some(&answer.outcome), joined + 2 * at, joined + 2 * at + 1)
    });
    let asked: Vec<Slow> = calls.chain(after).collect();
    let at = At {
        model: history.before.clone(),
        taken: asked.iter().map(|asked| vec![false; asked.steps.len()]).collect(),
        seen: vec![Seen::default(); asked.len()],
    };
    search(&asked, at, &mut HashSet::new())
}

/// What makes one place of the slow search another: it is not looked at twice.
type Place = (Vec<Vec<bool>>, Vec<Option<Bytes>>, Vec<(Option<Bytes>, Vec<KeyId>, u64, bool)>);

fn place(at: &At) -> Place {
    let values = at.model.names().keys().map(|key| at.model.value(key).cloned());
    let seen = at
        .seen
        .iter()
        .map(|seen| (seen.taken.clone(), seen.listed.clone(), seen.length, seen.is_stopped));
    (at.taken.clone(), values.collect(), seen.collect())
}

/// Whether it may have happened or not: it never returned, or says that it may be asked again.
fn is_in_doubt(one: &Slow) -> bool {
    match &one.outcome {
        None => true,
        Some(outcome) => *outcome == ask_again() && one.operation.is_write(),
    }
}

fn search(asked: &[Slow], at: At, places: &mut HashSet<Place>) -> bool {
    if !places.insert(place(&at)) {
        return false;
    }
    let is_taken = |of: usize| at.taken[of].iter().all(|taken| *taken);
    let Some(first) =
        (0..asked.len()).filter(|of| !is_taken(*of)).map(|of| asked[of].returned).min()
    else {
        return true;
    };
    for (of, one) in asked.iter().enumerate().filter(|(_, one)| one.invoked <= first) {
        for step in (0..one.steps.len()).filter(|step| !at.taken[of][*step]) {
            let waits = is_in_order(&one.operation) && step > 0 && !at.taken[of][step - 1];
            if waits {
                continue;
            }
            let mut next = at.clone();
            next.taken[of][step] = true;
            if is_in_doubt(one) {
                // It may have stopped before any step.
                let mut stopped = next.clone();
                stopped.seen[of].is_stopped |= is_in_order(&one.operation);
                if search(asked, stopped, places) {
                    return true;
                }
            }
            take(&mut next.model, &one.steps[step], &mut next.seen[of]);
            let names = at.model.names();
            let is_right = match (&one.outcome, &one.steps[step]) {
                (None, _) => true,
                _ if is_in_doubt(one) => true,
                (Some(outcome), Step::Whole(operation)) => {
                    next.model = at.model.clone();
                    next.model.advance(operation, outcome);
                    at.model.expect(operation).judge(outcome).is_ok()
                }
                (Some(Outcome::Keys(keys)), Step::Look(key)) => {
                    next.seen[of].listed.contains(key) == keys.contains(names.key(*key))
                }
                (Some(outcome), _) if next.taken[of].iter().all(|taken| *taken) => {
                    answer_of(names, &one.operation, &next.seen[of]) == *outcome
                }
                _ => true,
            };
            if is_right && search(asked, next, places) {
                return true;
            }
        }
    }
    false
}

/// A history as lines, for who reads that a test fails.
fn shown(history: &History) -> String {
    let names = history.before.names();
    let live = history.before.live_keys().into_iter();
    let before = live.map(|key| format!("{} is {:?}", names.key(key), history.before.value(key)));
    let calls = history.calls.iter().map(|call| {
        let (caller, invoked) = (call.caller, call.invoked);
        let asked = call.operation.display(names);
        match &call.end {
            End::Returned { at, outcome } => {
                format!("{caller} {invoked}..{at} {asked} = {outcome}")
            }
            End::Never => format!("{caller} {invoked}.. {asked}"),
        }
    });
    let after = history.after.iter();
    let after =
        after.map(|answer| format!("{} = {}", answer.operation.display(names), answer.outcome));
    before.chain(calls).chain(after).collect::<Vec<_>>().join("\n")
}

/// How often the two say right, and wrong.
fn compare(seed: u64, count: usize, dialect: Dialect) -> (usize, usize) {
    let writes = dialect.partial_writes;
    let all = Capabilities { create: true, copy: true, rename: true, ..Capabilities::ZARRS };
    let declared = Declaration { capabilities: all, dialect };
    let (mut right, mut wrong) = (0, 0);
    let mut random = Random(seed);
    for at in 0..count {
        let mut history = draw(&mut random, declared, writes);
        let is_spoilt = at % 2 == 1;
        if is_spoilt {
            spoil(&mut random, &mut history);
        }
        let slow = is_explained(&history, writes);
        let findings = history.findings(Overlap::Linearizable, writes);
        assert_eq!(findings.is_empty(), slow, "{at}: {}{findings:#?}", shown(&history));
        assert!(slow || is_spoilt, "{at}: {}", shown(&history));
        if slow {
            right += 1;
        } else {
            wrong += 1;
        }
        let levels = Overlap::ALL.map(|level| history.findings(level, writes).is_empty());
        assert!(
            levels.is_sorted_by(|weak, strong| weak >= strong),
            "{at}: {levels:?} {}",
            shown(&history)
        );
        let verdict = history.judge();
        assert_eq!(verdict.is_right(), slow, "{at}: {}", shown(&history));
    }
    (right, wrong)
}

/// A store that promises all but that partial writes are kept, and that no call fails for a while.
const ALL: Dialect =
    Dialect { overlap: Overlap::Linearizable, transient_errors: true, ..Dialect::ZARRS };

#[test]
fn the_search_agrees_with_all_orders() {
    let dialect = Dialect { partial_writes: PartialWrites::Kept, ..ALL };
    let (right, wrong) = compare(0x5eed, 8_000, dialect);
    assert!(right > 4_000 && wrong > 1_500, "{right} right, {wrong} wrong");
}

#[test]
fn the_search_agrees_with_all_orders_where_partial_writes_may_be_lost() {
    let (right, wrong) = compare(0xfeed, 8_000, ALL);
    assert!(right > 4_000 && wrong > 1_500, "{right} right, {wrong} wrong");
}

#[test]
fn the_search_agrees_with_all_orders_where_no_key_is_below_a_key() {
    let partial_writes = PartialWrites::Kept;
    let dialect = Dialect { partial_writes, key_below_key: false, transient_errors: false, ..ALL };
    let (right, wrong) = compare(0xf11e, 5_000, dialect);
    assert!(right > 2_500 && wrong > 800, "{right} right, {wrong} wrong");
}
