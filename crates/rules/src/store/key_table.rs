//! Draws the key table of a plan: few names, closely related, because that is where stores break.
//!
//! The arms are rows G1 to G13 of the catalogue. A table starts from a few fresh keys; every other
//! one is made from a key that is there already: an affixed sibling, a key below or above it, the
//! same name elsewhere, or a twin that only case, Unicode form or encoding tells apart.

use zarr_conform_model::plan::climb;
use zarr_conform_model::{Dialect, Names, Reply};
use zarrs_storage::{StoreKey, StorePrefix};

use crate::generate::choices::Choices;
use crate::store::odd_names::OddNames;
use crate::store::states::{are_case_twins, has_capital};

/// Names that Zarr itself uses, which is what stores mostly hold.
const ZARR_NAMES: &[&str] = &[
    "zarr.json",
    "c/0",
    "c/1",
    "c/10",
    "c/0/0",
    "c/0/1",
    "c/1/0",
    "c",
    "0",
    "0.0",
    "1.0",
    "10.0",
    ".zarray",
    ".zgroup",
    ".zattrs",
    ".zmetadata",
];

/// Short names: two of them are soon the same.
const SHORT_NAMES: &[&str] = &["a", "b", "c", "x", "foo", "bar", "0", "1", "ab", "A"];

/// Characters that back ends encode, escape or give a meaning.
pub(super) const ENCODED_NAMES: &[&str] = &[
    "a b", "a%20b", "a+b", "a%2Fb", "%", "%25", "a#b", "a?b", "a&b=c", "a;b", "a:b", "@a", "!a",
    "$a", "~a", "a\\b", "a'b", "a\"b", "a*b", "{a}", "[a]", "(a)", "a,b", "<a>", "a|b", "^a",
    "`a`", " a", "a ", "a.", ".a", "...", "a..b", "-", "_", "a\tb", "con", "nul.txt",
];

/// Names beyond ASCII; the first two are one text in two Unicode forms, as are the next two.
pub(super) const UNICODE_NAMES: &[&str] = &[
    "caf\u{e9}",
    "cafe\u{301}",
    "\u{c5}",
    "A\u{30a}",
    "\u{212b}",
    "日本",
    "שלום",
    "😀",
    "\u{10348}",
    "ß",
    "ﬁ",
    "\u{200b}",
    "İ",
    "a\u{a0}b",
];

/// Affixes on both sides of `/` in byte order: `-` and `.` sort before it, `_` and letters after.
const SUFFIXES: &[&str] = &["-bar", ".bar", "_bar", "-", ".", "_", "0", "o", "!", "~", "-1", " "];
const PREFIXES: &[&str] = &["x-", "_", "x", "."];

/// Keys outside the key grammar that `zarrs_storage`'s key type still lets through.
pub(super) const DOUBTFUL_KEYS: &[&str] = &[
    "..",
    ".",
    "",
    "../esc",
    "a/../b",
    "a/./b",
    "a/..",
    "../../esc",
    "a\0b",
    "./a",
    "\0",
    "a\0\0",
    "x/a\0b",
];

/// How a plan's names are drawn: which arms are on, and how many keys there are.
#[derive(Clone, Debug)]
struct Profile {
    keys: usize,
    /// Weights of [`SHORT_NAMES`], [`ZARR_NAMES`], [`ENCODED_NAMES`], [`UNICODE_NAMES`], random
    /// names and long names.
    fresh: [u32; 6],
    /// Weights of the ways to make a key: fresh, and the arms of [`relative`].
    arms: [u32; 7],
    doubtful: usize,
}

impl Profile {
    fn draw(choices: &mut Choices, dialect: &Dialect) -> Self {
        let keys = match choices.below(16) {
            0..=8 => choices.between(6, 11),
            9..=13 => choices.between(10, 18),
            _ => choices.between(20, 40),
        };
        let mut on = |weight: u32, part, whole| {
            if choices.chance(part, whole) { weight } else { 0 }
        };
        let unicode = if dialect.unicode_keys { on(3, 1, 4) } else { 0 };
        let fresh = [4, 6, on(4, 1, 4), unicode, on(3, 1, 2), on(1, 1, 8)];
        let case = if dialect.case_sensitive { on(3, 1, 3) } else { 0 };
        let below = if dialect.key_below_key { on(4, 3, 4) } else { on(1, 1, 2) };
        let arms = [5, on(7, 7, 8), below, on(2, 1, 2), on(4, 3, 4), case, on(2, 1, 3)];
        let doubtful = if choices.chance(1, 2) { choices.between(1, 4) } else { 0 };
        Self { keys, fresh, arms, doubtful }
    }
}

