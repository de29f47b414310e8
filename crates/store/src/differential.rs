//! Differential: one place seen through two stores under test, which must agree.
//!
//! Which way a write goes belongs to the operation: to the bytes of its names and the lengths of
//! its values. A counter would send the rest of a plan the other way whenever an operation is taken
//! out of it, and nothing would shrink. That the two ways differ is the clause O10 whatever was
//! asked, since no clause of the question says which of them is right.

use std::path::Path;

use zarr_conform_model::contract::Traffic;
use zarr_conform_model::{Capabilities, ErrorClass, Names, Operation, Outcome, Refusal};

use crate::port::{Callers, StoreUnderTest, Way};

/// Two ways into one place as one store: synchronous and asynchronous, wrapped and bare.
///
/// Every read is asked of both. Where they agree, the answer is the first one's; where they do not,
/// the outcome is [`Outcome::Diverged`], which no expectation allows and breaks the clause O10.
/// Agreement is on values, on what is absent, on listings whatever their order, and on the class
/// of an error whatever its words.
///
/// A write goes through one of them: through the first if the bytes of the names that it is about
/// and the lengths of the values that it writes add up to an odd number, else through the second.
/// So a write of a plan goes the same way whatever stands around it, which is what shrinking and
/// replaying need, and both ways are taken often: `set a ""` and `set b "x"` go through the first,
/// `set a "x"` and `set b ""` through the second. [`Operation::Reopen`] is asked of both, and
/// [`Operation::Audit`] of the first.
///
/// The dialect of such a store has [`Capabilities::differential`].
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use zarr_conform_model::Plan;
/// use zarr_conform_store::{Differential, StoreUnderTest, ZarrsStore};
/// use zarrs_storage::store::MemoryStore;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let memory = Arc::new(MemoryStore::new());
/// let mut same = Differential::of(ZarrsStore::of(memory.clone()), ZarrsStore::of(memory));
/// // Two places are not one:
/// let other = ZarrsStore::of(Arc::new(MemoryStore::new()));
/// let mut apart = Differential::of(ZarrsStore::of(Arc::new(MemoryStore::new())), other);
///
/// let plan: Plan = "set a \"\"\nget a".parse()?;
/// let mut last = |store: &mut Differential| {
///     let answers = plan.operations().map(|asked| store.answer(plan.names(), asked));
///     answers.last().map(|outcome| outcome.to_string())
/// };
/// assert_eq!(last(&mut same).as_deref(), Some("\"\""));
/// assert_eq!(last(&mut apart).as_deref(), Some("first: \"\"; second: absent"));
/// # Ok(())
/// # }
/// ```
pub struct Differential {
    first: View,
    second: View,
}

/// One way into the place.
struct View {
    store: Box<dyn StoreUnderTest>,
    capabilities: Capabilities,
}

impl View {
    fn new(store: impl StoreUnderTest + 'static, capabilities: Capabilities) -> Self {
        Self { store: Box::new(store), capabilities }
    }
}

impl Differential {
    /// Two views of one place, each with all of `zarrs_storage`'s traits.
    #[must_use]
    pub fn of(first: impl StoreUnderTest + 'static, second: impl StoreUnderTest + 'static) -> Self {
        Self::with_capabilities(first, Capabilities::ZARRS, second, Capabilities::ZARRS)
    }

    /// Two views of one place, and what each can be asked: what only one of them can is asked of
    /// that one.
    #[must_use]
    pub fn with_capabilities(
        first: impl StoreUnderTest + 'static,
        of_first: Capabilities,
        second: impl StoreUnderTest + 'static,
        of_second: Capabilities,
    ) -> Self {
        Self { first: View::new(first, of_first), second: View::new(second, of_second) }
    }
}

