//! What makes a state risky: predicates on the keys and values that a model holds.

use zarr_conform_model::{Clause, Model, Operation, StoreModel};

use crate::store::odd_names::MARKS;

pub(super) fn any_name(model: &StoreModel, suits: fn(&str) -> bool) -> bool {
    model.live_unordered().iter().any(|key| suits(model.names().key(*key).as_str()))
}

pub(super) fn any_length(model: &StoreModel, suits: fn(usize) -> bool) -> bool {
    let lengths = model.live_unordered().iter().filter_map(|key| model.value(*key));
    lengths.into_iter().any(|value| suits(value.len()))
}

/// The names of the live keys in byte order.
fn live_names(model: &StoreModel) -> impl Iterator<Item = &str> {
    let live = model.names().keys().filter(|key| model.is_live(*key));
    live.map(|key| model.names().key(key).as_str())
}

pub(super) fn has_key_below_key(model: &StoreModel) -> bool {
    // In byte order, all that begins with a name comes right behind it.
    let mut begun: Vec<&str> = Vec::new();
    live_names(model).any(|name| {
        while begun.last().is_some_and(|begun| !name.starts_with(begun)) {
            begun.pop();
        }
        let is_below = begun.iter().any(|above| name.as_bytes()[above.len()] == b'/');
        begun.push(name);
        is_below
    })
}

pub(super) fn has_affixed_siblings(model: &StoreModel) -> bool {
    // If a name goes on in any other one, it also does somewhere between two neighbours.
    let mut last = None;
    live_names(model).any(|name| last.replace(name).is_some_and(|last| goes_on(last, name)))
}

/// Whether, behind all that two names have in common, a segment of one ends and that of the other
/// goes on.
fn goes_on(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let common = common_length(one, other);
    let ends = |name: &[u8]| name.get(common).is_none_or(|byte| *byte == b'/');
    ends(one) != ends(other)
}

pub(super) fn has_case_twins(model: &StoreModel) -> bool {
    let live = || model.live_unordered().iter().map(|key| model.names().key(*key).as_str());
    let with_capitals = live().filter(|name| has_capital(name));
    with_capitals.into_iter().any(|one| live().any(|other| are_case_twins(one, other)))
}

pub(super) fn has_capital(name: &str) -> bool {
    name.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Whether the first segments in which two names differ do so only in the case of ASCII letters.
pub(super) fn are_case_twins(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let common = common_length(one, other);
    let segment = |name| <[u8]>::split(name, |byte| *byte == b'/').next();
    let differing = segment(&one[common..]).zip(segment(&other[common..]));
    differing.is_some_and(|(one, other)| !one.is_empty() && one.eq_ignore_ascii_case(other))
}

pub(super) fn has_separator_twins(model: &StoreModel) -> bool {
    const PLAIN: [&str; 5] = [".", "-", "_", ":", "%2F"];
    let slashed =
        |name: &str| PLAIN.iter().fold(name.to_owned(), |name, from| name.replace(from, "/"));
    let mut odd = live_names(model).filter(|name| name.contains(':') || name.contains("%2F"));
    odd.any(|one| {
        let own = slashed(one);
        live_names(model).any(|other| {
            other != one && other.len().abs_diff(one.len()) <= 2 && slashed(other) == own
        })
    })
}

pub(super) fn has_outer_white(name: &str) -> bool {
    let may_have = |name: &str| name.bytes().any(|byte| !(b' '..0x80).contains(&byte));
    may_have(name) && name.split('/').any(|segment| segment.trim() != segment.trim_matches(' '))
}

pub(super) fn has_own_suffix(model: &StoreModel) -> bool {
    const SUFFIXES: [&str; 5] = [".tmp", ".part", ".lock", "~", ".bak"];
    let is_live = |name: &str| model.names().find_key(name).is_some_and(|key| model.is_live(key));
    live_names(model)
        .any(|name| SUFFIXES.iter().any(|suffix| name.strip_suffix(suffix).is_some_and(is_live)))
}

fn common_length(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

pub(super) fn is_zarr_key(name: &str) -> bool {
    let last = name.strip_suffix("zarr.json");
    last.is_some_and(|above| above.is_empty() || above.ends_with('/'))
        || name.starts_with("c/")
        || name.contains("/c/")
}

pub(super) fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'/' | b'-')
}

