//! Histories that are drawn: right ones, by running the reference model, and wrong ones.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use zarr_conform_model::contract::PartialWrites;
use zarr_conform_model::history::{Answer, Call, End, History};
use zarr_conform_model::{
    Declaration, ErrorClass, KeyId, Model, Names, Operation, Outcome, Patch, PrefixId, Range,
    Refusal, StoreModel, Value,
};
use zarrs_storage::byte_range::ByteRange;
use zarrs_storage::{StoreKey, StorePrefix};

/// `SplitMix64`: the same numbers on every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// What a call does at one moment; what it answers is made of its steps.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The operation.
    Whole(Operation),
    /// An erase of one key.
    Erase(KeyId),
    /// Whether a key is there.
    Look(KeyId),
    /// How long a value is.
    Measure(KeyId),
    /// The value of a key is read.
    Take(KeyId),
    /// The value that was read is written to another key.
    Put(KeyId),
    /// The value that was read is written back with a part laid over it.
    Overlay(Operation, KeyId),
}

fn prefix(names: &Names, text: &str) -> PrefixId {
    names.find_prefix(text).unwrap()
}

fn below(names: &Names, operation: &Operation) -> Vec<KeyId> {
    match operation.prefix() {
        Some(prefix) => names.below_prefix(prefix).map(|at| names.key_at(at)).collect(),
        None => names.keys().collect(),
    }
}

pub(crate) fn steps(names: &Names, operation: &Operation, writes: PartialWrites) -> Vec<Step> {
    match operation {
        Operation::EraseMany { keys } => {
            let mut keys = keys.to_vec();
            keys.sort_unstable();
            keys.dedup();
            keys.into_iter().map(Step::Erase).collect()
        }
        Operation::ErasePrefix { .. } | Operation::Clear => {
            below(names, operation).into_iter().map(Step::Erase).collect()
        }
        Operation::List
        | Operation::ListPrefix { .. }
        | Operation::ListDir { .. }
        | Operation::IsEmpty { .. } => {
            below(names, operation).into_iter().map(Step::Look).collect()
        }
        Operation::Size | Operation::SizePrefix { .. } => {
            below(names, operation).into_iter().map(Step::Measure).collect()
        }
        Operation::Copy { keys: [from, to] } => vec![Step::Take(*from), Step::Put(*to)],
        Operation::Rename { keys: [from, to] } => {
            vec![Step::Take(*from), Step::Put(*to), Step::Erase(*from)]
        }
        Operation::SetPartial { key, .. } if writes == PartialWrites::Lost => {
            vec![Step::Take(*key), Step::Overlay(operation.clone(), *key)]
        }
        _ => vec![Step::Whole(operation.clone())],
    }
}

/// Whether the steps of an operation come in their order.
pub(crate) fn is_in_order(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Copy { .. } | Operation::Rename { .. } | Operation::SetPartial { .. }
    )
}

/// What a call knows of what its steps saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) taken: Option<Bytes>,
    pub(crate) listed: Vec<KeyId>,
    pub(crate) length: u64,
    pub(crate) answer: Option<Outcome>,
    pub(crate) is_stopped: bool,
    /// Whether it ends by an error that says that it may be asked again.
    pub(crate) fails: bool,
}

fn set(model: &mut StoreModel, key: KeyId, value: Option<&Bytes>) {
    let operation = match value {
        Some(value) => Operation::Set { key, value: Value::Literal(value.to_vec().into()) },
        None => Operation::Erase { key },
    };
    model.predict(&operation);
}

/// Takes a step, as the reference model has it.
pub(crate) fn take(model: &mut StoreModel, step: &Step, seen: &mut Seen) {
    if seen.is_stopped {
        return;
    }
    match step {
        Step::Whole(operation) => {
            seen.answer = Some(answer(model, operation));
            model.predict(operation);
        }
        Step::Erase(key) => model.predict(&Operation::Erase { key: *key }),
        Step::Look(key) => seen.listed.extend(model.value(*key).map(|_| *key)),
        Step::Measure(key) => {
            seen.length += model.value(*key).map_or(0, |value| value.len() as u64);
        }
        Step::Take(key) => seen.taken = model.value(*key).cloned(),
        Step::Put(key) => match seen.taken.clone() {
            Some(value) => set(model, *key, Some(&value)),
            None => seen.is_stopped = true,
        },
        Step::Overlay(operation, key) => {
            let taken = seen.taken.clone();
            set(model, *key, taken.as_ref());
            model.predict(operation);
        }
    }
}

