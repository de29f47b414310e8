//! Imports inside a crate: no circle between its files, and none against the order of its folders.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::path::Path;

use crate::imports::{Imports, Named, imports};
use crate::sources::rust_files;

/// The order of what is in a crate's `src`, the lowest first: each knows those before it alone, and
/// nothing of those beside it.
struct Order {
    package: &'static str,
    layers: &'static [Layer],
}

/// Folders and files that stand side by side.
struct Layer {
    holds: &'static [&'static str],
    /// Why what is above is not to be known here.
    because: &'static str,
}

const fn layer(holds: &'static [&'static str], because: &'static str) -> Layer {
    Layer { holds, because }
}

const ORDERS: &[Order] = &[
    Order {
        package: "crates/model",
        layers: &[
            layer(&["plan"], "a plan is data: it can be read without a contract"),
            layer(&["contract"], "the contract says what an answer is worth, whoever wants it"),
            layer(&["model"], "the trait is for models that others bring, too"),
            layer(&["store_model", "hierarchy_model"], "each model is whole without the other"),
            layer(&["reference_model"], "a model is asked one thing after the other"),
            layer(&["history"], ""),
        ],
    },
    Order {
        package: "crates/rules",
        layers: &[
            layer(&["generate"], "what every generator is made of suits any model"),
            layer(&["store", "hierarchy"], "each machine's rules are whole without the other's"),
            layer(
                &["shrink"],
                "what makes plans small knows nothing of who draws them for proptest",
            ),
            layer(&["strategy"], ""),
        ],
    },
    Order {
        package: "crates/machines",
        layers: &[
            layer(&["clock"], "a clock tells the time, whatever is timed"),
            layer(&["finding"], "what was found is data, and does not know how"),
            layer(&["checks"], "what is checked does not know how it is asked"),
            layer(&["play"], "a plan is played without a campaign around it"),
            layer(&["isolation"], "a store is asked the same wherever it lives"),
            layer(&["boundary"], "a store is asked the same whatever goes wrong below it"),
            layer(
                &["together"],
                "one plan is played in all its orders without a campaign around it",
            ),
            layer(&["settings"], "how to play names the invariants and the clock, and no more"),
            layer(&["campaign"], "a campaign collects what went wrong, and judges none of it"),
            layer(&["report"], "a report is data, and does not know where it comes from"),
            layer(&["triage"], "failures are told apart whatever they were found for"),
            layer(
                &["calibration", "opener", "options", "over_contents"],
                "what a run needs does not run",
            ),
            layer(
                &["passport"],
                "a store is asked what it does without a campaign, and reads the report of one",
            ),
            layer(&["planted"], "a planted bug is a part of a run"),
            layer(&["environment"], "what a test is told stands in place of options"),
            layer(&["run"], "a run reads options, whoever made them"),
            layer(&["recovery"], "a run that is played again is a run"),
            layer(&["machine"], "machines are built without knowing of what"),
            layer(
                &["doors", "async_doors", "proptest_door", "shards"],
                "a store is opened the same whatever is asked of it",
            ),
            layer(&["fuzz_door", "passport_door"], "what is tested does not know of its tests"),
            layer(&["passport_tests"], ""),
        ],
    },
];

/// A source file of a crate: its path below `src`, and its text.
struct Source {
    name: String,
    text: String,
}

/// One file's use of another one, by their positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Arrow {
    from: usize,
    to: usize,
    line: usize,
}

/// Everything that is wrong with the imports inside of the crates of the workspace at `root`, each
/// as a message.
///
/// # Errors
///
/// Returns an error if a folder or a file cannot be read.
pub(crate) fn wrong_imports(root: &Path) -> io::Result<Vec<String>> {
    let mut wrong = Vec::new();
    for package in packages(root)? {
        let folder = root.join(&package).join("src");
        let read = |path: std::path::PathBuf| {
            let name = path.strip_prefix(&folder).unwrap_or(&path);
            let name = name.display().to_string().replace('\\', "/");
            Ok(Source { text: std::fs::read_to_string(&path)?, name })
        };
        let sources: io::Result<Vec<_>> = rust_files(&folder)?.into_iter().map(read).collect();
        let sources = sources?;
        let arrows = arrows(&sources);
        wrong.extend(circles(&package, &sources, &arrows));
        if let Some(order) = ORDERS.iter().find(|order| order.package == package) {
            wrong.extend(against(order, &sources, &arrows));
        }
    }
    Ok(wrong)
}