/// The directories of erased keys, with their slash; those of neighbours once.
fn erased_directories(model: &StoreModel) -> impl Iterator<Item = &str> {
    let names = model.names();
    let keys = names.keys().take(if model.erased_count() > 0 { usize::MAX } else { 0 });
    let mut last = None;
    keys.filter(|key| model.is_erased(*key)).filter_map(move |key| {
        let name = names.key(key).as_str();
        let directory = name.rfind('/').map_or("", |slash| &name[..=slash]);
        (last.replace(directory) != Some(directory)).then_some(directory)
    })
}

/// What is behind `directory` in the names of the live keys below it.
fn live_below<'a>(model: &'a StoreModel, directory: &'a str) -> impl Iterator<Item = &'a str> {
    let names = model.names();
    let keys = names.below(directory).map(|at| names.key_at(at));
    let live = keys.filter(|key| model.is_live(*key));
    live.map(|key| &names.key(key).as_str()[directory.len()..])
}

pub(super) fn has_erased_sibling(model: &StoreModel) -> bool {
    let is_directly_below = |name: &str| !name.contains('/');
    erased_directories(model).any(|directory| live_below(model, directory).any(is_directly_below))
}

pub(super) fn has_emptied_directory(model: &StoreModel) -> bool {
    // If nothing is left below a directory, then neither below the lowest one of each erased key.
    erased_directories(model)
        .any(|directory| !directory.is_empty() && live_below(model, directory).next().is_none())
}

pub(super) fn has_key_set_again(model: &StoreModel) -> bool {
    // The model tells how a value came to be by the clause of reading it.
    let clause = |key| model.expect(&Operation::Get { key }).clause;
    model.live_unordered().iter().any(|key| clause(*key) == Clause::D8)
}

/// Whether keys that have a value, or had one, have more than half of all marks between them: a store
/// that holds most of them wrong is taken out of step before it has all.
pub(super) fn has_many_marks(model: &StoreModel) -> bool {
    let live = model.live_unordered().iter().copied();
    // A store that holds a name wrong loses it when that shows.
    let erased = model.names().keys().take(if model.erased_count() > 0 { usize::MAX } else { 0 });
    let keys = live.chain(erased.filter(|key| model.is_erased(*key)));
    let marks = keys.flat_map(|key| model.names().key(key).as_str().bytes());
    let marks = marks.filter(|byte| byte.is_ascii_punctuation() || *byte == b' ');
    let found = marks.fold(0_u128, |found, mark| found | 1 << mark);
    2 * MARKS.bytes().filter(|mark| found & 1 << mark != 0).count() > MARKS.len()
}

/// Whether more than a thousand directories of live keys stand side by side.
pub(super) fn has_thousand_directories(model: &StoreModel) -> bool {
    if model.live_count() <= MANY {
        return false;
    }
    // In byte order, all that is below one directory comes together. On each level, how many stand side
    // by side so far.
    let mut side_by_side: Vec<usize> = Vec::new();
    let mut last = "";
    live_names(model).any(|name| {
        let common = common_length(last.as_bytes(), name.as_bytes());
        last = name;
        let is_slash = |byte: &&u8| **byte == b'/';
        let level = name.as_bytes()[..common].iter().filter(is_slash).count();
        let new = name.as_bytes()[common..].iter().filter(is_slash).count();
        if new > 0 {
            side_by_side.resize(level + 1, 0);
            side_by_side[level] += 1;
            side_by_side.resize(level + new, 1);
        }
        side_by_side.iter().any(|count| *count > MANY)
    })
}

/// The page of many a listing.
const MANY: usize = 1000;
