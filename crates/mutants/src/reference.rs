//! A correct store over a map, in any dialect: what bugs are planted in when no other is at hand.
//!
//! A campaign plants its bug here, and not in the store under test. What is to be proved is that
//! these plans, with these rules, checks and options, find a bug. In the store under test, its own
//! failures would hide it or be taken for it, and every question would be asked of a store that may
//! be slow. This one has the same dialect and capabilities, so the plans mean the same on it.

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;
use zarr_conform_model::contract::{ListOrder, RangePosition, clamp};
use zarr_conform_model::plan::KeyPart;
use zarr_conform_model::{
    Capabilities, Declaration, Dialect, ErrorClass, Names, Operation, Outcome, Patch, Refusal,
    Reply,
};
use zarr_conform_store::{Adapter, Contents, OpenError, StoreUnderTest};
use zarrs_storage::byte_range::ByteRange;
use zarrs_storage::{StoreKey, StorePrefix};

/// A store that does what its dialect says, over a map.
///
/// Where the dialect leaves a choice, it answers. A key that the dialect need not hold is a key
/// like any other; one that it does not hold is refused. It has nowhere to be opened again from,
/// so reopening it changes nothing.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::{Dialect, Plan};
/// use zarr_conform_store::StoreUnderTest;
/// use zarr_conform_mutants::ReferenceStore;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut store = ReferenceStore::new(Dialect { key_below_key: false, ..Dialect::ZARRS });
/// let plan: Plan = "set a \"\"\nset a/b \"\"".parse()?;
/// let [set, set_below] = plan.operations().collect::<Vec<_>>()[..] else { unreachable!() };
/// assert_eq!(store.answer(plan.names(), set).to_string(), "done");
/// assert!(store.answer(plan.names(), set_below).to_string().starts_with("error Other"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ReferenceStore {
    capabilities: Capabilities,
    dialect: Dialect,
    values: BTreeMap<String, Bytes>,
}

/// What a store answers, or why it does not.
type Answer = Result<Outcome, Refusal>;

impl ReferenceStore {
    /// An empty store.
    #[must_use]
    pub fn new(declared: impl Into<Declaration>) -> Self {
        let Declaration { capabilities, dialect } = declared.into();
        Self { capabilities, dialect, values: BTreeMap::new() }
    }

    /// Everything that it holds.
    #[must_use]
    pub fn contents(&self) -> Contents {
        let values = self.values.iter();
        values.map(|(key, value)| (stored_key(key.clone()), value.clone())).collect()
    }

