//! Plans with callers at the same time: some writes, two or three callers with one or two operations
//! each, and questions about all that there may be then.
//!
//! That is the shape of Lincheck's scenarios. One operation at the least writes, most are about keys
//! that another caller is asked about, or about what is below a prefix of theirs, and no two values
//! have the same bytes, few the same length: a mixture of two, or an old one, is told from each.

use std::collections::BTreeSet;
use std::sync::Arc;

use zarr_conform_model::contract::Overlap;
use zarr_conform_model::plan::{Caller, Handle, KeyPart};
use zarr_conform_model::{
    Capabilities, KeyId, Names, Operation, OperationKind, Patch, Plan, PrefixId, Range, Step, Value,
};
use zarrs_storage::byte_range::ByteRange;
use zarrs_storage::{StoreKey, StorePrefix};

use crate::generate::choices::Choices;
use crate::store::generator::Generator;

/// Keys side by side, in one directory and in directories of their own; none is below another.
const KEYS: [&str; 6] = ["a", "b/a", "b/b", "b/c/a", "c/a/a", "d"];

/// How many keys a plan has at the most. A guess: what takes more takes a crowd.
const MOST_KEYS: usize = 4;

/// The lengths of values, different ones for most of a plan, and one that is longer than the buffer
/// of `std::io::BufWriter`, 8 KiB. A guess.
const LENGTHS: [u32; 8] = [2, 4, 1, 3, 6, 0, 5, 10_000];

/// What writes values, erases, asks for values, and asks what there is: each about as often as the
/// others, and each operation as often as the others of its kind. A guess.
const ASKED: [&[OperationKind]; 4] = [
    &[
        OperationKind::Set,
        OperationKind::Set,
        OperationKind::Set,
        OperationKind::SetIfAbsent,
        OperationKind::SetPartial,
        OperationKind::Copy,
        OperationKind::Rename,
    ],
    &[
        OperationKind::Erase,
        OperationKind::EraseMany,
        OperationKind::ErasePrefix,
        OperationKind::Clear,
    ],
    &[
        OperationKind::Get,
        OperationKind::Get,
        OperationKind::GetPartial,
        OperationKind::GetMany,
        OperationKind::SizeKey,
        OperationKind::Exists,
    ],
    &[
        OperationKind::List,
        OperationKind::ListPrefix,
        OperationKind::ListDir,
        OperationKind::IsEmpty,
        OperationKind::SizePrefix,
        OperationKind::Size,
    ],
];

impl Generator {
    /// The plan of one case with callers at the same time; empty, if nothing can be written.
    ///
    /// # Examples
    ///
    /// ```
    /// use zarr_conform_model::Dialect;
    /// use zarr_conform_rules::Generator;
    ///
    /// let generator = Generator::new(Dialect::ZARRS);
    /// let plan = generator.plan_together(0x5eed, 3);
    /// assert!(plan.callers() >= 2);
    /// assert_eq!(plan, generator.plan_together(0x5eed, 3));
    /// ```
    #[must_use]
    pub fn plan_together(&self, seed: u64, case: u64) -> Plan {
        let mut choices = Choices::new(seed, case);
        let names = Arc::new(names(&mut choices));
        let declared = self.declared();
        let allow = |kind: &OperationKind| declared.capabilities.allow(*kind);
        let allowed = |kinds: &[OperationKind]| -> Vec<OperationKind> {
            kinds.iter().copied().filter(allow).collect()
        };
        let asked = ASKED.into_iter().map(allowed).filter(|kinds| !kinds.is_empty());
        let asked: Vec<Vec<OperationKind>> = asked.collect();
        let keys: Vec<KeyId> = names.keys().collect();
        let hot = *choices.pick(&keys);
        // Of one key that two callers write, most stores promise nothing.
        let is_hot_often = declared.dialect.overlap >= Overlap::Readers;
        let hot_of_four = if is_hot_often { 3 } else { 1 };
        let mut draw = Draw { choices, names: &names, keys, hot, hot_of_four, written: 0 };
        draw.written = draw.choices.below(LENGTHS.len());
        let Some(steps) = draw.steps(&asked, declared.capabilities) else {
            return Plan::new(Arc::clone(&names), Vec::<Step>::new());
        };
        Plan::new(Arc::clone(&names), steps)
    }
}

