//! Parades: every name of some kinds, set one after the other and then looked at.
//!
//! A bug about one character in one place is not met by chance. So each of four turns has all names of
//! its kinds: a default campaign has had every name once.

use zarr_conform_model::{Dialect, KeyId, Names, Operation, Range, Value};
use zarrs_storage::byte_range::ByteRange;

use crate::generate::choices::Choices;
use crate::store::key_table::{
    self, DOUBTFUL_KEYS, ENCODED_NAMES, UNICODE_NAMES, around_the_longest,
};
use crate::store::odd_names::{
    CHUNKS, CONTROLS, DOCUMENTS, DRIVES, MARKS, OWN_SUFFIXES, SEPARATORS, WHITE,
};

/// Lengths of names: what some file systems, encoders and services have for the longest.
const LENGTHS: &[usize] = &[63, 64, 65, 128, 143, 144, 200, 240, 250, 254, 255, 256, 300];

/// Lengths of whole keys, whose segments are shorter.
const KEY_LENGTHS: &[usize] = &[255, 256, 512, 900, 1000, 1001, 1023, 1024, 1025, 2048];

/// The names of one turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parade {
    turn: u64,
}

impl Parade {
    /// The turn that has all [`MARKS`](crate::store::odd_names::MARKS).
    pub(super) const MARKS: u64 = 0;

    /// The turn that has the longest names.
    pub(super) const EXTREMES: u64 = 3;

    pub(super) const fn of_turn(turn: u64) -> Self {
        Self { turn }
    }

    pub(super) fn names(self, choices: &mut Choices, dialect: &Dialect) -> Names {
        let mut keys = match self.turn % 4 {
            0 => marks(),
            1 => texts(),
            2 => families(),
            _ => extremes(dialect),
        };
        if !dialect.unicode_keys {
            keys.retain(|key| key.is_ascii());
        }
        keys.sort_unstable();
        keys.dedup();
        key_table::of_keys(choices, keys, dialect)
    }

    /// Every key is set, looked at, and set again in another order; all is listed, and again when half of
    /// the keys are erased.
    pub(super) fn script(choices: &mut Choices, names: &Names) -> Vec<Operation> {
        let mut keys: Vec<KeyId> = names.keys().collect();
        shuffle(choices, &mut keys);
        let set = |turn: usize| {
            move |(at, key): (usize, &KeyId)| {
                let id = (turn * 1000 + at) as u32;
                Operation::Set { key: *key, value: Value::Pattern { length: 3 + turn as u32, id } }
            }
        };
        // Listings come late: of a store that holds names wrong, what they show is taken out.
        let mut script: Vec<Operation> = keys.iter().enumerate().map(set(0)).collect();
        script.extend(keys.iter().enumerate().map(|(at, key)| look(at, *key)));
        shuffle(choices, &mut keys);
        script.extend(keys.iter().enumerate().map(set(1)));
        script.push(Operation::List);
        script.extend(
            names.prefixes().flat_map(|prefix| {
                [Operation::ListDir { prefix }, Operation::ListPrefix { prefix }]
            }),
        );
        let (erased, kept) = keys.split_at(keys.len() / 2);
        script.extend(erased.iter().map(|key| Operation::Erase { key: *key }));
        script.push(Operation::List);
        script.extend(kept.iter().map(|key| Operation::Get { key: *key }));
        script
    }
}

/// One question about a key, another one for each next of them.
fn look(at: usize, key: KeyId) -> Operation {
    let part = Range(ByteRange::FromStart(1, Some(1)));
    match at % 4 {
        0 => Operation::Get { key },
        1 => Operation::SizeKey { key },
        2 => Operation::GetPartial { key, range: part },
        _ => Operation::Exists { key },
    }
}

fn shuffle<T>(choices: &mut Choices, items: &mut [T]) {
    for last in (1..items.len()).rev() {
        items.swap(last, choices.below(last + 1));
    }
}

/// Every mark at either end of a name, inside it, and in the name of a directory.
fn marks() -> Vec<String> {
    let around = |mark: char| {
        [format!("{mark}a"), format!("a{mark}"), format!("a{mark}b"), format!("d{mark}/x")]
    };
    MARKS.chars().flat_map(around).collect()
}

/// Names that are encoded, that do not show, or that are not ASCII; white space in every place.
fn texts() -> Vec<String> {
    let given = [ENCODED_NAMES, UNICODE_NAMES, CONTROLS, DRIVES].into_iter().flatten();
    let white = WHITE.iter().flat_map(|white| {
        [format!("w{white}"), format!("{white}w"), format!("w{white}/x"), format!("w{white}w")]
    });
    given.map(|name| (*name).to_owned()).chain(white).chain(["w".to_owned()]).collect()
}

/// Names that belong together: what a store puts behind them for itself, the same with each separator,
/// documents of one node, chunks of one array, and what is below reserved names.
fn families() -> Vec<String> {
    const RESERVED: [&str; 6] =
        ["g/zarr.json", "g/__x/y", "g/__x/zarr.json", "__x", "h/__x/y", "a__b"];
    let suffixed = ["s", "d/s"].into_iter().flat_map(|stem| {
        let own = OWN_SUFFIXES.iter().map(move |suffix| format!("{stem}{suffix}"));
        own.chain([stem.to_owned()])
    });
    let separated = [("a", "b"), ("c", "0"), ("x/1", "0")].into_iter().flat_map(|(one, other)| {
        SEPARATORS.iter().map(move |between| format!("{one}{between}{other}"))
    });
    let below = |directory: &'static str, names: &'static [&str]| {
        names.iter().map(move |name| format!("{directory}/{name}"))
    };
    let families = below("n", DOCUMENTS).chain(below("n", CHUNKS));
    let reserved = RESERVED.into_iter().map(str::to_owned);
    suffixed.chain(separated).chain(families).chain(reserved).collect()
}

/// Names at the limits: long ones, deep ones, and those outside the key grammar.
fn extremes(dialect: &Dialect) -> Vec<String> {
    let long = LENGTHS.iter().map(|length| "n".repeat(*length));
    let wide = ["é", "日", "😀"].into_iter().flat_map(|letter| {
        [240, 254, 255, 256].map(|length: usize| letter.repeat(length / letter.len()))
    });
    let keys = KEY_LENGTHS.iter().map(|length| {
        let segments = "k".repeat(49) + "/";
        let mut key = segments.repeat(length / 50 + 1);
        key.truncate(*length);
        if key.ends_with('/') { key[..length - 1].to_owned() + "k" } else { key }
    });
    let deep = [10, 20, 40].map(|levels| vec!["d"; levels].join("/") + "/x");
    let longest = dialect.max_name_bytes.map(around_the_longest);
    let doubtful = DOUBTFUL_KEYS.iter().map(|key| (*key).to_owned());
    let all = long.chain(wide).chain(keys).chain(deep).chain(doubtful);
    all.chain(longest.into_iter().flatten()).collect()
}
