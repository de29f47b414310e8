//! Draws the nodes of a plan: few, closely related, and called what stores and libraries stumble on.
//!
//! A table starts from one fresh path; every other one is made from a path that is there already: a
//! sibling that begins alike, a node below it, the same name elsewhere, a name that looks like a part
//! of a chunk's, a twin that only case tells apart.

use zarr_conform_model::plan::climb;
use zarr_conform_model::{Dialect, Names, Reply};
use zarrs_storage::{StoreKey, StorePrefix};

use crate::generate::choices::Choices;

/// The most nodes of a table, the root and invalid ones apart. A guess: few, so that operations
/// meet.
const MOST_NODES: usize = 10;

/// How deep nodes are. A guess: a group, one in it, and what is below both.
const MOST_LEVELS: usize = 4;

/// Short names: two of them are soon the same.
const SHORT_NAMES: &[&str] = &["foo", "a", "b", "bar", "data", "x"];

/// Names that could be parts of chunk keys.
const CHUNK_NAMES: &[&str] = &["c", "0", "c/0", "1", "10", "2", "0.0", "c.0"];

/// Names that have to be escaped somewhere, or are long in bytes.
const ODD_NAMES: &[&str] = &["a b", "caf\u{e9}", "日本", "😀", "a%20b", "a+b", "-"];

/// Affixes on both sides of `/` in byte order.
const SUFFIXES: &[&str] = &["-bar", ".x", "0", "o", "_", "-1", "!"];

/// What no node may be called.
const INVALID_NAMES: &[&str] = &["__x", "...", "__"];

/// Draws a table of nodes, as prefixes, and of keys in and beside them that belong to no node.
pub(crate) fn draw(choices: &mut Choices, dialect: &Dialect) -> Names {
    let wanted = choices.between(4, MOST_NODES);
    let arms = [2, 6, 5, 3, 3, 1, u32::from(dialect.case_sensitive)];
    let mut paths: Vec<String> = Vec::with_capacity(MOST_NODES);
    for _ in 0..wanted * 4 {
        if paths.len() >= wanted {
            break;
        }
        let arm = if paths.is_empty() { 0 } else { choices.weighted(&arms) };
        let path = match arm {
            0 => (*choices.pick(SHORT_NAMES)).to_owned(),
            _ => relative(choices, arm, &paths),
        };
        add(&mut paths, &path, dialect);
    }
    for path in ["a", "a/a", "a0", "b"] {
        if paths.len() < 4 {
            add(&mut paths, path, dialect);
        }
    }
    finish(choices, paths, dialect)
}

/// Adds a path and those above it, if there is room and the dialect has nothing against them.
fn add(paths: &mut Vec<String>, path: &str, dialect: &Dialect) {
    let above = path.match_indices('/').map(|(slash, _)| &path[..slash]);
    let new: Vec<_> =
        above.chain([path]).filter(|path| !paths.iter().any(|held| held == path)).collect();
    let levels = path.split('/').count();
    // The longest keys of an array have to be held too.
    let is_held = |path: &str| {
        let chunk = format!("{path}/c/10/10/10/10");
        dialect.standing(&chunk) == Reply::Answer && climb(&chunk) == 0
    };
    if levels <= MOST_LEVELS && paths.len() + new.len() <= MOST_NODES && is_held(path) {
        let new: Vec<_> = new.into_iter().map(str::to_owned).collect();
        paths.extend(new);
    }
}

/// A path made from one that is there already.
fn relative(choices: &mut Choices, arm: usize, paths: &[String]) -> String {
    let path = choices.pick(paths).as_str();
    let (above, name) = path.rsplit_once('/').map_or(("", path), |(above, name)| (above, name));
    let beside =
        |name: &str| if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") };
    match arm {
        1 => beside(&format!("{name}{}", choices.pick(SUFFIXES))),
        2 => format!("{path}/{}", choices.pick(SHORT_NAMES)),
        3 if choices.chance(1, 2) => format!("{path}/{name}"),
        3 => format!("{}/{name}", choices.pick(paths)),
        4 if choices.chance(1, 3) => beside(choices.pick::<&str>(CHUNK_NAMES)),
        4 => format!("{path}/{}", choices.pick(CHUNK_NAMES)),
        5 => beside(choices.pick::<&str>(ODD_NAMES)),
        _ => beside(&name.to_ascii_uppercase()),
    }
}