/// A table of two keys at the least, with all that is above them.
fn names(choices: &mut Choices) -> Names {
    // Few keys are met often.
    let count = (2 + choices.halving(MOST_KEYS - 2)).min(MOST_KEYS);
    let mut keys = BTreeSet::new();
    while keys.len() < count {
        keys.insert(*choices.pick(&KEYS));
    }
    let directories = keys.iter().flat_map(|key| {
        key.match_indices('/').map(|(at, _)| StorePrefix::new(&key[..=at]).expect("a prefix"))
    });
    let prefixes = directories.chain([StorePrefix::root()]).collect::<Vec<_>>();
    Names::new(keys.iter().map(|key| StoreKey::new(*key).expect("a key")), prefixes)
}

struct Draw<'a> {
    choices: Choices,
    names: &'a Names,
    keys: Vec<KeyId>,
    /// The key that callers meet at.
    hot: KeyId,
    hot_of_four: usize,
    /// How many values there were.
    written: usize,
}

impl Draw<'_> {
    fn steps(
        &mut self,
        asked: &[Vec<OperationKind>],
        capabilities: Capabilities,
    ) -> Option<Vec<Step>> {
        let writes = asked.iter().filter(|kinds| kinds[0].is_write());
        let writes: Vec<Vec<OperationKind>> = writes.cloned().collect();
        if writes.is_empty() {
            return None;
        }
        let mut steps: Vec<Step> = Vec::new();
        // Some bugs take a store in which nothing ever was.
        let is_empty = !capabilities.write || self.choices.chance(1, 4);
        for key in self.keys.clone() {
            // Most are there before.
            if !is_empty && self.choices.chance(3, 4) {
                let value = self.value();
                steps.push(Operation::Set { key, value }.into());
            }
        }
        // What was there once may have left its directories.
        if capabilities.erase && !is_empty && self.choices.chance(1, 8) {
            steps.push(Operation::Erase { key: self.hot }.into());
        }
        // What a handle has read it may keep, whatever another one does to it.
        if capabilities.second_handle && self.choices.chance(1, 2) {
            steps.push(Operation::Get { key: self.hot }.into());
        }
        let callers = if self.choices.chance(1, 8) { 3 } else { 2 };
        for caller in 0..callers {
            let asks_second = caller > 0 && capabilities.second_handle;
            let is_second = asks_second && self.choices.chance(1, 2);
            let handle = if is_second { Handle::Second } else { Handle::First };
            let operations = if self.choices.chance(1, 4) { 2 } else { 1 };
            for nth in 0..operations {
                let kinds = if caller == 0 && nth == 0 { &writes } else { asked };
                // Each pair of kinds is rare, but that of two alike.
                let is_mirrored = caller == 1 && nth == 0 && self.choices.chance(1, 4);
                let first = steps.iter().find(|step| step.caller.is_some());
                let operation = match first.filter(|_| is_mirrored) {
                    Some(first) => self.mirrored(&first.operation, capabilities),
                    None => self.operation(kinds, first.map(|step| step.operation.kind())),
                };
                steps.push(Step::by(Caller::at(caller), operation).of(handle));
            }
        }
        let questions = self.questions(capabilities);
        let again = questions.iter().filter(|question| question.key().is_some()).cloned();
        let again = [Operation::Reopen].into_iter().chain(again.collect::<Vec<_>>());
        let again = again.filter(|_| capabilities.reopen);
        steps.extend(questions.into_iter().chain(again).map(Step::from));
        Some(steps)
    }

    /// All that there may be.
    fn questions(&self, capabilities: Capabilities) -> Vec<Operation> {
        let values = self.keys.iter().map(|key| Operation::Get { key: *key });
        let directories = self.names.prefixes().map(|prefix| Operation::ListDir { prefix });
        // Directories follow from keys mostly, and each run takes as long as it has questions.
        let questions = values.chain([Operation::List]).chain(directories.rev().take(1));
        questions.filter(|question| capabilities.allow(question.kind())).collect()
    }

    /// The same operation with the names in the other order, or with another value; beside an erase, one
    /// of several keys, perhaps.
    fn mirrored(&mut self, operation: &Operation, capabilities: Capabilities) -> Operation {
        match operation {
            Operation::Erase { key }
                if capabilities.allow(OperationKind::EraseMany) && self.choices.chance(1, 2) =>
            {
                let others = self.keys.iter().copied().filter(|other| other != key);
                let others: Vec<KeyId> = others.collect();
                Operation::EraseMany { keys: vec![*key, *self.choices.pick(&others)].into() }
            }
            Operation::Set { key, .. } => Operation::Set { key: *key, value: self.value() },
            Operation::SetIfAbsent { key, .. } => {
                Operation::SetIfAbsent { key: *key, value: self.value() }
            }
            Operation::SetPartial { key, .. } => {
                let (offset, value) = (self.choices.below(3) as u64, self.value());
                Operation::SetPartial { key: *key, patch: Patch { offset, value } }
            }
            Operation::EraseMany { keys } => {
                Operation::EraseMany { keys: keys.iter().rev().copied().collect() }
            }
            Operation::Copy { keys: [from, to] } => Operation::Copy { keys: [*to, *from] },
            Operation::Rename { keys: [from, to] } => Operation::Rename { keys: [*to, *from] },
            other => other.clone(),
        }
    }

    /// An operation of a caller, beside what the first one begins with, if that is known: what lists and
    /// what erases are asked more often beside an erase.
    fn operation(
        &mut self,
        asked: &[Vec<OperationKind>],
        beside: Option<OperationKind>,
    ) -> Operation {
        let is_beside_erase = beside.is_some_and(OperationKind::is_erase);
        let weight = |kinds: &Vec<OperationKind>| match kinds[0] {
            kind if kind.is_erase() => 2 + u32::from(is_beside_erase),
            OperationKind::List => 2 + u32::from(is_beside_erase),
            _ => 2,
        };
        let weights: Vec<u32> = asked.iter().map(weight).collect();
        let kinds = &asked[self.choices.weighted(&weights)];
        match *self.choices.pick(kinds) {
            OperationKind::Set => Operation::Set { key: self.key(), value: self.value() },
            OperationKind::SetIfAbsent => {
                Operation::SetIfAbsent { key: self.key(), value: self.value() }
            }
            OperationKind::SetPartial => {
                let (offset, value) = (self.choices.below(3) as u64, self.value());
                Operation::SetPartial { key: self.key(), patch: Patch { offset, value } }
            }
            OperationKind::Copy => Operation::Copy { keys: self.pair() },
            OperationKind::Rename => Operation::Rename { keys: self.pair() },
            OperationKind::Erase => Operation::Erase { key: self.key() },
            OperationKind::EraseMany => Operation::EraseMany { keys: self.pair().into() },
            OperationKind::ErasePrefix => Operation::ErasePrefix { prefix: self.prefix() },
            OperationKind::Clear => Operation::Clear,
            OperationKind::GetPartial => {
                let range = match self.choices.below(3) {
                    0 => ByteRange::FromStart(0, Some(1)),
                    1 => ByteRange::FromStart(1, None),
                    _ => ByteRange::Suffix(1),
                };
                Operation::GetPartial { key: self.key(), range: Range(range) }
            }
            OperationKind::GetMany => {
                let parts = self.pair().map(|key| KeyPart { key, range: None });
                Operation::GetMany { parts: parts.into() }
            }
            OperationKind::SizeKey => Operation::SizeKey { key: self.key() },
            OperationKind::Exists => Operation::Exists { key: self.key() },
            OperationKind::List => Operation::List,
            OperationKind::ListPrefix => Operation::ListPrefix { prefix: self.prefix() },
            OperationKind::ListDir => Operation::ListDir { prefix: self.prefix() },
            OperationKind::IsEmpty => Operation::IsEmpty { prefix: self.prefix() },
            OperationKind::SizePrefix => Operation::SizePrefix { prefix: self.prefix() },
            OperationKind::Size => Operation::Size,
            _ => Operation::Get { key: self.key() },
        }
    }

    /// A key, mostly the one that callers meet at.
    fn key(&mut self) -> KeyId {
        let is_hot = self.choices.chance(self.hot_of_four, 4);
        if is_hot { self.hot } else { *self.choices.pick(&self.keys) }
    }

    /// Two keys, different ones.
    fn pair(&mut self) -> [KeyId; 2] {
        let first = self.key();
        let others: Vec<KeyId> = self.keys.iter().copied().filter(|key| *key != first).collect();
        let second = *self.choices.pick(&others);
        if self.choices.chance(1, 2) { [first, second] } else { [second, first] }
    }

    /// A prefix, mostly one above the key that callers meet at.
    fn prefix(&mut self) -> PrefixId {
        let hot = self.names.key(self.hot).as_str();
        let is_above = |prefix: &PrefixId| hot.starts_with(self.names.prefix(*prefix).as_str());
        let all: Vec<PrefixId> = self.names.prefixes().collect();
        let above: Vec<PrefixId> = all.iter().copied().filter(is_above).collect();
        let from = if self.choices.chance(3, 4) { &above } else { &all };
        *self.choices.pick(from)
    }

    /// A value that the plan has not had.
    fn value(&mut self) -> Value {
        let at = self.written;
        self.written += 1;
        let byte = b'a' + (at % 26) as u8;
        let length = LENGTHS[at % LENGTHS.len()];
        // Short ones are written as texts.
        if length > 8 {
            return Value::Repeat { length, byte };
        }
        Value::Literal(vec![byte; length as usize].into())
    }
}