    fn ask(&mut self, names: &Names, operation: &Operation) -> Answer {
        let kind = operation.kind();
        if !self.capabilities.allow(kind) {
            return refuse(ErrorClass::Unsupported, "the store has no such operation");
        }
        let name = |key| names.key(key).as_str();
        let is_refused = |key| self.dialect.standing(name(key)) == Reply::Refuse;
        if operation.keys().any(is_refused) {
            return refuse(ErrorClass::InvalidKey, "the dialect has no such key");
        }
        let prefix = operation.prefix().map_or("", |prefix| names.prefix(prefix).as_str());
        if operation.prefix().is_some() && self.below(prefix).next().is_none() {
            heed(match operation {
                Operation::ErasePrefix { .. } => self.dialect.erase_missing_prefix,
                _ => self.dialect.list_missing_prefix,
            })?;
        }
        Ok(match operation {
            Operation::Get { key } => {
                self.read(name(*key), |value| Ok(Outcome::Value(value.clone())))?
            }
            Operation::GetPartial { key, range } => {
                self.read(name(*key), |value| self.part(value, range.0).map(Outcome::Value))?
            }
            Operation::GetPartialMany { key, ranges } => self.read(name(*key), |value| {
                let parts = ranges.iter().map(|range| self.part(value, range.0).map(Some));
                Ok(Outcome::Values(parts.collect()))
            })?,
            Operation::GetMany { parts } => {
                let answer = |part: &KeyPart| match (self.values.get(name(part.key)), part.range) {
                    (Some(value), Some(range)) => self.part(value, range.0).map(Some),
                    (value, _) => Ok(value.cloned()),
                };
                Outcome::Values(parts.iter().map(answer).collect())
            }
            Operation::SizeKey { key } => {
                self.read(name(*key), |value| Ok(Outcome::Size(value.len() as u64)))?
            }
            Operation::Exists { key } => Outcome::Truth(self.values.contains_key(name(*key))),
            Operation::Set { key, value } => self.set(name(*key), value.to_bytes())?,
            Operation::SetIfAbsent { key, value } => {
                let is_absent = !self.values.contains_key(name(*key));
                if is_absent {
                    self.set(name(*key), value.to_bytes())?;
                }
                Outcome::Truth(is_absent)
            }
            Operation::Copy { keys: [from, to] } => self.copy(name(*from), name(*to))?,
            Operation::Rename { keys: [from, to] } => {
                let renamed = self.copy(name(*from), name(*to))?;
                if from != to {
                    self.values.remove(name(*from));
                }
                renamed
            }
            Operation::SetPartial { key, .. } | Operation::SetPartialMany { key, .. } => {
                self.patch(name(*key), operation.patches())?
            }
            Operation::Erase { .. } | Operation::EraseMany { .. } => {
                let keys = operation.keys().map(name);
                if keys.clone().any(|key| !self.values.contains_key(key)) {
                    heed(self.dialect.erase_missing)?;
                }
                keys.for_each(|key| drop(self.values.remove(key)));
                Outcome::Done
            }
            Operation::ErasePrefix { .. } => {
                self.values.retain(|key, _| !key.starts_with(prefix));
                Outcome::Done
            }
            Operation::Clear => {
                self.values.clear();
                Outcome::Done
            }
            Operation::List | Operation::ListPrefix { .. } => {
                let keys = self.below(prefix).map(|(key, _)| key.to_owned());
                Outcome::Keys(self.in_order(keys.collect()).map(stored_key).collect())
            }
            Operation::ListDir { .. } => self.directory(prefix),
            Operation::IsEmpty { .. } => Outcome::Truth(self.below(prefix).next().is_none()),
            Operation::SizePrefix { .. } | Operation::Size => {
                Outcome::Size(self.below(prefix).map(|(_, value)| value.len() as u64).sum())
            }
            Operation::Reopen | Operation::Audit | Operation::Close => Outcome::Done,
            Operation::Node(_) => return refuse(ErrorClass::Unsupported, "this is a store alone"),
        })
    }

    fn read(&self, key: &str, answer: impl FnOnce(&Bytes) -> Answer) -> Answer {
        self.values.get(key).map_or(Ok(Outcome::Absent), answer)
    }

    fn part(&self, value: &Bytes, range: ByteRange) -> Result<Bytes, Refusal> {
        let position = RangePosition::of(range, value.len() as u64);
        if self.dialect.ranges.reply(position) == Reply::Refuse {
            return refuse(ErrorClass::InvalidRange, "the range is not inside the value");
        }
        Ok(value.slice(clamp(range, value.len())))
    }

    fn set(&mut self, key: &str, value: Bytes) -> Answer {
        self.make_way(key)?;
        self.values.insert(key.to_owned(), value);
        Ok(Outcome::Done)
    }

    /// Gives a key the value of another one.
    fn copy(&mut self, from: &str, to: &str) -> Answer {
        let Some(value) = self.values.get(from).cloned() else {
            return refuse(ErrorClass::NotFound, "there is nothing to copy");
        };
        if from == to { Ok(Outcome::Done) } else { self.set(to, value) }
    }

