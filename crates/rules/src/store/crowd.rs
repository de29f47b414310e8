//! Crowds: more keys than a page of a listing holds, and every operation that takes many at once.
//!
//! Limits on how many keys one call may have are met by that call alone. So a crowd is asked all that
//! there is to ask about many keys, and ends by one of the operations that erase many: which one takes
//! turns, so that any default campaign has each of them with more than a thousand keys.

use zarr_conform_model::plan::KeyPart;
use zarr_conform_model::{Dialect, KeyId, Names, Operation, Patch, PrefixId, Value};

use crate::generate::choices::Choices;
use crate::store::key_table::{self, CROWDED};

/// Sizes of crowds that take more than a page each.
const LARGE: &[usize] = &[1001, 1100, 1500, 2000, 1025];

/// Sizes of crowds of a few smaller pages.
const SMALL: &[usize] = &[257, 130, 65, 513, 101, 1000];

/// One large crowd in this many has [`HUGE`] keys. A guess: what takes so many is rare.
const HUGE_EVERY: usize = 16;

const HUGE: usize = 5000;

/// How many others are read between a write and its read. A guess: more than small caches hold.
const SWEEP: usize = 140;

/// A crowd of keys, and how it ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crowd {
    keys: usize,
    ending: Ending,
    /// Whether each key has a directory of its own.
    of_directories: bool,
}

/// How a crowd ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// Half of it by `erase_many`, and the other half by `erase_prefix`.
    ByHalves,
    /// By `clear`.
    Cleared,
    /// By `erase_prefix` of the root.
    Rooted,
    /// By no more than what the rules come to.
    Open,
}

impl Crowd {
    /// The crowd of one turn.
    pub(super) fn draw(choices: &mut Choices, turn: u64) -> Self {
        let ending = match turn % 4 {
            0 => Ending::ByHalves,
            1 => Ending::Cleared,
            2 => Ending::Rooted,
            _ => Ending::Open,
        };
        let keys = match ending {
            Ending::Open if choices.chance(2, 3) => *choices.pick(SMALL),
            Ending::Cleared | Ending::Rooted if choices.chance(1, HUGE_EVERY) => HUGE,
            _ => *choices.pick(LARGE),
        };
        Self { keys, ending, of_directories: false }
    }

    /// The crowd of one turn in which each key has a directory of its own: more than a page in one turn
    /// of four, since every directory costs a store on files what some keys do.
    pub(super) fn of_directories(choices: &mut Choices, turn: u64) -> Self {
        let is_large = turn.is_multiple_of(4);
        let keys = *choices.pick(if is_large { LARGE } else { SMALL });
        let ending = if is_large { Ending::Open } else { Ending::Rooted };
        Self { keys, ending, of_directories: true }
    }

    /// The names of the crowd.
    pub(super) fn names(self, choices: &mut Choices, dialect: &Dialect) -> Names {
        match self.ending {
            _ if self.of_directories => key_table::draw_directories(choices, self.keys, dialect),
            Ending::ByHalves => key_table::draw_two_crowds(choices, self.keys, dialect),
            _ => key_table::draw_crowd(choices, self.keys, dialect),
        }
    }

    /// What is asked of the crowd once it is there.
    pub(super) fn script(self, choices: &mut Choices, names: &Names) -> Vec<Operation> {
        let keys: Vec<KeyId> = names.keys().collect();
        let mut script = if self.of_directories { Vec::new() } else { sweeps(choices, &keys) };
        script.extend(looks(choices, names, &keys));
        let root = names.find_prefix("");
        let erase_prefix = |prefix: PrefixId| Operation::ErasePrefix { prefix };
        match self.ending {
            Ending::ByHalves => {
                let [first, second] = CROWDED;
                let first = names.below(first).map(|at| names.key_at(at)).collect();
                script.push(Operation::EraseMany { keys: first });
                script.push(Operation::List);
                script.extend(names.find_prefix(second).map(erase_prefix));
            }
            Ending::Cleared => script.push(Operation::Clear),
            Ending::Rooted => script.extend(root.map(erase_prefix)),
            Ending::Open => return script,
        }
        script.push(Operation::List);
        script
    }
}

/// Writes that are read after many others were.
fn sweeps(choices: &mut Choices, keys: &[KeyId]) -> Vec<Operation> {
    let key = *choices.pick(keys);
    let others: Vec<KeyId> =
        keys.iter().copied().filter(|other| *other != key).take(SWEEP).collect();
    let get = |key: KeyId| Operation::Get { key };
    let value = |text: &str| Value::from(text);
    let patch = Patch { offset: 1, value: value("z") };
    let mut script = vec![Operation::Set { key, value: value("abc") }];
    script.extend(others.iter().copied().map(get));
    script.extend([get(key), Operation::Set { key, value: value("de") }]);
    let parts = others.iter().map(|key| KeyPart { key: *key, range: None });
    script.extend([Operation::GetMany { parts: parts.collect() }, get(key)]);
    script.push(Operation::SetPartial { key, patch });
    script.extend(others.iter().copied().map(get));
    script.push(get(key));
    script
}

/// Every question about many keys, in any order.
fn looks(choices: &mut Choices, names: &Names, keys: &[KeyId]) -> Vec<Operation> {
    let parts = keys.iter().map(|key| KeyPart { key: *key, range: None }).collect();
    let mut looks = vec![Operation::List, Operation::Size, Operation::GetMany { parts }];
    // The directory with most keys, and the root.
    let widest = names.prefixes().filter(|prefix| !names.prefix(*prefix).as_str().is_empty());
    let widest = widest.max_by_key(|prefix| names.below(names.prefix(*prefix).as_str()).len());
    for prefix in widest.into_iter().chain(names.find_prefix("")) {
        looks.extend([
            Operation::ListPrefix { prefix },
            Operation::ListDir { prefix },
            Operation::SizePrefix { prefix },
            Operation::IsEmpty { prefix },
        ]);
    }
    for last in (1..looks.len()).rev() {
        looks.swap(last, choices.below(last + 1));
    }
    looks
}