/// Draws a key table that suits `dialect`; with odd names of two kinds, or of none, in every other
/// turn.
pub(crate) fn draw(choices: &mut Choices, dialect: &Dialect, turn: usize) -> Names {
    let profile = Profile::draw(choices, dialect);
    let mut keys: Vec<String> = Vec::with_capacity(profile.keys);
    for _ in 0..profile.keys * 4 {
        if keys.len() >= profile.keys {
            break;
        }
        let arm = if keys.is_empty() { 0 } else { choices.weighted(&profile.arms) };
        let key = match arm {
            0 => fresh(choices, &profile),
            _ => relative(choices, arm, &keys, &profile),
        };
        if is_held(&key, dialect) {
            keys.push(key);
        }
    }
    if turn.is_multiple_of(2) {
        for kind in [turn, turn + 1] {
            let odd = OddNames::ALL[kind % OddNames::ALL.len()];
            let beside = choices.pick(&keys).clone();
            let odd = odd.draw(choices, &beside).into_iter();
            keys.extend(odd.filter(|key| is_held(key, dialect)));
        }
    }
    if let Some(longest) = dialect.max_name_bytes.filter(|_| choices.chance(1, 8)) {
        keys.extend(around_the_longest(longest));
    }
    // Three apart, so that none comes twice, and each is of another kind.
    let first = choices.below(DOUBTFUL_KEYS.len());
    let doubtful = DOUBTFUL_KEYS.iter().cycle().skip(first).step_by(3).take(profile.doubtful);
    keys.extend(doubtful.map(|key| (*key).to_owned()));
    finish(choices, keys, dialect)
}

/// The longest name there is, and one that is too long, also below a directory of its own: that has to
/// be made for it, and then to go again.
pub(super) fn around_the_longest(longest: usize) -> [String; 3] {
    let too_long = "n".repeat(longest + 1);
    ["n".repeat(longest), format!("fresh/{too_long}"), too_long]
}

/// Whether a store of this dialect has to hold a key of this name.
fn is_held(name: &str, dialect: &Dialect) -> bool {
    StoreKey::validate(name) && dialect.standing(name) == Reply::Answer
}

/// Draws a table of `count` keys in few directories, for listings that are longer than a page.
pub(super) fn draw_crowd(choices: &mut Choices, count: usize, dialect: &Dialect) -> Names {
    let width = *choices.pick(&[count, count, 10, 100]);
    draw_rows(choices, count, width, dialect)
}

/// Draws a table of `count` keys in as many directories side by side.
pub(super) fn draw_directories(choices: &mut Choices, count: usize, dialect: &Dialect) -> Names {
    draw_rows(choices, count, 1, dialect)
}

/// Draws a table of `count` keys below one directory, `width` of them in each of its directories;
/// right in it, if they fit in one.
fn draw_rows(choices: &mut Choices, count: usize, width: usize, dialect: &Dialect) -> Names {
    let directory = *choices.pick(&["", "c/", "a/c/", "a/"]);
    let keys = (0..count).map(|index| {
        if width >= count {
            format!("{directory}{index}")
        } else {
            format!("{directory}{}/{}", index / width, index % width)
        }
    });
    let keys = keys.chain(["a-/x".to_owned(), "a".to_owned()]).collect();
    finish(choices, keys, dialect)
}

/// The table of these very keys, as far as the dialect lets them be drawn.
pub(super) fn of_keys(choices: &mut Choices, keys: Vec<String>, dialect: &Dialect) -> Names {
    finish(choices, keys, dialect)
}

/// Draws a table of `count` keys each in two directories, [`CROWDED`], flat or in directories of
/// their own, and a few others.
pub(super) fn draw_two_crowds(choices: &mut Choices, count: usize, dialect: &Dialect) -> Names {
    let keys = CROWDED.iter().flat_map(|directory| {
        let width = *choices.pick(&[count, count, 10, 100]);
        (0..count).map(move |index| match width {
            _ if width >= count => format!("{directory}{index}"),
            _ => format!("{directory}{}/{}", index / width, index % width),
        })
    });
    let mut keys: Vec<_> = keys.collect();
    keys.extend(["p-/x", "pa", "q0", "b"].map(str::to_owned));
    finish(choices, keys, dialect)
}

/// The directories of crowds that all end together.
pub(super) const CROWDED: [&str; 2] = ["p/", "q/r/"];

