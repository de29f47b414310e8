//! Every plan of up to a few operations over a tiny universe, each under a number of its own.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use zarr_conform_model::{
    Capabilities, Declaration, KeyId, Model, Names, Operation, Plan, StoreModel, Value,
};

/// The keys of [`Universe::small`] that are asked everything: two that are alike, and one below
/// the first.
const KEYS: &[&str] = &["a", "a/a", "b"];

/// What is asked of each of them, in the words of plans.
///
/// Values have none, one or two bytes, so offset 1 is inside, at the end or a gap, and offset 2 at
/// the end or a gap.
const OF_KEYS: &[&str] = &[
    r#"set KEY """#,
    r#"set KEY "a""#,
    r#"set_partial KEY 0 "b""#,
    r#"set_partial KEY 1 "b""#,
    r#"set_partial KEY 2 "b""#,
    r#"set_partial_many KEY [1 "c", 0 "b"]"#,
    "erase KEY",
    "get KEY",
    "get_partial KEY 0..",
    "get_partial KEY 1..",
    "get_partial KEY 2..",
    "get_partial KEY 0..1",
    "get_partial KEY 0..2",
    "get_partial KEY -1..",
    "get_partial KEY -2..",
    "get_partial_many KEY []",
    "get_partial_many KEY [1.., 0..1]",
    "get_partial_many KEY [0..1, 0..1]",
    "size_key KEY",
    "exists KEY",
];

/// What is asked of `a-`, which is there for what is listed and erased beside `a`.
const OF_SIBLINGS: &[&str] =
    &[r#"set KEY """#, r#"set KEY "a""#, "erase KEY", "get KEY", "size_key KEY", "exists KEY"];

/// The prefixes: the root, a directory, and one that is none but sounds like a key.
const PREFIXES: &[&str] = &["/", "a/", "a-/"];

/// What is asked of each of them.
const OF_PREFIXES: &[&str] = &[
    "erase_prefix PREFIX",
    "list_prefix PREFIX",
    "list_dir PREFIX",
    "is_empty PREFIX",
    "size_prefix PREFIX",
];

/// What is asked of several keys, or of the store.
const OF_STORES: &[&str] = &[
    "get_many []",
    "get_many [a]",
    "get_many [b, a, a 1..]",
    r#"set_if_absent a """#,
    r#"set_if_absent a "a""#,
    "copy a b",
    "copy b a",
    "copy a a",
    "copy a a/a",
    "rename a b",
    "rename b a",
    "rename a a",
    "rename a a/a",
    "rename a/a a",
    "erase_many [a]",
    "erase_many [a, b]",
    "erase_many [a, a]",
    "erase_many [b, a]",
    "clear",
    "list",
    "size",
    "reopen",
    "audit",
];

/// A few operations over a few names, to make every plan of.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::{Capabilities, Value};
/// use zarr_conform_rules::Universe;
///
/// let universe = Universe::small(Capabilities::ZARRS);
/// assert_eq!(universe.operations().len(), 91);
/// // A page of bytes for each of the keys `a`, `a-`, `a/a` and `b`.
/// let universe = universe.with_value(Value::Repeat { length: 4096, byte: 1 });
/// assert_eq!(universe.operations().len(), 95);
/// ```
#[derive(Clone, Debug)]
pub struct Universe {
    names: Arc<Names>,
    operations: Vec<Operation>,
}

impl Universe {
    /// The universe in which most bugs of stores show in three operations: the keys `a`, `a-`,
    /// `a/a` and `b`, values of no bytes and of one, ranges and offsets around these lengths, and
    /// each kind of operation that the capabilities allow.
    ///
    /// # Panics
    ///
    /// Never: the operations are fixed, and tests read them.
    #[must_use]
    pub fn small(capabilities: Capabilities) -> Self {
        let about = |word: &'static str, names: &'static [&str], lines: &'static [&str]| {
            let of_name = move |name| lines.iter().map(move |line| line.replace(word, name));
            names.iter().copied().flat_map(of_name)
        };
        let lines = about("KEY", KEYS, OF_KEYS)
            .chain(about("KEY", &["a-"], OF_SIBLINGS))
            .chain(about("PREFIX", PREFIXES, OF_PREFIXES))
            .chain(about("", &[""], OF_STORES));
        let text: Vec<String> = lines.collect();
        let plan: Plan = text.join("\n").parse().expect("the lines are those of plans");
        let allowed = |operation: &&Operation| capabilities.allow(operation.kind());
        let operations = plan.operations().filter(allowed).cloned();
        Self::of(Arc::clone(plan.names()), operations)
    }

    /// A universe of one's own; operations that occur twice count once.
    ///
    /// # Panics
    ///
    /// Panics if an operation names a key or prefix that `names` does not hold.
    #[must_use]
    pub fn of(names: Arc<Names>, operations: impl IntoIterator<Item = Operation>) -> Self {
        let mut seen = HashSet::new();
        let operations = operations.into_iter().filter(|operation| seen.insert(operation.clone()));
        // A plan checks that the names are there.
        let plan = Plan::new(names, operations);
        Self { names: Arc::clone(plan.names()), operations: plan.operations().cloned().collect() }
    }

    /// The universe in which each key can also be set to `value`.
    #[must_use]
    pub fn with_value(self, value: Value) -> Self {
        let set = |key| Operation::Set { key, value: value.clone() };
        let sets: Vec<_> = self.names.keys().map(set).collect();
        Self::of(self.names, self.operations.into_iter().chain(sets))
    }

    /// The names that the operations are over.
    #[must_use]
    pub fn names(&self) -> &Arc<Names> {
        &self.names
    }

    /// The operations, in the order in which plans are numbered.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }
}