/// What a store answers that holds what the model holds.
fn answer(model: &StoreModel, operation: &Operation) -> Outcome {
    let value = |key: &KeyId| model.value(*key);
    if model.expect(operation).wanted.is_error() {
        return Outcome::Refused(Refusal::new(ErrorClass::Other, "no"));
    }
    match operation {
        Operation::Get { key } => {
            value(key).map_or(Outcome::Absent, |value| Outcome::Value(value.clone()))
        }
        Operation::GetPartial { key, .. } => {
            value(key).map_or(Outcome::Absent, |value| Outcome::Value(value.slice(..1)))
        }
        Operation::SizeKey { key } => {
            value(key).map_or(Outcome::Absent, |value| Outcome::Size(value.len() as u64))
        }
        Operation::Exists { key } => Outcome::Truth(value(key).is_some()),
        Operation::SetIfAbsent { key, .. } => Outcome::Truth(value(key).is_none()),
        _ => Outcome::Done,
    }
}

/// What a call answers once all its steps were taken.
pub(crate) fn answer_of(names: &Names, operation: &Operation, seen: &Seen) -> Outcome {
    match operation {
        Operation::List | Operation::ListPrefix { .. } => {
            let mut listed = seen.listed.clone();
            listed.sort_unstable();
            Outcome::Keys(listed.into_iter().map(|key| names.key(key).clone()).collect())
        }
        Operation::ListDir { .. } => {
            let listed = seen.listed.iter().map(|key| names.key(*key));
            let is_deep = |key: &&StoreKey| key.as_str().starts_with("a/");
            let keys = listed.clone().filter(|key| !is_deep(key)).cloned().collect();
            let prefixes = listed.filter(is_deep).take(1);
            let prefixes = prefixes.map(|_| StorePrefix::new("a/").unwrap()).collect();
            Outcome::Directory { keys, prefixes }
        }
        Operation::IsEmpty { .. } => Outcome::Truth(seen.listed.is_empty()),
        Operation::Size | Operation::SizePrefix { .. } => Outcome::Size(seen.length),
        Operation::Copy { .. } | Operation::Rename { .. } if seen.is_stopped => {
            let class = ErrorClass::NotFound;
            Outcome::Refused(Refusal::new(class, "no"))
        }
        _ => seen.answer.clone().unwrap_or(Outcome::Done),
    }
}

fn draw_operation(
    random: &mut Random,
    names: &Names,
    is_heavy: &mut bool,
    is_apart: bool,
) -> Operation {
    let all: Vec<KeyId> = names.keys().collect();
    let key = random.of(&all);
    let other = random.of(&all);
    let value = Value::from(random.of(&["x", "yy", "zzz", "ww"]));
    match random.below(22) {
        0..=3 => Operation::Set { key, value },
        4 => Operation::SetIfAbsent { key, value },
        5 | 6 => Operation::Erase { key },
        7..=9 => Operation::Get { key },
        10 => Operation::SizeKey { key },
        11 => Operation::Exists { key },
        12 => Operation::GetPartial { key, range: Range(ByteRange::FromStart(0, Some(1))) },
        13 | 14 => {
            let patch = Patch { offset: random.below(2) as u64, value: "p".into() };
            Operation::SetPartial { key, patch }
        }
        15 => Operation::EraseMany { keys: vec![key, other].into() },
        16 => Operation::ErasePrefix { prefix: prefix(names, "a/") },
        17 | 18 => Operation::ListPrefix { prefix: prefix(names, "a/") },
        // Two such answers of one history are not told apart as well as by all orders.
        19 if !std::mem::replace(is_heavy, true) => match random.below(3) {
            0 => Operation::IsEmpty { prefix: prefix(names, "a/") },
            1 => Operation::SizePrefix { prefix: prefix(names, "a/") },
            _ => Operation::ListDir { prefix: prefix(names, "") },
        },
        20 if key != other && is_apart => Operation::Copy { keys: [key, other] },
        21 if key != other && is_apart => Operation::Rename { keys: [key, other] },
        _ => Operation::List,
    }
}

