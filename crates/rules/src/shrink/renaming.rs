//! Simpler names for a plan, that stay related as the old ones are.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use zarr_conform_model::hierarchy_model::DOCUMENTS;
use zarr_conform_model::{Dialect, Names, Operation, Plan, Step};
use zarrs_storage::{StoreKey, StorePrefix};

/// In plans with more names than this, none is made simpler alone: where it takes so many, what
/// they are called hardly matters. A guess.
const NAMES_LOOKED_AT: usize = 64;

/// Odd characters that stand for others of their kind: one that means something in a URL, one that
/// does not show, one that is not ASCII.
const ODD: [char; 3] = ['%', ' ', '\u{e9}'];

/// A control character that stands for all others.
const CONTROL: char = '\u{1}';

/// Paths of up to so many bytes are tried without their slashes. A guess.
const FLAT: usize = 8;

/// In names with more odd characters than this, no others are looked at alone. A guess.
const ODD_LOOKED_AT: usize = 4;

/// The plan under simpler names: every occurrence of a name changes alike.
pub(super) fn renamings(plan: &Plan) -> VecDeque<Plan> {
    let names = plan.names();
    let keys = names.keys().map(|key| names.key(key).as_str());
    let prefixes = names.prefixes().map(|prefix| names.prefix(prefix).as_str());
    let all: Vec<&str> = keys.chain(prefixes).collect();
    let mut renamings = vec![Renaming::Segments(in_order_of_use(plan)), Renaming::Runs];
    if plan.operations().any(|operation| matches!(operation, Operation::Node(_))) {
        // What makes a node one keeps its name.
        let mut map = in_order_of_use(plan);
        map.retain(|segment, _| !DOCUMENTS.contains(segment));
        renamings.push(Renaming::Segments(map));
        renamings.push(Renaming::Below("a".to_owned()));
    }
    let segments_in_use: BTreeSet<&str> = all.iter().flat_map(|name| segments(name)).collect();
    if segments_in_use.len() > NAMES_LOOKED_AT {
        return renamings.iter().filter_map(|renaming| renamed(plan, renaming)).collect();
    }
    let unused = || short_names().find(|short| !segments_in_use.contains(short.as_str()));
    if names.find_key("").is_some() {
        renamings.extend(unused().map(|short| Renaming::Path("", short)));
        renamings.push(Renaming::Begun("a".to_owned()));
    }
    let paths: BTreeSet<&str> = all.iter().flat_map(|name| paths(name)).collect();
    for path in paths.into_iter().filter(|path| path.contains('/')) {
        // A name that is not in use keeps keys apart; one that is may bring two together, and so
        // may the path without its first or its last part.
        let parts = path.split_once('/').into_iter().chain(path.rsplit_once('/'));
        let parts = parts.flat_map(|(first, rest)| [first.to_owned(), rest.to_owned()]);
        // What is below a name begins with it, and so does what goes on without a slash.
        let flat = [path.replace('/', "")].into_iter().filter(|flat| flat.len() <= FLAT);
        // In its first directory it is still below that.
        let first = path.split('/').next().unwrap_or_default();
        let is_deep = path.matches('/').nth(1).is_some();
        let inside = unused().filter(|_| is_deep).map(|short| format!("{first}/{short}"));
        let names = unused().into_iter().chain(short_names().take(3)).chain(parts);
        let names = names.chain(inside).chain(flat);
        renamings.extend(names.map(|short| Renaming::Path(path, short)));
    }
    if names.keys().filter(|key| names.key(*key).as_str().contains('/')).nth(1).is_some() {
        renamings.extend([Renaming::WithoutFirst, Renaming::WithoutLast]);
    }
    let directories: BTreeSet<&str> = all.iter().flat_map(|name| directories(name)).collect();
    renamings.extend(directories.into_iter().map(Renaming::Lift));
    for segment in &segments_in_use {
        let simpler = simpler_segments(segment, &segments_in_use);
        renamings.extend(simpler.into_iter().map(Renaming::Segments));
    }
    renamings.iter().filter_map(|renaming| renamed(plan, renaming)).collect()
}