/// The folders of packages with sources, from the root.
fn packages(root: &Path) -> io::Result<Vec<String>> {
    let mut packages = vec!["benches".to_owned(), "xtask".to_owned()];
    for parent in ["crates", "crates/adapters"] {
        for entry in std::fs::read_dir(root.join(parent))? {
            let name = entry?.file_name();
            packages.push(format!("{parent}/{}", name.to_string_lossy()));
        }
    }
    packages.retain(|package| root.join(package).join("src").is_dir());
    packages.sort();
    Ok(packages)
}

/// The module that a file is: `a/b.rs` and `a/b/mod.rs` are `a::b`, `lib.rs` is the root.
fn module(name: &str) -> Vec<String> {
    let path = name.strip_suffix(".rs").unwrap_or(name);
    let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| matches!(&**last, "lib" | "main" | "mod")) {
        parts.pop();
    }
    parts
}

/// Whether a file is there to name what is in its folder.
fn is_index(name: &str) -> bool {
    matches!(name.rsplit('/').next(), Some("lib.rs" | "mod.rs"))
}

/// Who uses whom, each pair once.
fn arrows(sources: &[Source]) -> Vec<Arrow> {
    let read: Vec<Imports> = sources.iter().map(|source| imports(&source.text)).collect();
    let mut modules = BTreeMap::new();
    for (at, source) in sources.iter().enumerate() {
        // Where there is a library, the program beside it is another crate.
        let is_beside =
            source.name == "main.rs" && sources.iter().any(|other| other.name == "lib.rs");
        if !is_beside && !source.name.starts_with("bin/") {
            modules.insert(module(&source.name), at);
        }
    }
    let tree = Tree { modules, read: &read };
    let mut arrows = BTreeMap::new();
    for (own, &from) in &tree.modules {
        let Imports { used, given_on } = &read[from];
        // What an index gives on is no use of it.
        let given_on = given_on.iter().filter(|_| !is_index(&sources[from].name));
        for named in used.iter().chain(given_on) {
            let to = tree.file(own, named, 0).filter(|to| *to != from);
            if let Some(to) = to {
                arrows.entry((from, to)).or_insert(named.line);
            }
        }
    }
    arrows.into_iter().map(|((from, to), line)| Arrow { from, to, line }).collect()
}

/// The modules of a crate, each with its file.
struct Tree<'a> {
    modules: BTreeMap<Vec<String>, usize>,
    read: &'a [Imports],
}

/// How often a name may be given on.
const GIVEN_ON: usize = 8;

impl Tree<'_> {
    /// The file that holds what is named in the module `own`, if it is one of this crate's.
    fn file(&self, own: &[String], named: &Named, given_on: usize) -> Option<usize> {
        let mut at = own.to_vec();
        at.extend(named.within.iter().cloned());
        let mut path = named.path.iter().map(String::as_str).peekable();
        match *path.peek()? {
            "crate" => {
                at.clear();
                path.next();
            }
            "self" => drop(path.next()),
            "super" => {
                while path.next_if_eq(&"super").is_some() {
                    at.pop()?;
                }
            }
            name => {
                let child = [&at[..], &[name.to_owned()]].concat();
                if !self.modules.contains_key(&child) {
                    return None;
                }
            }
        }
        while let Some(name) = path.peek() {
            let child = [&at[..], &[(*name).to_owned()]].concat();
            if !self.modules.contains_key(&child) {
                break;
            }
            at = child;
            path.next();
        }
        // An inline module is in the file of the one around it.
        while !self.modules.contains_key(&at) {
            at.pop()?;
        }
        let file = self.modules[&at];
        let given = path
            .next()
            .and_then(|name| self.read[file].given_on.iter().find(|given| given.name == name));
        match given.filter(|_| given_on < GIVEN_ON) {
            Some(given) => self.file(&at, given, given_on + 1),
            None => Some(file),
        }
    }
}