/// Draws a history that is right: up to three callers, up to five calls.
pub(crate) fn draw(random: &mut Random, declared: Declaration, writes: PartialWrites) -> History {
    let is_apart = declared.dialect.key_below_key;
    let keys = if is_apart { ["a/b", "a/c", "d"] } else { ["a", "a/b", "d"] };
    let keys = keys.map(|key| StoreKey::new(key).unwrap());
    let names = Arc::new(Names::new(keys, ["", "a/"].map(|name| StorePrefix::new(name).unwrap())));
    let mut model = StoreModel::new(names.clone(), declared);
    for key in names.keys() {
        if random.one_in(2) {
            model.predict(&Operation::Set { key, value: "oo".into() });
        }
    }
    let before = model.clone();
    let callers = 2 + random.below(2);
    let mut left = 2 + random.below(4);
    let mut is_heavy = false;
    let mut calls: Vec<Call> = Vec::new();
    // The call that each caller is at, and the steps that it did not take yet.
    let mut at: BTreeMap<usize, (usize, Vec<Step>, Seen)> = BTreeMap::new();
    let mut clock = 0;
    while left > 0 || !at.is_empty() {
        clock += 1;
        let caller = random.below(callers);
        let Some((call, steps_left, seen)) = at.get_mut(&caller) else {
            if left > 0 {
                left -= 1;
                let operation = draw_operation(random, &names, &mut is_heavy, is_apart);
                let steps = steps(&names, &operation, writes);
                let fails =
                    declared.dialect.transient_errors && operation.is_write() && random.one_in(12);
                at.insert(caller, (calls.len(), steps, Seen { fails, ..Seen::default() }));
                calls.push(Call::never(caller, operation, clock));
            }
            continue;
        };
        if random.one_in(20) {
            // It is dropped; so is its caller.
            at.remove(&caller);
            continue;
        }
        let operation = calls[*call].operation.clone();
        if steps_left.is_empty() {
            let outcome =
                if seen.fails { ask_again() } else { answer_of(&names, &operation, seen) };
            calls[*call].end = End::Returned { at: clock, outcome };
            at.remove(&caller);
        } else {
            let step = if is_in_order(&operation) { 0 } else { random.below(steps_left.len()) };
            let step = steps_left.remove(step);
            if seen.fails && random.one_in(2) {
                seen.is_stopped |= is_in_order(&operation);
            } else {
                take(&mut model, &step, seen);
            }
        }
    }
    let mut after = Vec::new();
    if random.one_in(2) {
        for key in names.keys() {
            let operation = Operation::Get { key };
            after.push(Answer { outcome: answer(&model, &operation), operation });
        }
    }
    History::new(before, calls).then(after)
}

/// Exchanges an outcome for one that another such question had, or could have had.
pub(crate) fn spoil(random: &mut Random, history: &mut History) {
    let names = history.before.names().clone();
    let all: Vec<Outcome> = history
        .calls
        .iter()
        .filter_map(|call| match &call.end {
            End::Returned { outcome, .. } => Some(outcome.clone()),
            End::Never => None,
        })
        .collect();
    let mut outcomes: Vec<&mut Outcome> = Vec::new();
    for call in &mut history.calls {
        if let End::Returned { outcome, .. } = &mut call.end {
            outcomes.push(outcome);
        }
    }
    outcomes.extend(history.after.iter_mut().map(|answer| &mut answer.outcome));
    if outcomes.is_empty() {
        return;
    }
    let at = random.below(outcomes.len());
    let values = ["oo", "x", "yy", "zzz", "ww", "xp", "po", "op", "p"];
    let value = Outcome::Value(random.of(&values).into());
    *outcomes[at] = match &*outcomes[at] {
        Outcome::Value(_) | Outcome::Absent if random.one_in(3) => Outcome::Absent,
        Outcome::Value(old) if old.len() == 1 => Outcome::Value(random.of(&["o", "x", "z"]).into()),
        Outcome::Value(_) => value,
        Outcome::Truth(old) => Outcome::Truth(!old),
        Outcome::Size(_) => Outcome::Size(random.below(8) as u64),
        Outcome::Directory { keys, prefixes } if random.one_in(2) => {
            let deep = StorePrefix::new("a/").unwrap();
            let prefixes = if prefixes.is_empty() { vec![deep] } else { Vec::new() };
            Outcome::Directory { keys: keys.clone(), prefixes }
        }
        Outcome::Directory { keys, prefixes } => {
            let d = StoreKey::new("d").unwrap();
            let keys = if keys.is_empty() { vec![d] } else { Vec::new() };
            Outcome::Directory { keys, prefixes: prefixes.clone() }
        }
        Outcome::Keys(keys) => {
            let name = names.key(random.of(&names.keys().collect::<Vec<_>>())).clone();
            let mut keys = keys.clone();
            match keys.iter().position(|key| *key == name) {
                Some(at) => drop(keys.remove(at)),
                None if !name.as_str().starts_with("a/") => return,
                None => keys.insert(0, name),
            }
            Outcome::Keys(keys)
        }
        _ if all.is_empty() => return,
        _ => random.of(&all.iter().collect::<Vec<_>>()).clone(),
    };
}

pub(crate) fn ask_again() -> Outcome {
    Outcome::Refused(Refusal::new(ErrorClass::Transient, "no"))
}