#[deny(clippy::missing_trait_methods, reason = "a wrapper passes on all that it is asked")]
impl StoreUnderTest for Differential {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        let kind = operation.kind();
        let can = |view: &View| view.capabilities.allow(kind);
        let both = can(&self.first) && can(&self.second);
        match operation {
            Operation::Audit => {}
            _ if !both => {}
            _ if operation.is_write() => {
                let view =
                    if is_odd(names, operation) { &mut self.first } else { &mut self.second };
                return view.store.answer(names, operation);
            }
            _ => {
                let first = self.first.store.answer(names, operation);
                let second = self.second.store.answer(names, operation);
                return if agree(&first, &second) {
                    first
                } else {
                    Outcome::diverged(first, second)
                };
            }
        }
        let view =
            if can(&self.second) && !can(&self.first) { &mut self.second } else { &mut self.first };
        view.store.answer(names, operation)
    }

    /// Nothing goes wrong on two ways at a time.
    fn answer_on_way(&mut self, names: &Names, operation: &Operation, way: &mut Way) -> Outcome {
        let _ = way;
        self.answer(names, operation)
    }

    fn place(&self) -> Option<&Path> {
        self.first.store.place()
    }

    fn callers(&mut self) -> Option<&mut dyn Callers> {
        // Which write came first, two ways need not agree on.
        None
    }

    fn close(self: Box<Self>) -> Outcome {
        let Self { first, second } = *self;
        match first.store.close() {
            Outcome::Done => second.store.close(),
            other => other,
        }
    }

    /// That of both ways together.
    fn traffic(&self) -> Option<Traffic> {
        match (self.first.store.traffic(), self.second.store.traffic()) {
            (Some(first), Some(second)) => Some(first + second),
            (one, other) => one.or(other),
        }
    }
}

/// Whether the bytes of an operation's names and the lengths of its values add up to an odd number.
fn is_odd(names: &Names, operation: &Operation) -> bool {
    let sum = |name: &str| name.bytes().map(usize::from).sum::<usize>();
    let keys = operation.keys().map(|key| sum(names.key(key).as_str()));
    let prefix = operation.prefix().map(|prefix| sum(names.prefix(prefix).as_str()));
    let patches = operation.patches().iter().map(|patch| patch.value.len());
    let value = match operation {
        Operation::Set { value, .. } => value.len(),
        _ => 0,
    };
    (keys.chain(prefix).chain(patches).sum::<usize>() + value) % 2 == 1
}

fn agree(first: &Outcome, second: &Outcome) -> bool {
    match (first, second) {
        (Outcome::Keys(first), Outcome::Keys(second)) => sorted(first) == sorted(second),
        (
            Outcome::Directory { keys, prefixes },
            Outcome::Directory { keys: other_keys, prefixes: other_prefixes },
        ) => sorted(keys) == sorted(other_keys) && sorted(prefixes) == sorted(other_prefixes),
        (Outcome::Values(first), Outcome::Values(second)) => {
            let same = |(first, second): (&Result<_, _>, &Result<_, _>)| match (first, second) {
                (Ok(first), Ok(second)) => first == second,
                (Err(first), Err(second)) => class(first) == class(second),
                _ => false,
            };
            first.len() == second.len() && first.iter().zip(second).all(same)
        }
        (Outcome::Refused(first), Outcome::Refused(second)) => class(first) == class(second),
        _ => first == second,
    }
}

fn class(refusal: &Refusal) -> ErrorClass {
    refusal.class
}