/// How names change.
enum Renaming<'a> {
    /// Segments change wherever they stand; an empty replacement takes the segment out.
    Segments(BTreeMap<&'a str, String>),
    /// A path and all below it moves; the empty path is the empty key.
    Path(&'a str, String),
    /// Every path loses its first part: together they may be told apart by others than one alone.
    WithoutFirst,
    /// Every path loses its last part.
    WithoutLast,
    /// What is below a directory, given with its slash, moves to the root.
    Lift(&'a str),
    /// Letters and digits that stand together become one letter wherever they do, so that only what is
    /// between them tells names apart.
    Runs,
    /// The empty key becomes a name with which all others begin then, as they begin with it now.
    Begun(String),
    /// Everything moves below a directory: what is done to the root is done to a node then.
    Below(String),
}

impl Renaming<'_> {
    fn apply(&self, name: &str) -> String {
        match self {
            Self::Segments(map) => {
                let new = |segment| map.get(segment).map_or(segment, String::as_str);
                // An empty last segment is the slash at a prefix's end, and no taken-out one.
                let kept: Vec<&str> =
                    segments(name).map(new).filter(|new| !new.is_empty()).collect();
                let slash = if name.ends_with('/') && !kept.is_empty() { "/" } else { "" };
                kept.join("/") + slash
            }
            Self::Path(path, new) => match name.strip_prefix(path) {
                Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{new}{rest}"),
                _ => name.to_owned(),
            },
            Self::WithoutFirst => name.split_once('/').map_or(name, |(_, rest)| rest).to_owned(),
            Self::WithoutLast => {
                let (path, slash) = name.strip_suffix('/').map_or((name, ""), |path| (path, "/"));
                path.rsplit_once('/').map_or(path, |(rest, _)| rest).to_owned() + slash
            }
            Self::Lift(directory) => name.strip_prefix(directory).unwrap_or(name).to_owned(),
            Self::Runs => runs(name),
            Self::Begun(name_of_all) => format!("{name_of_all}{name}"),
            Self::Below(directory) => format!("{directory}/{name}"),
        }
    }
}

/// The name with the letter `a` for all letters and digits that stand together.
fn runs(name: &str) -> String {
    let mut short = String::with_capacity(name.len());
    for char in name.chars() {
        match char.is_ascii_alphanumeric() {
            true if short.ends_with('a') => {}
            true => short.push('a'),
            false => short.push(char),
        }
    }
    short
}

fn segments(name: &str) -> impl Iterator<Item = &str> {
    name.split('/').filter(|segment| !segment.is_empty())
}

/// The directories of a name, with their slashes.
fn directories(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').map(|(slash, _)| &name[..=slash])
}

/// A name and every directory of it, without slashes at their ends.
fn paths(name: &str) -> impl Iterator<Item = &str> {
    let directories = directories(name).map(|directory| directory.trim_end_matches('/'));
    directories.chain([name.trim_end_matches('/')]).filter(|path| !path.is_empty())
}

/// All segments at once, the shortest names going to those that the plan names first.
fn in_order_of_use(plan: &Plan) -> BTreeMap<&str, String> {
    let names = plan.names();
    let mut fresh = short_names();
    let mut map = BTreeMap::new();
    for operation in plan.operations() {
        let keys = operation.keys().map(|key| names.key(key).as_str());
        let prefixes = operation.prefixes().map(|prefix| names.prefix(prefix).as_str());
        for segment in keys.chain(prefixes).flat_map(segments) {
            map.entry(segment).or_insert_with(|| fresh.next().unwrap_or_default());
        }
    }
    map
}

/// Simpler names for one segment, alone and together with those that are related to it.
fn simpler_segments<'a>(
    segment: &'a str,
    segments: &BTreeSet<&'a str>,
) -> Vec<BTreeMap<&'a str, String>> {
    // Taken out of every path, if it is a directory there.
    let mut maps = vec![BTreeMap::from([(segment, String::new())])];
    let plain = short_names().take(3).chain(["A".to_owned()]);
    for short in plain.filter(|short| short != segment) {
        maps.push(BTreeMap::from([(segment, short.clone())]));
        // Names that begin with it go on beginning with it.
        let affixed = segments
            .iter()
            .filter_map(|name| Some((*name, format!("{short}{}", name.strip_prefix(segment)?))));
        maps.push(affixed.collect());
        // Names that differ from it in case go on differing in case.
        let twin = segment.to_lowercase();
        let twins = segments.iter().filter(|name| name.to_lowercase() == twin).map(|name| {
            (*name, if *name == segment { short.clone() } else { short.to_uppercase() })
        });
        maps.push(twins.collect());
    }
    // A name that goes on from another one goes on with a letter.
    let begun = segments.iter().filter(|other| {
        segment.strip_prefix(**other).is_some_and(|rest| !rest.is_empty() && rest != "a")
    });
    maps.extend(begun.map(|other| BTreeMap::from([(segment, format!("{other}a"))])));
    // One odd character is often all that matters, alone or at an end; where it does not matter
    // which, plans come to have the same.
    let odd: BTreeSet<char> =
        segment.chars().filter(|char| !char.is_ascii_alphanumeric()).take(ODD_LOOKED_AT).collect();
    let is_special = odd.iter().any(|char| !matches!(char, '-' | '.' | '_'));
    let stand_ins = ODD.into_iter().filter(|_| is_special);
    let control = odd.iter().any(|char| char.is_control()).then_some(CONTROL);
    for char in stand_ins.chain(control).chain(odd) {
        let names =
            [format!("{char}"), format!("a{char}"), format!("{char}a"), format!("a{char}a")];
        let names = names.into_iter().filter(|name| name != segment);
        maps.extend(names.map(|name| BTreeMap::from([(segment, name)])));
    }
    maps.push(BTreeMap::from([(segment, runs(segment))]));
    // Where only the length of a name matters, it has one letter.
    if segment.len() > 2 {
        maps.push(BTreeMap::from([(segment, "a".repeat(segment.len()))]));
    }
    // Of the characters that are no letters, the dash is the plainest, on the same side of `/`.
    let plain = |char: char| if char.is_ascii_alphanumeric() || char == '.' { char } else { '-' };
    maps.push(BTreeMap::from([(segment, segment.chars().map(plain).collect())]));
    if segment.contains('.') {
        maps.push(BTreeMap::from([(segment, segment.replace('.', "-"))]));
    }
    for end in [1, 2, segment.len() / 2, segment.len().saturating_sub(1)] {
        if let Some(cut) = segment.get(..end).filter(|cut| !cut.is_empty()) {
            maps.push(BTreeMap::from([(segment, cut.to_owned())]));
        }
    }
    let others = segments.iter().filter(|other| **other != segment).take(8);
    maps.extend(others.map(|other| BTreeMap::from([(segment, (*other).to_owned())])));
    maps
}