/// A key that owes nothing to the others: some directories and a name.
fn fresh(choices: &mut Choices, profile: &Profile) -> String {
    let mut key = String::new();
    for _ in 0..choices.halving(4) {
        let directory = match choices.weighted(&profile.fresh) {
            1 => 0,
            arm => arm,
        };
        push_name(&mut key, choices, directory);
        key.push('/');
    }
    let arm = choices.weighted(&profile.fresh);
    push_name(&mut key, choices, arm);
    key
}

fn push_name(key: &mut String, choices: &mut Choices, arm: usize) {
    match arm {
        0 => key.push_str(choices.pick::<&str>(SHORT_NAMES)),
        1 => key.push_str(choices.pick::<&str>(ZARR_NAMES)),
        2 => key.push_str(choices.pick::<&str>(ENCODED_NAMES)),
        3 => key.push_str(choices.pick::<&str>(UNICODE_NAMES)),
        4 => push_random_name(key, choices),
        _ => {
            let length = *choices.pick(&[64, 128, 200, 254, 255, 256]);
            let letter = *choices.pick(&["l", "L", "9"]);
            key.extend(std::iter::repeat_n(letter, length));
        }
    }
}

/// A name over the characters that the specification recommends for node names.
fn push_random_name(key: &mut String, choices: &mut Choices) {
    const LETTERS: &[u8] = b".-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
    let start = key.len();
    for _ in 0..=choices.halving(12) {
        key.push(char::from(*choices.pick(LETTERS)));
    }
    if key[start..].bytes().all(|letter| letter == b'.') {
        key.push('n');
    }
}

/// A key made from one that is there already.
fn relative(choices: &mut Choices, arm: usize, keys: &[String], profile: &Profile) -> String {
    let key = choices.pick(keys).as_str();
    match arm {
        1 => affixed_sibling(choices, key),
        2 => {
            let mut below = format!("{key}/");
            let arm = choices.weighted(&profile.fresh);
            push_name(&mut below, choices, arm);
            below
        }
        3 => key.rsplit_once('/').map_or(key, |(above, _)| above).to_owned(),
        4 => {
            let name = key.rsplit_once('/').map_or(key, |(_, name)| name);
            let other = choices.pick(keys).as_str();
            match other.rsplit_once('/') {
                Some((directory, _)) if !choices.chance(1, 4) => format!("{directory}/{name}"),
                _ if choices.chance(1, 2) => format!("{name}/{name}"),
                _ => name.to_owned(),
            }
        }
        5 => case_twin(choices, key),
        _ => encoded_twin(choices, key),
    }
}

/// `foo/x` becomes `foo-bar/x`, `foo/x_bar`, `fo/x`, `x-foo/x` and the like.
fn affixed_sibling(choices: &mut Choices, key: &str) -> String {
    let segments = key.split('/').count();
    let changed = choices.below(segments);
    let mut sibling = String::with_capacity(key.len() + 4);
    for (index, segment) in key.split('/').enumerate() {
        if index > 0 {
            sibling.push('/');
        }
        if index != changed {
            sibling.push_str(segment);
            continue;
        }
        match choices.below(8) {
            0..=4 => {
                sibling.push_str(segment);
                sibling.push_str(choices.pick::<&str>(SUFFIXES));
            }
            5 => {
                sibling.push_str(choices.pick::<&str>(PREFIXES));
                sibling.push_str(segment);
            }
            _ => {
                let end = segment.char_indices().next_back().map_or(0, |(at, _)| at);
                sibling.push_str(&segment[..end]);
            }
        }
    }
    sibling
}

/// The key with the case of its letters, or of one of its names, changed.
fn case_twin(choices: &mut Choices, key: &str) -> String {
    let swap = |letter: char| match letter {
        'a'..='z' => letter.to_ascii_uppercase(),
        _ => letter.to_ascii_lowercase(),
    };
    let changed = choices.below(key.split('/').count() + 1);
    let names = key.split('/').enumerate().map(|(index, name)| {
        if changed == 0 || changed == index + 1 {
            name.chars().map(swap).collect()
        } else {
            name.to_owned()
        }
    });
    names.collect::<Vec<_>>().join("/")
}