fn sorted<T: Ord>(names: &[T]) -> Vec<&T> {
    let mut names: Vec<_> = names.iter().collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use zarr_conform_model::Plan;
    use zarrs_storage::{Bytes, StoreKey, StorePrefix};

    use super::*;

    /// A store that gives one answer to everything, and keeps what it was asked.
    struct Says(Outcome, Arc<Mutex<Vec<String>>>);

    impl StoreUnderTest for Says {
        fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
            self.1.lock().unwrap().push(operation.display(names).to_string());
            self.0.clone()
        }
    }

    /// What two stores that give these answers say together, and what each was asked.
    fn ask(line: &str, first: Outcome, second: Outcome) -> (Outcome, [Vec<String>; 2]) {
        ask_with(line, first, second, Capabilities::ZARRS)
    }

    fn ask_with(
        line: &str,
        first: Outcome,
        second: Outcome,
        of_first: Capabilities,
    ) -> (Outcome, [Vec<String>; 2]) {
        let asked = [Arc::default(), Arc::default()];
        let [of, to] = asked.clone();
        let (first, second) = (Says(first, of), Says(second, to));
        let mut store =
            Differential::with_capabilities(first, of_first, second, Capabilities::ZARRS);
        let plan: Plan = line.parse().unwrap();
        let outcome = store.answer(plan.names(), &plan.steps()[0].operation);
        (outcome, asked.map(|asked| asked.lock().unwrap().clone()))
    }

    fn keys(keys: &[&str]) -> Vec<StoreKey> {
        keys.iter().map(|key| StoreKey::new(*key).unwrap()).collect()
    }

    fn refused(class: ErrorClass, words: &str) -> Outcome {
        Outcome::Refused(Refusal::new(class, words))
    }

    #[track_caller]
    fn check(first: Outcome, second: Outcome, agrees: bool) {
        let (outcome, asked) = ask("list", first.clone(), second.clone());
        assert_eq!(asked[0], asked[1]);
        assert_eq!(asked[0], ["list"]);
        assert_eq!(outcome, if agrees { first } else { Outcome::diverged(first, second) });
    }

    #[test]
    fn what_both_say_is_the_answer_and_what_they_do_not_has_diverged() {
        let value = |text: &'static str| Outcome::Value(Bytes::from_static(text.as_bytes()));
        check(value("x"), value("x"), true);
        check(value("x"), value("y"), false);
        check(value(""), Outcome::Absent, false);
        check(Outcome::Size(1), Outcome::Size(2), false);
        check(Outcome::Truth(true), Outcome::Truth(true), true);
    }

    #[test]
    fn listings_are_compared_whatever_their_order() {
        let list = |names: &[&str]| Outcome::Keys(keys(names));
        check(list(&["a", "b"]), list(&["b", "a"]), true);
        check(list(&["a", "b"]), list(&["a"]), false);
        check(list(&["a"]), list(&["a", "a"]), false);
        let prefixes = |names: &[&str]| {
            names.iter().map(|name| StorePrefix::new(*name).unwrap()).collect::<Vec<_>>()
        };
        let directory = |names: &[&str], below: &[&str]| Outcome::Directory {
            keys: keys(names),
            prefixes: prefixes(below),
        };
        check(directory(&["b", "a"], &["d/", "c/"]), directory(&["a", "b"], &["c/", "d/"]), true);
        check(directory(&["a"], &["c/"]), directory(&["a"], &["d/"]), false);
        check(directory(&["a"], &["c/"]), directory(&["b"], &["c/"]), false);
    }

    #[test]
    fn errors_are_compared_by_class() {
        let range = |words| refused(ErrorClass::InvalidRange, words);
        check(range("too long"), range("beyond the end"), true);
        check(range("x"), refused(ErrorClass::Other, "x"), false);
        let part = |class, words| Outcome::Values(vec![Err(Refusal::new(class, words))]);
        check(part(ErrorClass::InvalidRange, "x"), part(ErrorClass::InvalidRange, "y"), true);
        check(part(ErrorClass::InvalidRange, "x"), part(ErrorClass::Other, "x"), false);
        check(
            part(ErrorClass::InvalidRange, "x"),
            Outcome::Values(vec![Ok(Some(Bytes::new()))]),
            false,
        );
    }

    #[test]
    fn a_write_goes_one_way_by_what_it_is() {
        let through = |line: &str| {
            let (outcome, asked) = ask(line, Outcome::Done, Outcome::Done);
            assert_eq!(outcome, Outcome::Done);
            let ways: Vec<_> = asked.iter().map(Vec::len).collect();
            assert!(ways == [1, 0] || ways == [0, 1], "{line}: {ways:?}");
            ways[1]
        };
        assert_eq!(through("set a \"\""), 0);
        assert_eq!(through("set a \"x\""), 1);
        assert_eq!(through("set b \"\""), 1);
        assert_eq!(through("erase a"), 0);
        assert_eq!(through("erase b"), 1);
        assert_eq!(through("set_partial a 3 \"x\""), 1);
        assert_eq!(through("set_partial_many a [3 \"x\", 7 \"y\"]"), 0);
        assert_eq!(through("erase_many [a, b]"), 0);
        assert_eq!(through("erase_many [a, c]"), 1);
        assert_eq!(through("erase_prefix a/"), 1);
        assert_eq!(through("erase_prefix b/"), 0);
        assert_eq!(through("clear"), 1);
    }

    #[test]
    fn what_one_cannot_be_asked_is_asked_of_the_other() {
        let blind = Capabilities { read: false, write: false, ..Capabilities::ZARRS };
        let (outcome, asked) = ask_with("get a", Outcome::Absent, Outcome::Size(1), blind);
        assert_eq!((outcome, asked[0].len(), asked[1].len()), (Outcome::Size(1), 0, 1));
        let (_, asked) = ask_with("set a \"\"", Outcome::Done, Outcome::Done, blind);
        assert_eq!((asked[0].len(), asked[1].len()), (0, 1));
        let (_, asked) = ask_with("list", Outcome::Done, Outcome::Done, blind);
        assert_eq!((asked[0].len(), asked[1].len()), (1, 1));
    }
}