#[cfg(test)]
mod tests {
    use zarr_conform_model::{Declaration, Dialect};

    use super::*;

    #[test]
    fn one_caller_writes_and_all_that_there_may_be_is_asked_for() {
        let dialect = Dialect { overlap: Overlap::Linearizable, ..Dialect::ZARRS };
        let generator = Generator::new(Declaration { dialect, ..Declaration::ZARRS });
        let mut three = 0;
        for case in 0..500 {
            let plan = generator.plan_together(7, case);
            let block = plan.together().expect("there are callers");
            let together = &plan.steps()[block.clone()];
            assert!(together.iter().any(|step| step.operation.is_write()), "{plan}");
            assert!((2..=6).contains(&together.len()), "{plan}");
            assert!((2..=3).contains(&plan.callers()), "{plan}");
            three += usize::from(plan.callers() == 3);
            let after: BTreeSet<KeyId> =
                plan.steps()[block.end..].iter().filter_map(|step| step.operation.key()).collect();
            assert_eq!(after.len(), plan.names().key_count(), "{plan}");
            let values: Vec<_> = plan.operations().flat_map(Operation::values).collect();
            let distinct: BTreeSet<_> = values.iter().map(|value| value.to_bytes()).collect();
            // The empty one may come twice.
            assert!(values.len() <= distinct.len() + 1, "{plan}");
        }
        assert!((20..150).contains(&three), "{three}");
    }

    #[test]
    fn a_store_that_only_reads_has_no_plans() {
        let capabilities = Capabilities {
            write: false,
            erase: false,
            write_partial: false,
            ..Capabilities::ZARRS
        };
        assert!(Generator::new(capabilities).plan_together(0, 0).is_empty());
    }
}