/// There are more plans than numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyPlans {
    operations: usize,
    length: usize,
}

impl fmt::Display for TooManyPlans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operations, length } = self;
        write!(
            f,
            "there are 2^64 plans or more of up to {length} out of {operations} operations: \
             make shorter ones"
        )
    }
}

impl std::error::Error for TooManyPlans {}

/// All plans of one operation, of two, and so on over a [`Universe`].
///
/// Plans have numbers, short ones first, so that any number of threads can share the work and any
/// plan can be had again. Of plans that differ only in what two keys are called, one is played:
/// keys of one letter are alike where the plan names nothing else that begins with either. How
/// such keys sort does not count; names that are not alike, as `a` and `a-`, come in every order.
/// Nothing else is left out: questions between writes fill caches and open handles.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::Dialect;
/// use zarr_conform_rules::Exhaustive;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let exhaustive = Exhaustive::new(Dialect::ZARRS, 2)?;
/// assert_eq!(exhaustive.count(), 91 + 91 * 91);
/// let plans = (0..exhaustive.count()).filter_map(|number| exhaustive.plan(number));
/// assert!(plans.into_iter().all(|plan| plan.len() <= 2));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Exhaustive {
    start: StoreModel,
    operations: Vec<Operation>,
    /// The letters in each operation.
    letters: Vec<Letters>,
    /// The keys that are one letter, in byte order.
    alike: Vec<KeyId>,
    /// The operations once more, to look whether one is there.
    known: HashSet<Operation>,
    count: u64,
}

impl Exhaustive {
    /// The plans of up to `length` operations over [`Universe::small`].
    ///
    /// # Errors
    ///
    /// Returns [`TooManyPlans`] if their numbers would not fit in 64 bits.
    pub fn new(declared: impl Into<Declaration>, length: usize) -> Result<Self, TooManyPlans> {
        let declared = declared.into();
        Self::over(Universe::small(declared.capabilities), declared, length)
    }

    /// The plans of up to `length` operations over a universe, without the operations that the
    /// capabilities do not allow.
    ///
    /// # Errors
    ///
    /// Returns [`TooManyPlans`] if their numbers would not fit in 64 bits.
    pub fn over(
        universe: Universe,
        declared: impl Into<Declaration>,
        length: usize,
    ) -> Result<Self, TooManyPlans> {
        let declared = declared.into();
        let Universe { names, mut operations } = universe;
        operations.retain(|operation| declared.capabilities.allow(operation.kind()));
        let count = count(operations.len(), length)
            .ok_or(TooManyPlans { operations: operations.len(), length })?;
        let is_letter = |key: &KeyId| matches!(names.key(*key).as_str().as_bytes(), [b'a'..=b'z']);
        let alike: Vec<KeyId> = names.keys().filter(is_letter).collect();
        let letters =
            operations.iter().map(|operation| Letters::of(operation, &names, &alike)).collect();
        let known = operations.iter().cloned().collect();
        let start = StoreModel::new(names, declared);
        Ok(Self { start, operations, letters, alike, known, count })
    }

    /// How many numbers there are, those of twins included.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The model of an empty store over the names of all plans.
    #[must_use]
    pub fn start(&self) -> &StoreModel {
        &self.start
    }

    /// The names of all plans.
    #[must_use]
    pub fn names(&self) -> &Arc<Names> {
        self.start.names()
    }