/// The circles that the arrows make: of each set of files that know each other, a shortest one.
fn circles(package: &str, sources: &[Source], arrows: &[Arrow]) -> Vec<String> {
    let mut done = BTreeSet::new();
    let mut messages = Vec::new();
    for start in 0..sources.len() {
        if done.contains(&start) {
            continue;
        }
        let Some(circle) = circle(start, arrows) else {
            continue;
        };
        let behind = reach(start, arrows);
        done.extend(behind.into_iter().filter(|other| reach(*other, arrows).contains(&start)));
        let line = |Arrow { from, to, line }: &Arrow| {
            let (from, to) = (&sources[*from].name, &sources[*to].name);
            format!("\n  {package}/src/{from}:{line} uses {to}")
        };
        let lines: String = circle.iter().map(line).collect();
        messages.push(format!(
            "{package}: files that know each other cannot be understood one after the other: move what they share below both{lines}"
        ));
    }
    messages
}

/// Every file that one uses, directly or not.
fn reach(start: usize, arrows: &[Arrow]) -> BTreeSet<usize> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![start]);
    while let Some(from) = next.pop() {
        let used = arrows.iter().filter(|arrow| arrow.from == from).map(|arrow| arrow.to);
        next.extend(used.filter(|to| reached.insert(*to)));
    }
    reached
}

/// A shortest way from a file back to itself.
fn circle(start: usize, arrows: &[Arrow]) -> Option<Vec<Arrow>> {
    let mut came_by: BTreeMap<usize, Arrow> = BTreeMap::new();
    let mut next = VecDeque::from([start]);
    while let Some(from) = next.pop_front() {
        for arrow in arrows.iter().filter(|arrow| arrow.from == from) {
            if came_by.contains_key(&arrow.to) {
                continue;
            }
            came_by.insert(arrow.to, *arrow);
            if arrow.to != start {
                next.push_back(arrow.to);
                continue;
            }
            let mut way = vec![*arrow];
            while let Some(last) = way.last().filter(|last| last.from != start) {
                way.push(came_by[&last.from]);
            }
            way.reverse();
            return Some(way);
        }
    }
    None
}