    /// Lays patches over a value; those of no bytes do nothing.
    fn patch(&mut self, key: &str, patches: &[Patch]) -> Answer {
        self.make_way(key)?;
        let old = self.values.get(key);
        if old.is_none() {
            heed(self.dialect.write_partial_missing)?;
        }
        let mut value = old.map_or_else(Vec::new, |old| old.to_vec());
        for Patch { offset, value: bytes } in patches {
            let end = offset.checked_add(bytes.len() as u64);
            let Some(end) = end.filter(|end| *end <= Operation::LONGEST_PATCHED_VALUE) else {
                return refuse(ErrorClass::Other, "the value would be too long");
            };
            if bytes.is_empty() {
                continue;
            }
            if *offset > value.len() as u64 {
                heed(self.dialect.write_partial_gap)?;
            }
            value.resize(value.len().max(end as usize), 0);
            value[*offset as usize..end as usize].copy_from_slice(&bytes.to_bytes());
        }
        if patches.iter().any(|patch| !patch.value.is_empty()) {
            self.values.insert(key.to_owned(), value.into());
        }
        Ok(Outcome::Done)
    }

    /// Refuses a key above or below another one, if the dialect cannot hold both.
    fn make_way(&self, key: &str) -> Result<(), Refusal> {
        if self.dialect.key_below_key || key.is_empty() {
            return Ok(());
        }
        let mut above = key.match_indices('/').map(|(slash, _)| &key[..slash]);
        if above.any(|key| self.values.contains_key(key)) {
            return refuse(ErrorClass::Other, "a key is where a directory would have to be");
        }
        if self.below(&format!("{key}/")).next().is_some() {
            return refuse(ErrorClass::Other, "a directory is where the key would have to be");
        }
        Ok(())
    }

    /// The keys below a prefix and their values, in byte order.
    fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Bytes)> {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let values = self.values.range::<str, _>(from).map(|(key, value)| (key.as_str(), value));
        values.take_while(move |(key, _)| key.starts_with(prefix))
    }

    fn directory(&self, prefix: &str) -> Outcome {
        let (mut keys, mut prefixes) = (Vec::new(), Vec::new());
        for (key, _) in self.below(prefix) {
            match key[prefix.len()..].split_once('/') {
                None => keys.push(key.to_owned()),
                Some((child, _)) => prefixes.push(format!("{prefix}{child}/")),
            }
        }
        prefixes.dedup();
        Outcome::Directory {
            keys: self.in_order(keys).map(stored_key).collect(),
            prefixes: self.in_order(prefixes).map(stored_prefix).collect(),
        }
    }

    /// Names that are in byte order, in the order of the dialect.
    fn in_order(&self, mut names: Vec<String>) -> impl Iterator<Item = String> + use<> {
        if self.dialect.order == ListOrder::Segments {
            names.sort_by(|a, b| a.split('/').cmp(b.split('/')));
        }
        names.into_iter()
    }
}

impl StoreUnderTest for ReferenceStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        self.ask(names, operation).unwrap_or_else(Outcome::Refused)
    }
}

fn refuse<T>(class: ErrorClass, message: &str) -> Result<T, Refusal> {
    Err(Refusal::new(class, message))
}

/// Refuses for want of a key, if the dialect does.
fn heed(reply: Reply) -> Result<(), Refusal> {
    match reply {
        Reply::Answer | Reply::Either => Ok(()),
        Reply::Refuse => refuse(ErrorClass::NotFound, "there is nothing of this name"),
    }
}

fn stored_key(name: String) -> StoreKey {
    StoreKey::new(name).expect("it was a key when it was set")
}

fn stored_prefix(name: String) -> StorePrefix {
    StorePrefix::new(name).expect("the directory of a key is a prefix")
}

/// Opens a [`ReferenceStore`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReferenceAdapter {
    declared: Declaration,
}

impl ReferenceAdapter {
    /// Opens stores that declare this.
    #[must_use]
    pub fn new(declared: impl Into<Declaration>) -> Self {
        Self { declared: declared.into() }
    }
}

impl Adapter for ReferenceAdapter {
    fn name(&self) -> &str {
        "reference"
    }

    fn capabilities(&self) -> Capabilities {
        self.declared.capabilities
    }

    fn dialect(&self) -> Dialect {
        self.declared.dialect
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        Ok(Box::new(ReferenceStore::new(self.declared)))
    }
}