    /// The plan of a number, the same whenever it is asked for.
    ///
    /// `None` if the plan is the twin of another one, which has a smaller number, or if `number`
    /// is not below [`count`](Self::count).
    #[must_use]
    pub fn plan(&self, number: u64) -> Option<Plan> {
        let places = self.places(number)?;
        let operations = places.iter().map(|place| self.operations[*place].clone());
        let plan = Plan::new(Arc::clone(self.names()), operations);
        let is_there = |twin: Vec<Operation>| twin.iter().all(|other| self.known.contains(other));
        (!self.twin(&places).is_some_and(is_there)).then_some(plan)
    }

    /// The positions of a plan's operations in the universe.
    fn places(&self, number: u64) -> Option<Vec<usize>> {
        if number >= self.count {
            return None;
        }
        let base = self.operations.len() as u64;
        let (mut rest, mut of_length, mut length) = (number, base, 1);
        while rest >= of_length {
            rest -= of_length;
            of_length *= base;
            length += 1;
        }
        let mut places = vec![0; length];
        for place in places.iter_mut().rev() {
            *place = (rest % base) as usize;
            rest /= base;
        }
        Some(places)
    }

    /// The plan in which letters that are alike come in order, if this is another one.
    fn twin(&self, places: &[usize]) -> Option<Vec<Operation>> {
        let bound = places.iter().fold(0, |bound, place| bound | self.letters[*place].bound);
        let free: Vec<usize> = (0..self.alike.len()).filter(|at| bound >> at & 1 == 0).collect();
        let mut in_turn: Vec<usize> = Vec::with_capacity(free.len());
        for at in places.iter().flat_map(|place| &self.letters[*place].named) {
            if bound >> at & 1 == 0 && !in_turn.contains(at) {
                in_turn.push(*at);
            }
        }
        if free.starts_with(&in_turn) {
            return None;
        }
        let rename = |key: KeyId| {
            let turn = in_turn.iter().position(|at| self.alike[*at] == key);
            turn.map_or(key, |turn| self.alike[free[turn]])
        };
        let twin = |place: &usize| self.operations[*place].rename(rename, |prefix| prefix);
        Some(places.iter().map(twin).collect())
    }
}

/// How many plans there are of one to `length` out of so many operations.
fn count(operations: usize, length: usize) -> Option<u64> {
    let (mut count, mut of_length) = (0_u64, 1_u64);
    for _ in 0..length {
        of_length = of_length.checked_mul(operations as u64)?;
        count = count.checked_add(of_length)?;
    }
    Some(count)
}

/// Which keys of one letter an operation is about, by their positions among those.
#[derive(Clone, Debug, Default)]
struct Letters {
    /// Those that it names, in this order.
    named: Vec<usize>,
    /// A bit for each that stands apart, because a longer name begins with it.
    bound: u32,
}