/// The arrows that lead up or sideways, and files that are in no layer.
fn against(order: &Order, sources: &[Source], arrows: &[Arrow]) -> Vec<String> {
    let package = order.package;
    let part = |name: &str| module(name).into_iter().next();
    let place = |name: &str| {
        let part = part(name)?;
        order.layers.iter().position(|layer| layer.holds.contains(&&*part))
    };
    let homeless = sources.iter().filter_map(|Source { name, .. }| {
        let part = part(name).filter(|_| place(name).is_none())?;
        Some(format!(
            "{package}/src/{name}: `{part}` is in no layer: give it a place in xtask/src/circles.rs"
        ))
    });
    let wrong = arrows.iter().filter_map(|arrow| {
        let (from, to) = (&sources[arrow.from].name, &sources[arrow.to].name);
        let (low, high) = (place(from)?, place(to)?);
        let is_wrong = part(from) != part(to) && low <= high;
        let because = order.layers[low].because;
        is_wrong
            .then(|| format!("{package}/src/{from}:{} must not use {to}: {because}", arrow.line))
    });
    homeless.chain(wrong).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    fn sources(files: &[(&str, &str)]) -> Vec<Source> {
        let source = |(name, text): &(&str, &str)| Source {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
        };
        files.iter().map(source).collect()
    }

    /// The arrows of a small crate, each as `from uses to`.
    fn check(files: &[(&str, &str)], wanted: &[&str]) {
        let sources = sources(files);
        let arrows = arrows(&sources);
        let found: Vec<_> = arrows
            .iter()
            .map(|arrow| format!("{} uses {}", sources[arrow.from].name, sources[arrow.to].name))
            .collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn the_workspace_has_no_circle_and_no_arrow_against_the_order() {
        let wrong = wrong_imports(&workspace::root()).expect("the sources can be read");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_order_is_one_of_a_package() {
        let packages = packages(&workspace::root()).expect("the folders can be read");
        assert!(ORDERS.iter().all(|order| packages.iter().any(|name| name == order.package)));
    }

    #[test]
    fn paths_lead_to_files() {
        check(
            &[
                ("lib.rs", "mod a;\nmod b;\n"),
                ("a/mod.rs", "pub(crate) mod c;\npub(crate) mod d;\npub use d::D;\n"),
                ("a/c.rs", "use super::d::D;\nuse crate::b::B;\n"),
                ("a/d.rs", "use std::fmt;\nfn e() { crate::b::f() }\n"),
                ("b.rs", ""),
            ],
            &["a/c.rs uses a/d.rs", "a/c.rs uses b.rs", "a/d.rs uses b.rs"],
        );
    }

    #[test]
    fn what_an_index_gives_on_comes_from_where_it_is() {
        check(
            &[
                ("lib.rs", "mod a;\nmod b;\npub use a::A;\n"),
                ("a/mod.rs", "mod c;\npub use c::{A, C as D};\n"),
                ("a/c.rs", ""),
                ("b.rs", "use crate::A;\nfn f() -> crate::a::D {}\n"),
            ],
            &["b.rs uses a/c.rs"],
        );
    }

    #[test]
    fn a_program_names_its_modules_without_a_word_before() {
        check(
            &[("a.rs", ""), ("main.rs", "mod a;\nfn main() { a::run(); std::a::b() }\n")],
            &["main.rs uses a.rs"],
        );
    }

    #[test]
    fn a_circle_is_shown_with_its_lines() {
        let sources = sources(&[
            ("a.rs", "\nuse crate::b::B;\n"),
            ("b.rs", "use crate::c::C;\n"),
            ("c.rs", "use crate::d::D;\n\n\nuse crate::a::A;\n"),
            ("d.rs", ""),
            ("lib.rs", "mod a;\nmod b;\nmod c;\nmod d;\n"),
        ]);
        let found = circles("crates/x", &sources, &arrows(&sources));
        assert_eq!(found.len(), 1, "{found:?}");
        let lines: Vec<_> = found[0].lines().skip(1).map(str::trim).collect();
        assert_eq!(
            lines,
            [
                "crates/x/src/a.rs:2 uses b.rs",
                "crates/x/src/b.rs:1 uses c.rs",
                "crates/x/src/c.rs:4 uses a.rs",
            ]
        );
    }

    #[test]
    fn tests_may_use_what_is_built_on_a_file() {
        let sources = sources(&[
            ("a.rs", "#[cfg(test)]\nmod tests {\n    use super::*;\n    use crate::b::B;\n}\n"),
            ("b.rs", "use crate::a::A;\n"),
        ]);
        assert_eq!(circles("crates/x", &sources, &arrows(&sources)), Vec::<String>::new());
    }

    #[test]
    fn arrows_up_and_sideways_are_found() {
        const ORDER: Order = Order {
            package: "crates/x",
            layers: &[layer(&["a"], "a is data"), layer(&["b", "c"], "b and c are strangers")],
        };
        let sources = sources(&[
            ("a/mod.rs", "mod d;\n"),
            ("a/d.rs", "use crate::b::B;\n"),
            ("b.rs", "use crate::c::C;\n"),
            ("c.rs", "use crate::a::d::D;\n"),
            ("e.rs", ""),
            ("lib.rs", ""),
        ]);
        let found = against(&ORDER, &sources, &arrows(&sources));
        assert_eq!(
            found,
            [
                "crates/x/src/e.rs: `e` is in no layer: give it a place in xtask/src/circles.rs",
                "crates/x/src/a/d.rs:1 must not use b.rs: a is data",
                "crates/x/src/b.rs:1 must not use c.rs: b and c are strangers",
            ]
        );
    }
}
