//! What a campaign counts, and the failures that it keeps.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use zarr_conform_model::contract::{MismatchKind, Overlap};
use zarr_conform_model::{Clause, OperationKind, Plan, Signature, Step};
use zarr_conform_rules::{Goal, Shapes};
use zarr_conform_store::OpenError;

use crate::campaign::case::Asked;
use crate::finding::disagreement::Disagreement;
use crate::finding::finding::{Finding, FirstSeen};
use crate::finding::likeness::group;
use crate::play::costs::Costs;
use crate::play::opening::Unfit;
use crate::play::player::Player;

/// What is said of operations whose calls are not all seen.
const ESCAPED: &str = "changed files by calls that cannot be seen: rustix, `io_uring`, what is mapped into memory, and threads that the store starts itself. Not all that can go wrong with it was tried";

/// How many failing plans are kept of each group: those of the first cases.
const REPRESENTATIVES: usize = 8;

/// How long a call takes at the least, on the average, if the store is a slow one.
const SLOW: Duration = Duration::from_millis(10);

/// Everything that the cases of a campaign add up to.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) cases: u64,
    /// Cases that were not played, because others have twins of their plans.
    pub(crate) twins: u64,
    pub(crate) operations: u64,
    pub(crate) questions: u64,
    /// Faults that struck, or orders of callers with a switch between them.
    pub(crate) struck: u64,
    /// Orders of callers at the same time.
    pub(crate) orders: u64,
    /// Those of them that the system gave.
    pub(crate) free_orders: u64,
    /// Kinds of writes with which nothing could go wrong, once at the least.
    pub(crate) silent: BTreeSet<OperationKind>,
    /// Kinds of writes with which something could.
    pub(crate) heard: BTreeSet<OperationKind>,
    /// The lowest level of overlap that was seen, if callers asked at the same time.
    pub(crate) seen: Option<Overlap>,
    pub(crate) rules: Vec<u64>,
    pub(crate) clauses: Vec<u64>,
    pub(crate) shapes: Shapes,
    pub(crate) groups: BTreeMap<Suspect, Group>,
    pub(crate) notes: Vec<String>,
    /// What went wrong without a question that shows it, and how often: nothing is proved then.
    pub(crate) alarms: BTreeMap<String, u64>,
    pub(crate) cannot_open: Option<OpenError>,
    /// Whether not all cases were played.
    pub(crate) cut_short: bool,
    /// Whether the store stopped answering too often to be asked on.
    pub(crate) gave_up: bool,
    /// How often a store was ended because it did not answer.
    pub(super) killed: usize,
    /// Cases in which the store stopped answering, and what it was asked in them.
    pub(crate) hung: Vec<(u64, Vec<Step>)>,
    /// Whether a key ever was given a value, and whether anything of one ever was answered.
    pub(crate) has_written: bool,
    pub(crate) has_seen: bool,
    pub(crate) costs: Costs,
    /// Time for all cases, as if they had been played one after the other.
    pub(super) time: Duration,
}

/// What failures have in common that may well come from one bug.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Suspect {
    /// The group of their signatures.
    pub(crate) signature: Signature,
    /// The operation after which a check came upon them.
    pub(super) after: Option<OperationKind>,
    /// Where the store panicked.
    pub(crate) panic_site: Option<String>,
}

/// The failures of one suspect.
#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) count: u64,
    /// Those of the first cases, by where they were found.
    pub(crate) found: BTreeMap<FirstSeen, Finding>,
}

impl Tally {
    /// Counts nothing yet, for as many rules.
    pub(crate) fn new(rules: usize) -> Self {
        Self { rules: vec![0; rules], clauses: vec![0; Clause::ALL.len()], ..Self::default() }
    }

    /// Whether calls take long on the average.
    pub(crate) fn is_slow(&self) -> bool {
        let calls = u32::try_from(self.questions).unwrap_or(u32::MAX);
        calls > 0 && self.time >= SLOW * calls
    }

    /// Notes what went wrong without a question that shows it.
    pub(crate) fn alarm(&mut self, what: String) {
        *self.alarms.entry(what).or_default() += 1;
    }

    /// Whether the goal was met.
    pub(crate) fn has_met(&self, goal: Goal) -> bool {
        match goal {
            Goal::Clause(clause) => self.clauses[clause as usize] > 0,
            Goal::Shape(shape) => self.shapes[shape] > 0,
        }
    }