impl Letters {
    fn of(operation: &Operation, names: &Names, alike: &[KeyId]) -> Self {
        let mut letters = Self::default();
        let mut bind = |name: &str| {
            let begins = |letter: &KeyId| name.starts_with(names.key(*letter).as_str());
            letters.bound |= alike.iter().position(begins).map_or(0, |at| 1 << at);
        };
        if let Some(prefix) = operation.prefix() {
            bind(names.prefix(prefix).as_str());
        }
        for key in operation.keys() {
            match alike.iter().position(|letter| *letter == key) {
                Some(at) => letters.named.push(at),
                None => bind(names.key(key).as_str()),
            }
        }
        letters
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn universe(text: &str) -> Universe {
        let plan: Plan = text.parse().unwrap();
        Universe::of(Arc::clone(plan.names()), plan.operations().cloned())
    }

    fn check(text: &str, length: usize, numbers: u64, expected: Expect) {
        let exhaustive = Exhaustive::over(universe(text), Declaration::ZARRS, length).unwrap();
        assert_eq!(exhaustive.count(), numbers);
        let plans = (0..numbers).filter_map(|number| exhaustive.plan(number));
        let lines = plans.map(|plan| {
            let names = plan.names();
            let line = plan.operations().map(|operation| operation.display(names).to_string());
            line.collect::<Vec<_>>().join("; ") + "\n"
        });
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn keys_that_are_alike_are_played_once() {
        check(
            "get a\nget b",
            2,
            2 + 4,
            expect![[r"
                get a
                get a; get a
                get a; get b
            "]],
        );
    }

    #[test]
    fn three_keys_are_alike_in_six_ways() {
        // One, two or three different keys: as many as there are ways to part three places.
        check(
            "get a\nget b\nget c",
            3,
            3 + 9 + 27,
            expect![[r"
                get a
                get a; get a
                get a; get b
                get a; get a; get a
                get a; get a; get b
                get a; get b; get a
                get a; get b; get b
                get a; get b; get c
            "]],
        );
    }

    #[test]
    fn a_name_that_begins_with_one_key_sets_it_apart() {
        check(
            "get a\nget b\nlist_prefix a/",
            2,
            3 + 9,
            expect![[r"
                get a
                list_prefix a/
                get a; get a
                get a; get b
                get a; list_prefix a/
                get b; list_prefix a/
                list_prefix a/; get a
                list_prefix a/; get b
                list_prefix a/; list_prefix a/
            "]],
        );
    }

    #[test]
    fn a_plan_whose_twin_is_not_there_is_played() {
        check(
            "get a\nget b\nerase_many [a]",
            1,
            3,
            expect![[r"
                get a
                erase_many [a]
            "]],
        );
        check(
            "erase_many [b]\nget a",
            1,
            2,
            expect![[r"
            erase_many [b]
            get a
        "]],
        );
    }

    #[test]
    fn plans_differ_and_the_twin_of_each_that_is_left_out_is_there() {
        let exhaustive = Exhaustive::new(Declaration::ZARRS, 2).unwrap();
        let mut plans = HashSet::new();
        let mut left_out = Vec::new();
        for number in 0..exhaustive.count() {
            match exhaustive.plan(number) {
                Some(plan) => {
                    assert!(plans.insert(plan.operations().cloned().collect::<Vec<_>>()), "{plan}");
                }
                None => left_out.push(exhaustive.places(number).unwrap()),
            }
        }
        let names = exhaustive.names();
        let [a, b] = ["a", "b"].map(|key| names.find_key(key).unwrap());
        let swap = |key| {
            if key == a {
                b
            } else if key == b {
                a
            } else {
                key
            }
        };
        assert_eq!(plans.len() + left_out.len(), 91 + 91 * 91);
        assert!(left_out.len() > 500, "{}", left_out.len());
        for places in left_out {
            let operations = places.iter().map(|place| &exhaustive.operations[*place]);
            let twin: Vec<_> = operations.map(|one| one.rename(swap, |prefix| prefix)).collect();
            assert!(plans.contains(&twin), "{:?}", Plan::new(Arc::clone(names), twin));
        }
    }

    #[test]
    fn a_number_gives_the_same_plan_every_time() {
        let exhaustive = Exhaustive::new(Declaration::ZARRS, 3).unwrap();
        let plan = |number| exhaustive.plan(number).unwrap().to_string();
        expect![[r#"
            zarr-conform plan 1
            set a ""
        "#]]
        .assert_eq(&plan(0));
        expect![[r"
            zarr-conform plan 1
            size
        "]]
        .assert_eq(&plan(90));
        expect![[r#"
            zarr-conform plan 1
            set_partial_many a/a [1 "c", 0 "b"]
            get a
        "#]]
        .assert_eq(&plan(91 + 91 * 25 + 7));
        expect![[r"
            zarr-conform plan 1
            size
            size
            size
        "]]
        .assert_eq(&plan(exhaustive.count() - 1));
        assert_eq!(exhaustive.plan(exhaustive.count()), None);
    }

    #[test]
    fn plans_survive_their_text() {
        let exhaustive = Exhaustive::new(Declaration::ZARRS, 3).unwrap();
        for number in (0..exhaustive.count()).step_by(97) {
            let Some(plan) = exhaustive.plan(number) else { continue };
            assert_eq!(plan.to_string().parse::<Plan>().unwrap(), plan.compact());
        }
    }

    #[test]
    fn what_the_store_cannot_be_asked_is_not_asked() {
        let mut capabilities = Capabilities { reopen: true, audit: true, ..Capabilities::ZARRS };
        assert_eq!(Universe::small(capabilities).operations().len(), 93);
        capabilities.list = false;
        let universe = Universe::small(Capabilities::ZARRS);
        let exhaustive = Exhaustive::over(universe, capabilities, 1).unwrap();
        assert_eq!(exhaustive.count(), 91 - 14);
    }

    #[test]
    fn too_many_plans_are_an_error() {
        assert_eq!(count(88, 3), Some(88 + 7_744 + 681_472));
        assert_eq!(count(2, 63), Some(u64::MAX - 1));
        assert_eq!(count(2, 64), None);
        assert_eq!(count(0, 9), Some(0));
        let error = Exhaustive::new(Declaration::ZARRS, 10).unwrap_err();
        expect!["there are 2^64 plans or more of up to 10 out of 91 operations: make shorter ones"]
            .assert_eq(&error.to_string());
    }
}