fn short_names() -> impl Iterator<Item = String> {
    (0..).map(|number: u32| match number {
        0..26 => char::from(b'a' + number as u8).to_string(),
        _ => format!("a{}", number - 26),
    })
}

/// What is odd about a name, a bit for each kind.
fn oddities(name: &str) -> u32 {
    let directory = name.strip_suffix('/').unwrap_or(name);
    let hazard = (!name.is_empty()).then(|| Dialect::ZARRS.hazard(directory)).flatten();
    let hazard = hazard.map_or(0, |hazard| 1 << (8 + hazard as u32));
    let has = |bit: u32, is_odd: fn(char) -> bool| if name.contains(is_odd) { 1 << bit } else { 0 };
    // Of the characters that mean something somewhere, some stand for the others.
    let is_special = |char: char| {
        let is_plain = char.is_ascii_alphanumeric() || "-._/".contains(char);
        !is_plain && !char.is_ascii_control()
    };
    hazard
        | has(0, |char| char.is_ascii_uppercase())
        | has(1, is_special)
        | has(2, |char| char.is_ascii_control())
}

/// The plan under other names, if they are all names, and none is odd in a way that none was: such a
/// name would be blamed for a bug of all names.
fn renamed(plan: &Plan, renaming: &Renaming<'_>) -> Option<Plan> {
    let old = plan.names();
    let keys: Option<Vec<StoreKey>> = old
        .keys()
        .map(|key| {
            let name = renaming.apply(old.key(key).as_str());
            let was_empty = old.key(key).as_str().is_empty();
            StoreKey::new(name).ok().filter(|name| was_empty || !name.as_str().is_empty())
        })
        .collect();
    let prefixes: Option<Vec<StorePrefix>> = old
        .prefixes()
        .map(|prefix| match old.prefix(prefix) {
            // The root stays the root.
            root if root.as_str().is_empty() => Some(root.clone()),
            prefix => StorePrefix::new(renaming.apply(prefix.as_str())).ok(),
        })
        .collect();
    let (keys, prefixes) = (keys?, prefixes?);
    let texts = |keys: &[StoreKey], prefixes: &[StorePrefix]| {
        let keys = keys.iter().map(|key| oddities(key.as_str()));
        let prefixes = prefixes.iter().map(|prefix| oddities(prefix.as_str()));
        keys.chain(prefixes).fold(0, |all, one| all | one)
    };
    let old_keys: Vec<_> = old.keys().map(|key| old.key(key).clone()).collect();
    let old_prefixes: Vec<_> = old.prefixes().map(|prefix| old.prefix(prefix).clone()).collect();
    if texts(&keys, &prefixes) & !texts(&old_keys, &old_prefixes) != 0 {
        return None;
    }
    let names = Names::new(keys.iter().cloned(), prefixes.iter().cloned());
    let renamed = |operation: &Operation| {
        operation.rename(
            |key| {
                names.find_key(keys[key.index()].as_str()).expect("the table was built from these")
            },
            |prefix| {
                names
                    .find_prefix(prefixes[prefix.index()].as_str())
                    .expect("the table was built from these")
            },
        )
    };
    let steps = plan.steps().iter().map(|step| step.with(renamed(&step.operation)));
    let steps: Vec<Step> = steps.collect();
    Some(Plan::new(Arc::new(names), steps))
}