/// The key as a store that confuses two writings of one text would have it.
fn encoded_twin(choices: &mut Choices, key: &str) -> String {
    const TWINS: &[(&str, &str)] = &[
        ("caf\u{e9}", "cafe\u{301}"),
        ("\u{c5}", "A\u{30a}"),
        ("\u{212b}", "\u{c5}"),
        (" ", "%20"),
        (" ", "+"),
        ("%", "%25"),
        ("%2F", "%2f"),
    ];
    for (one, other) in TWINS {
        if key.contains(one) {
            return key.replace(one, other);
        }
        if key.contains(other) {
            return key.replace(other, one);
        }
    }
    if let Some(at) = choices.chance(1, 2).then(|| key.rfind(['.', '/', '-', '_', ':'])).flatten() {
        let other = choices.pick(&[".", "/", "-", "_", ":", "%2F"]);
        return format!("{}{other}{}", &key[..at], &key[at + 1..]);
    }
    match choices.below(3) {
        // A store that decodes percent signs takes this for the key itself.
        0 => {
            let end = key.char_indices().next_back().map_or(0, |(at, _)| at);
            let last = key[end..].bytes().map(|byte| format!("%{byte:02X}"));
            format!("{}{}", &key[..end], last.collect::<Vec<_>>().concat())
        }
        1 => key.replacen('/', "%2F", 1),
        _ => key.replacen('/', "\\", 1),
    }
}

/// Adds the prefixes: every directory, some keys with a slash behind, siblings, and one that
/// never existed.
fn finish(choices: &mut Choices, keys: Vec<String>, dialect: &Dialect) -> Names {
    let keys = if dialect.case_sensitive { keys } else { without_case_twins(keys) };
    let mut prefixes: Vec<String> = Vec::with_capacity(keys.len() * 2);
    for key in &keys {
        let directories = key.match_indices('/').map(|(slash, _)| &key[..=slash]);
        for directory in directories {
            if prefixes.last().is_none_or(|last| last != directory) {
                prefixes.push(directory.to_owned());
            }
        }
        if choices.chance(1, 3) && !key.is_empty() {
            prefixes.push(format!("{key}/"));
        }
    }
    prefixes.push("nowhere/".to_owned());
    let cut = choices.pick(&keys);
    if let Some((end, _)) = cut.char_indices().next_back().filter(|(end, _)| *end > 0) {
        prefixes.push(format!("{}/", cut[..end].trim_end_matches('/')));
    }
    if !dialect.case_sensitive && keys.iter().any(|key| has_capital(key)) {
        prefixes.retain(|prefix| !keys.iter().any(|key| are_case_twins(key, prefix)));
    }
    if choices.chance(1, 6) {
        // Below what is twice a slash, no key can be.
        let doubled = choices.pick(&prefixes).clone() + "/";
        prefixes.push(doubled);
    }
    prefixes.push(String::new());
    // The last door before a store: nothing that climbs higher than allowed gets through.
    let is_allowed = |name: &String| climb(name) <= dialect.climb;
    let keys = keys.into_iter().filter(is_allowed);
    let prefixes = prefixes.into_iter().filter(is_allowed);
    Names::new(
        keys.filter_map(|key| StoreKey::new(key).ok()),
        prefixes.filter_map(|prefix| StorePrefix::new(prefix).ok()),
    )
}

/// The first of each group of names that only case tells apart.
fn without_case_twins(names: Vec<String>) -> Vec<String> {
    if !names.iter().any(|name| has_capital(name)) {
        return names;
    }
    let mut kept: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        if !kept.iter().any(|held| are_case_twins(held, &name)) {
            kept.push(name);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_only_case_tells_apart_are_drawn_where_it_does() {
        let has_twins = |case_sensitive| {
            let dialect = Dialect { case_sensitive, ..Dialect::ZARRS };
            (0..500).any(|case| {
                let names = draw(&mut Choices::new(3, case), &dialect, 1);
                let keys = || names.keys().map(|key| names.key(key).as_str());
                let prefixes = names.prefixes().map(|prefix| names.prefix(prefix).as_str());
                let all: Vec<_> = keys().chain(prefixes).collect();
                keys().any(|key| all.iter().any(|other| are_case_twins(key, other)))
            })
        };
        assert!(has_twins(true));
        assert!(!has_twins(false));
    }

    #[test]
    fn tables_suit_their_dialect() {
        let dialect = Dialect {
            unicode_keys: false,
            case_sensitive: false,
            max_name_bytes: Some(20),
            ..Dialect::ZARRS
        };
        for case in 0..500 {
            let names = draw(&mut Choices::new(1, case), &dialect, case as usize);
            for key in names.keys() {
                let key = names.key(key).as_str();
                assert!(key.is_ascii(), "{key:?}");
                assert!(key.split('/').all(|name| name.len() <= 21), "{key:?}");
            }
        }
    }

    #[test]
    fn names_climb_as_far_as_the_dialect_allows_and_no_further() {
        for (allowed, reached) in [(0, 0), (1, 1), (9, 2)] {
            let dialect = Dialect { climb: allowed, ..Dialect::ZARRS };
            let climb = |case| draw(&mut Choices::new(2, case), &dialect, case as usize).climb();
            assert_eq!((0..2000).map(climb).max(), Some(reached));
        }
    }
}