    /// Files a failure that a check came upon after an operation of the kind `after`, if one did;
    /// `plan` is made only if it is one of those to keep.
    pub(crate) fn file(
        &mut self,
        disagreement: &Disagreement,
        after: Option<OperationKind>,
        seen: FirstSeen,
        plan: impl FnOnce() -> Plan,
    ) {
        let signature = group(disagreement.signature);
        let suspect = Suspect { signature, after, panic_site: disagreement.panic_site() };
        let group = self.groups.entry(suspect).or_default();
        group.count += 1;
        let last = group.found.last_key_value().map(|(last, _)| last);
        let full = group.found.len() >= REPRESENTATIVES;
        // The first occurrence in a case is kept, and the first cases are: on any number of
        // threads the same plans are left at the end.
        if group.found.contains_key(&seen) || (full && last.is_some_and(|last| *last < seen)) {
            return;
        }
        group.found.insert(seen, Finding::new(plan(), disagreement));
        if group.found.len() > REPRESENTATIVES {
            group.found.pop_last();
        }
    }

    /// Adds what other cases of the same campaign added up to.
    ///
    /// Of each suspect the failures of the first cases are kept, whichever tally they are in.
    pub(crate) fn join(&mut self, other: Self) {
        self.cases += other.cases;
        self.twins += other.twins;
        self.operations += other.operations;
        self.questions += other.questions;
        self.struck += other.struck;
        self.orders += other.orders;
        self.free_orders += other.free_orders;
        self.silent.extend(other.silent);
        self.heard.extend(other.heard);
        self.seen = [self.seen, other.seen].into_iter().flatten().min();
        for (sum, count) in self.rules.iter_mut().zip(other.rules) {
            *sum += count;
        }
        for (sum, count) in self.clauses.iter_mut().zip(other.clauses) {
            *sum += count;
        }
        self.shapes += other.shapes;
        for (suspect, group) in other.groups {
            let own = self.groups.entry(suspect).or_default();
            own.count += group.count;
            own.found.extend(group.found);
            while own.found.len() > REPRESENTATIVES {
                own.found.pop_last();
            }
        }
        self.notes.extend(other.notes);
        for (what, count) in other.alarms {
            *self.alarms.entry(what).or_default() += count;
        }
        self.cannot_open = self.cannot_open.take().or(other.cannot_open);
        self.cut_short |= other.cut_short;
        self.gave_up |= other.gave_up;
        self.killed += other.killed;
        self.hung.extend(other.hung);
        self.has_written |= other.has_written;
        self.has_seen |= other.has_seen;
        self.costs += &other.costs;
        self.time += other.time;
    }

    /// Whether a plain write came to an error that was not wanted.
    pub(crate) fn has_refused_sets(&self) -> bool {
        self.groups.keys().any(|suspect| {
            let Signature { operation, mismatch, .. } = suspect.signature;
            operation == OperationKind::Set && mismatch == MismatchKind::ErrorForAnswer
        })
    }

    /// Files what shows that no plan can begin with the store, in place of everything else.
    pub(crate) fn file_unfit(&mut self, unfit: Unfit) {
        let groups = std::mem::take(&mut self.groups);
        let first = groups.values().filter_map(|group| group.found.keys().next());
        let seen = first.min().cloned().unwrap_or(FirstSeen::Opening);
        let Unfit { plan, disagreement, advice } = unfit;
        self.file(&disagreement, None, seen, || plan);
        let count: u64 = groups.values().map(|group| group.count).sum();
        self.groups.values_mut().for_each(|group| group.count = count.max(1));
        self.notes.push(advice);
    }

    pub(super) fn add(
        &mut self,
        asked: &Asked,
        rules: &[usize],
        player: &Player<'_>,
        time: Duration,
    ) {
        self.cases += 1;
        self.time += time;
        self.operations += asked.operations as u64;
        self.questions += player.asked;
        self.struck += asked.swept.struck;
        for kind in &asked.swept.escaped {
            self.alarm(format!("{kind} {ESCAPED}"));
        }
        self.silent.extend(&asked.swept.silent);
        self.heard.extend(&asked.swept.heard);
        self.orders += asked.orders;
        self.free_orders += asked.free_orders;
        self.seen = [self.seen, asked.seen].into_iter().flatten().min();
        self.has_written |= player.has_written;
        self.has_seen |= player.has_seen;
        for words in &player.dropped {
            self.alarm(format!("the store did not go quietly when it was dropped: {words}"));
        }
        let is_asked = |(step, _): &(usize, &usize)| !asked.passed_over.contains(step);
        for (_, rule) in rules.iter().enumerate().filter(is_asked).take(asked.operations) {
            self.rules[*rule] += 1;
        }
        self.shapes += player.shapes;
        self.costs += &player.costs;
        for (sum, count) in self.clauses.iter_mut().zip(&player.clauses) {
            *sum += count;
        }
    }
}
