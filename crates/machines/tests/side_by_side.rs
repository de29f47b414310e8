//! That what only a second way into a store gets wrong is found, and by nothing else.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;

use expect_test::{Expect, expect};
use zarr_conform_machines::model::{
    Capabilities, Clause, ErrorClass, Names, Operation, Outcome, Refusal,
};
use zarr_conform_machines::store::{Adapter, Differential, OpenError, StoreUnderTest, ZarrsStore};
use zarr_conform_machines::{Machine, Report};
use zarr_conform_memory::asynchronous_store;

/// A bug in the second of two ways into one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bug {
    None,
    /// A value that was read once is never looked up again.
    Stale,
    /// An empty value is taken for absent.
    EmptyIsAbsent,
    /// The last key of a listing is left out.
    LastUnlisted,
    /// Directories have the prefixes among the keys as well.
    PrefixesAreKeys,
    /// A bad range is an error of no class.
    OtherClass,
}

/// The second way.
struct Second {
    bug: Bug,
    store: ZarrsStore,
    read: BTreeMap<String, Outcome>,
}

impl StoreUnderTest for Second {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let outcome = self.store.answer(names, operation);
        match (self.bug, operation, outcome) {
            (Bug::Stale, Operation::Get { key }, outcome @ Outcome::Value(_)) => {
                self.read.entry(names.key(*key).to_string()).or_insert(outcome).clone()
            }
            (Bug::EmptyIsAbsent, _, Outcome::Value(value)) if value.is_empty() => Outcome::Absent,
            (Bug::LastUnlisted, Operation::List, Outcome::Keys(mut keys)) => {
                keys.pop();
                Outcome::Keys(keys)
            }
            (Bug::OtherClass, _, Outcome::Refused(refusal)) => {
                Outcome::Refused(Refusal { class: ErrorClass::Other, ..refusal })
            }
            (Bug::PrefixesAreKeys, _, Outcome::Directory { mut keys, prefixes }) => {
                let names = prefixes.iter().map(|prefix| prefix.as_str().trim_end_matches('/'));
                keys.extend(names.map(|name| name.try_into().unwrap()));
                Outcome::Directory { keys, prefixes }
            }
            (_, _, outcome) => outcome,
        }
    }
}

/// Stores with a right way in, and beside it, if that is asked too, one with a bug.
struct TwoWays {
    bug: Bug,
    both: bool,
}

impl Adapter for TwoWays {
    fn name(&self) -> &str {
        "two-ways"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { differential: self.both, ..Capabilities::ZARRS }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let place = Arc::new(asynchronous_store());
        let first = ZarrsStore::of(place.clone());
        if !self.both {
            return Ok(Box::new(first));
        }
        let second =
            Second { bug: self.bug, store: ZarrsStore::of(place), read: BTreeMap::default() };
        Ok(Box::new(Differential::of(first, second)))
    }
}

fn run(bug: Bug, both: bool) -> Report {
    Machine::of(TwoWays { bug, both }).cases(100).jobs(2).run()
}

fn check(bug: Bug, wanted: Expect) {
    let report = run(bug, true);
    let lines = report.failures.iter().map(|failure| {
        let plan = failure.plan.to_string();
        let plan: Vec<_> = plan.lines().skip(1).collect();
        let last = failure.lines.last().expect("a failure has a last line");
        assert_eq!(last.clause, "O10", "a replay names the clause too");
        format!("{} {} | {} | {}\n", failure.clause, failure.signature, plan.join("; "), last.got)
    });
    wanted.assert_eq(&lines.collect::<String>());
    // Nobody who is asked the right way alone knows.
    assert!(run(bug, false).conforms());
}

#[test]
fn two_ways_that_agree_conform_and_every_read_is_counted() {
    let report = run(Bug::None, true);
    report.assert_conforms();
    let count = |report: &Report| {
        let count = report.clauses.iter().find(|count| count.clause == Clause::O10);
        count.map_or(0, |count| count.questions)
    };
    assert!(count(&report) > 5_000, "{report}");
    assert_eq!(count(&run(Bug::None, false)), 0);
}

#[test]
fn stale_values_of_a_second_way_are_found() {
    check(
        Bug::Stale,
        expect![[r#"
        O10 get: two answers (live, overwritten) | set a ""; get a; set a "a"; get a | first: "a"; second: ""
    "#]],
    );
}

#[test]
fn empty_values_that_a_second_way_takes_for_absent_are_found() {
    // No bytes of a value that has some are taken for absent, too, and `get` says nothing of those.
    check(
        Bug::EmptyIsAbsent,
        expect![[r#"
            O10 get: two answers (live, empty) | set a ""; get a | first: ""; second: absent
            O10 get_partial: two answers (live, empty, empty suffix) | set a ""; get_partial a -0.. | first: ""; second: absent
            O10 get_partial: two answers (live, empty, empty range inside) | set a ""; get_partial a 0..0 | first: ""; second: absent
        "#]],
    );
}

#[test]
fn keys_that_a_second_way_does_not_list_are_found() {
    check(
        Bug::LastUnlisted,
        expect![[r#"
        O10 list: two answers | set a ""; list | first: [a]; second: []
    "#]],
    );
}

#[test]
fn directories_that_a_second_way_lists_otherwise_are_found() {
    check(
        Bug::PrefixesAreKeys,
        expect![[r#"
        O10 list_dir: two answers | set a/a ""; list_dir / | first: keys [] prefixes [a/]; second: keys [a] prefixes [a/]
    "#]],
    );
}

#[test]
fn errors_of_another_class_of_a_second_way_are_found() {
    check(
        Bug::OtherClass,
        expect![[r#"
        O10 get_partial: two answers (live, empty, suffix longer than the value) | set a ""; get_partial a -1.. | first: error InvalidRange (InvalidByteRangeError(Suffix(1), 0)); second: error Other (InvalidByteRangeError(Suffix(1), 0))
        O10 get_partial: two answers (live, empty, range past the end) | set a ""; get_partial a 0..1 | first: error InvalidRange (InvalidByteRangeError(FromStart(0, Some(1)), 0)); second: error Other (InvalidByteRangeError(FromStart(0, Some(1)), 0))
        O10 get_partial: two answers (live, empty, offset past the end) | set a ""; get_partial a 1.. | first: error InvalidRange (InvalidByteRangeError(FromStart(1, None), 0)); second: error Other (InvalidByteRangeError(FromStart(1, None), 0))
        O10 get_partial: two answers (live, empty, empty range past the end) | set a ""; get_partial a 1..1 | first: error InvalidRange (InvalidByteRangeError(FromStart(1, Some(0)), 0)); second: error Other (InvalidByteRangeError(FromStart(1, Some(0)), 0))
        O10 get_partial: two answers (live, range over the end) | set a "a"; get_partial a 0..2 | first: error InvalidRange (InvalidByteRangeError(FromStart(0, Some(2)), 1)); second: error Other (InvalidByteRangeError(FromStart(0, Some(2)), 1))
    "#]],
    );
}