/// Adds the root, names that are none, prefixes of chunks, and the keys.
fn finish(choices: &mut Choices, paths: Vec<String>, dialect: &Dialect) -> Names {
    let mut prefixes: Vec<String> = paths.iter().map(|path| format!("{path}/")).collect();
    prefixes.push(String::new());
    for _ in 0..3 {
        prefixes.push(format!("{}/c/", choices.pick(&paths)));
    }
    if choices.chance(1, 2) {
        let above = if choices.chance(1, 2) { "" } else { choices.pick(&prefixes).as_str() };
        let name = choices.pick(INVALID_NAMES);
        prefixes.push(format!("{above}{name}/"));
    }
    let mut keys = vec!["zarr.json".to_owned(), "foreign.txt".to_owned()];
    for path in &paths {
        keys.push(format!("{path}/zarr.json"));
        match choices.below(8) {
            0..=2 => keys.push(format!("{path}/foreign.txt")),
            // A chunk of an array without dimensions is a key there.
            3 if dialect.key_below_key => keys.push(format!("{path}/c/x")),
            4 => keys.push(format!("{path}/.zattrs")),
            5 => keys.push(format!("{path}/.zgroup")),
            _ => {}
        }
    }
    let is_sound = |name: &String| {
        let name = name.trim_end_matches('/');
        name.is_empty() || dialect.standing(name) == Reply::Answer
    };
    let keys = keys.into_iter().filter(is_sound);
    let prefixes = prefixes.into_iter().filter(is_sound);
    Names::new(
        keys.filter_map(|key| StoreKey::new(key).ok()),
        prefixes.filter_map(|prefix| StorePrefix::new(prefix).ok()),
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use zarr_conform_model::hierarchy_model::is_node_path;

    use super::*;

    fn prefixes(case: u64, dialect: &Dialect) -> Vec<String> {
        let names = draw(&mut Choices::new(1, case), dialect);
        names.prefixes().map(|id| names.prefix(id).as_str().to_owned()).collect()
    }

    #[test]
    fn nodes_are_closely_related() {
        let tables: Vec<_> =
            (0..5).map(|case| prefixes(case, &Dialect::ZARRS)[1..].join(" ")).collect();
        expect![[r"
             foo/ foo/10-1/ foo/10/ foo/10/2/ foo/10/c/ foo/2/ foo/c/
             b/ b/c/ c.0!/ c.0!/FOO/ c.0!/FOO/c/ c.0!/foo/ c.0!/foo/foo-1/ c.0!/foo/foo/ c.0/ c.0/1/ c.0/1/1/ c.0/1/1/c/
             data/ data/c/ datao/ datao/c.0/ datao/c.0/b/ datao/c.0/b/.../ datao/c.0/c/ datao/c/ 😀/
             a-1/ a/ a/a/ a/a/a/ ao/ ao/c/ data/ data/BAR/ data/BAR/c/ data/bar/ data/data/
             a/ c/ c/c/ c/c/0/ c/c/0/c/ c/c/c/ data/ data0/ data0/c/"]].assert_eq(&tables.join("\n"));
    }

    #[test]
    fn tables_have_siblings_that_begin_alike_and_nodes_below_nodes() {
        let count = |suits: fn(&str, &str) -> bool| {
            let has = |table: &Vec<String>| {
                table.iter().any(|one| table.iter().any(|other| suits(one, other)))
            };
            (0..500).map(|case| prefixes(case, &Dialect::ZARRS)).filter(has).count()
        };
        let alike = count(|one, other| {
            let stem = one.trim_end_matches('/');
            let rest = other.strip_prefix(stem).filter(|_| !stem.is_empty());
            rest.is_some_and(|rest| !rest.starts_with('/'))
        });
        let twins = count(|one, other| one != other && one.to_lowercase() == other.to_lowercase());
        let below = count(|one, other| !one.is_empty() && other.starts_with(one) && one != other);
        let invalid = count(|one, _| !is_node_path(one.trim_end_matches('/')));
        assert!(alike > 400 && below > 490, "{alike} {below}");
        assert!((30..300).contains(&twins) && (200..300).contains(&invalid), "{twins} {invalid}");
    }

    #[test]
    fn tables_suit_their_dialect() {
        let dialect = Dialect {
            unicode_keys: false,
            case_sensitive: false,
            max_key_bytes: Some(40),
            ..Dialect::ZARRS
        };
        for case in 0..500 {
            let names = draw(&mut Choices::new(1, case), &dialect);
            let prefixes = names.prefixes().map(|id| names.prefix(id).as_str());
            let all: Vec<_> =
                prefixes.chain(names.keys().map(|id| names.key(id).as_str())).collect();
            assert!((5..=20).contains(&names.prefix_count()), "{all:?}");
            for name in all {
                let levels = name.trim_end_matches('/').split('/').count();
                assert!(name.is_ascii() && levels <= MOST_LEVELS + 2, "{name}");
                assert!(!name.bytes().any(|byte| byte.is_ascii_uppercase()), "{name}");
                assert!(name.len() <= 40, "{name}");
            }
        }
    }
}
