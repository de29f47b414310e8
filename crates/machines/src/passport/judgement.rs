//! Judgement: which value of a knob all answers agree with, and how that stands to what is declared.
//!
//! The model says what is right, in every dialect. So a store that keeps to a value of a knob is one of
//! which the model, with that value, calls every answer right; and what is found is what a campaign
//! holds the store against.

use std::collections::BTreeSet;

use zarr_conform_model::contract::{Declaration, Knob, MismatchKind};
use zarr_conform_model::{Clause, Dialect, Outcome, Plan};

use crate::finding::likeness::{family, may_come_of_contents};
use crate::passport::asking::Asking;
use crate::passport::entry::{Entry, Standing, Tier};
use crate::passport::facts::Fact;
use crate::passport::knobs::{tier, words};
use crate::passport::lengths::LONGEST;
use crate::play::answers::Wrong;
use crate::report::counted::counted;
use crate::report::known_issue::KnownIssue;

/// What a store declares, what was found of it so far, and what is known to be wrong with it.
pub(super) struct Judge<'a> {
    pub(super) declared: Declaration,
    pub(super) found: Declaration,
    pub(super) issues: &'a [KnownIssue],
}

impl Judge<'_> {
    /// Finds the value of a knob, and keeps it.
    pub(super) fn settle(
        &mut self,
        knob: Knob,
        askings: &[Asking],
        further: Option<Dialect>,
    ) -> Entry {
        let before = self.found.dialect;
        let as_declared = knob.as_in(&self.declared.dialect, before);
        let mut values = knob.turned(&before);
        for value in further.into_iter().chain([as_declared]) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        let agrees = |dialect: &Dialect, asking: &Asking| {
            let declared = Declaration { dialect: *dialect, ..self.found };
            if knob == Knob::CaseSensitive && !dialect.case_sensitive {
                asking.agrees_folded(declared)
            } else {
                asking.agrees(declared)
            }
        };
        let kept =
            |dialect: &Dialect| askings.iter().filter(|asked| agrees(dialect, asked)).count();
        let counts: Vec<usize> = values.iter().map(kept).collect();
        let is_kept = |at: &usize| counts[*at] == askings.len();
        let found = (0..values.len()).find(is_kept);
        // Where no value has all, the one that has most: the first of those that have as many.
        let most = (0..values.len()).rev().max_by_key(|at| counts[*at]).unwrap_or_default();
        let at = found.unwrap_or(most);
        let (value, count) = (values[at], counts[at]);
        let is_declared = knob.value(&value) == knob.value(&as_declared);
        let keeps_to_declared = kept(&as_declared) == askings.len();
        let mut entry = self.entry(knob, askings, count);
        entry.found = (count > 0).then(|| said_of(knob, &value, askings));
        let against = |dialect| Declaration { dialect, ..self.found };
        let (standing, plans) = match found {
            Some(_) if knob.is_open(&value) && !is_declared => {
                let one = shortest(askings, |asking| agrees(&values[0], asking));
                let other = shortest(askings, |asking| !agrees(&values[0], asking));
                let shown = [one, other].into_iter().flatten();
                let plans = shown.map(|asking| asking.shown(against(value))).collect();
                (Standing::Contradicts, plans)
            }
            Some(_) if is_declared => (Standing::Kept, Vec::new()),
            Some(_) if keeps_to_declared => (Standing::Undeclared, Vec::new()),
            Some(_) => {
                let is_new = |asking: &Asking| self.is_news(asking, against(as_declared));
                let wrong = shortest(askings, is_new)
                    .or_else(|| shortest(askings, |asking| !agrees(&as_declared, asking)));
                let plans = wrong.map(|asking| asking.shown(against(as_declared)));
                (Standing::Differs, plans.into_iter().collect())
            }
            None => {
                let fits = |asking: &Asking| values.iter().any(|value| agrees(value, asking));
                let nowhere = shortest(askings, |asking| !fits(asking));
                let stranger = shortest(askings, |asking| !agrees(&value, asking));
                let standing =
                    if nowhere.is_some() { Standing::Wrong } else { Standing::Contradicts };
                let shown = nowhere.or(stranger);
                let plans = shown.map(|asking| asking.shown(against(value)));
                (standing, plans.into_iter().collect())
            }
        };
        // What declares a value that is contradicted is no help.
        let declares = matches!(standing, Standing::Undeclared | Standing::Differs);
        entry.line = declares.then(|| knob.line(&value));
        // Held against what is declared, and not against what was found: so are known issues.
        let wrongs = askings.iter().filter_map(|asking| {
            let wrong = asking.answers.first_wrong(&asking.plan, against(as_declared))?;
            Some((&asking.plan, wrong))
        });
        entry.standing = self.or_known(standing, wrongs);
        entry.plans = plans;
        if count > 0 {
            self.found.dialect = value;
        }
        entry
    }

    /// The entry of a knob that nobody asked.
    pub(super) fn not_asked(&self, knob: Knob, why: impl Into<String>) -> Entry {
        let mut entry = self.entry(knob, &[], 0);
        entry.standing = Standing::NotAsked(why.into());
        entry
    }

    /// The entry of a knob about which nothing was found yet.
    pub(super) fn entry(&self, knob: Knob, askings: &[Asking], kept: usize) -> Entry {
        Entry {
            tier: tier(knob),
            subject: knob.path().to_owned(),
            question: words(knob).to_owned(),
            found: None,
            declared: Some(said(knob, &self.declared.dialect)),
            askings: askings.len(),
            kept,
            standing: Standing::Kept,
            line: None,
            plans: Vec::new(),
        }
    }

    /// What the answers to a question without a knob say; those to each plan in its states are together.
    pub(super) fn read(&self, fact: &Fact, askings: &[Vec<Asking>]) -> Entry {
        let Fact { tier, subject, question, reading, .. } = fact;
        let all = || askings.iter().flatten();
        let count = all().count();
        let right = |asking: &&Asking| asking.agrees(self.found);
        let read = |asking: &Asking| reading(asking.outcomes());
        let readings: BTreeSet<&str> = all().filter(right).filter_map(read).collect();
        let torn = askings.iter().find(|states| {
            let readings: BTreeSet<_> = states.iter().filter_map(read).collect();
            readings.len() > 1
        });
        let wrong = all().filter(|asking| !right(asking)).min_by_key(|asking| asking.plan.len());
        let (standing, plans) = match (wrong, torn) {
            (Some(asking), _) => (Standing::Wrong, vec![asking.shown(self.found)]),
            (None, Some(states)) => {
                let first = states.iter().find_map(read);
                let other = states.iter().find(|asking| read(asking) != first);
                let shown = states.iter().take(1).chain(other);
                (Standing::Contradicts, shown.map(|asking| asking.shown(self.found)).collect())
            }
            (None, None) => (Standing::Kept, Vec::new()),
        };
        let wrongs = all().filter_map(|asking| {
            let wrong = asking.answers.first_wrong(&asking.plan, self.found)?;
            Some((&asking.plan, wrong))
        });
        let found: Vec<&str> = readings.into_iter().collect();
        Entry {
            tier: *tier,
            subject: (*subject).to_owned(),
            question: (*question).to_owned(),
            found: (!found.is_empty()).then(|| found.join(" or ")),
            declared: None,
            askings: count,
            kept: all().filter(right).count(),
            standing: self.or_known(standing, wrongs),
            line: None,
            plans,
        }
    }

    /// Whether something is wrong, and not known.
    fn is_news(&self, asking: &Asking, declared: Declaration) -> bool {
        let wrong = asking.answers.first_wrong(&asking.plan, declared);
        wrong.is_some_and(|wrong| {
            self.issues.iter().all(|issue| likeness(issue, &asking.plan, wrong) == 0)
        })
    }

    /// A standing that is red is known if all that is wrong is.
    pub(super) fn or_known<'b>(
        &self,
        standing: Standing,
        wrongs: impl Iterator<Item = (&'b Plan, Wrong)>,
    ) -> Standing {
        if !standing.is_red() {
            return standing;
        }
        let mut ids = BTreeSet::new();
        for (plan, wrong) in wrongs {
            let likeness = |issue: &&KnownIssue| likeness(issue, plan, wrong);
            match self.issues.iter().filter(|issue| likeness(issue) > 0).max_by_key(likeness) {
                Some(issue) => drop(ids.insert(issue.id.as_str())),
                None => return standing,
            }
        }
        let ids: Vec<&str> = ids.into_iter().collect();
        if ids.is_empty() { standing } else { Standing::Known(ids.join(", ")) }
    }
}

/// How much a wrong answer is as an issue says, in whichever situation: a question that is asked on
/// purpose has another one than the smallest plan. Nought, if it is not.
///
/// The campaign, which has smallest plans, is strict; here the same fault must only not be told twice.
fn likeness(issue: &KnownIssue, plan: &Plan, wrong: Wrong) -> u8 {
    let Wrong { clause, operation, miss } = wrong;
    let (about, misses) = issue.signature.split_once(": ").unwrap_or((&issue.signature, ""));
    let misses = misses.split(" (").next().unwrap_or_default();
    let is_name = name_hazards(plan).iter().any(|hazard| hazard == about)
        || about == "long names" && has_long_name(plan);
    let same_clause = issue.clause == Some(clause);
    let of_faults = |clause: Clause| clause.id().starts_with('X');
    // What takes callers at the same time is no reason for what one of them gets.
    let of_callers = |clause: Clause| clause.id().starts_with('C');
    if issue.clause.is_some_and(of_callers) && !of_callers(clause) {
        return 0;
    }
    let is_of_faults = of_faults(clause) && issue.clause.is_some_and(of_faults);
    let same_miss = misses == miss.to_string();
    let like_miss = misses == family(miss).to_string();
    let same_operation = about == operation.to_string();
    let reads_ranges = |word: &str| ["get_partial", "get_partial_many", "get_many"].contains(&word);
    let like_operation = reads_ranges(about) && reads_ranges(&operation.to_string());
    match () {
        () if is_name => 5,
        () if same_clause && same_operation && same_miss => 4,
        () if same_clause && like_miss => 3,
        // What an error leaves is told in one way, and is another thing each time.
        () if is_of_faults && may_come_of_contents(miss) => 2 + u8::from(same_clause),
        () if same_miss && (same_operation || like_operation) => 2,
        () if same_miss && miss == MismatchKind::Panicked => 1,
        () => 0,
    }
}

/// What is odd about the names of a plan, in the words of signatures.
fn name_hazards(plan: &Plan) -> BTreeSet<String> {
    let names = plan.names();
    let keys = names.keys().map(|key| names.key(key).as_str());
    let hazards = keys.filter_map(|key| Dialect::ZARRS.hazard(key));
    hazards.map(|hazard| hazard.to_string()).collect()
}

/// Whether a name in a plan is about as long as file systems have them.
fn has_long_name(plan: &Plan) -> bool {
    let names = plan.names();
    let mut keys = names.keys().map(|key| names.key(key).as_str());
    keys.any(|key| key.split('/').any(|name| name.len() > LONG))
}

/// Names that are longer are long. A guess: temporary names add some dozen bytes at the most.
const LONG: usize = 200;

/// The asking with the fewest steps of those that are meant.
fn shortest(askings: &[Asking], meant: impl Fn(&Asking) -> bool) -> Option<&Asking> {
    askings.iter().filter(|asking| meant(asking)).min_by_key(|asking| asking.plan.len())
}

/// The value of a knob in words.
pub(super) fn said(knob: Knob, dialect: &Dialect) -> String {
    let value = knob.value(dialect);
    match (knob, value.as_str()) {
        (Knob::Climb, _) if dialect.climb == usize::MAX => "any".to_owned(),
        (_, "None" | "RequestBudget::NONE") => "no limit".to_owned(),
        (_, "Reply::Answer") => "answered".to_owned(),
        (_, "Reply::Refuse") => "refused".to_owned(),
        (_, "Reply::Either") => "answered or refused".to_owned(),
        (_, "true" | "Durable::OnReturn") => "yes".to_owned(),
        (_, "false") => "no".to_owned(),
        (_, "Durable::No") => "not promised".to_owned(),
        (_, "ListOrder::Bytes") => "by the bytes of whole names".to_owned(),
        (_, "ListOrder::Segments") => "segment by segment".to_owned(),
        (_, "ListOrder::Unordered") => "none".to_owned(),
        (_, "Overlap::DistinctKeys") => "different keys do not disturb each other".to_owned(),
        (_, "Overlap::None") => "nothing: one at a time".to_owned(),
        (_, "Overlap::Readers") => "a read beside a write is whole".to_owned(),
        (_, "Overlap::Linearizable") => "each happens at one moment".to_owned(),
        (_, "PartialWrites::Lost") => "may lose one another".to_owned(),
        (_, "PartialWrites::Kept") => "all are kept".to_owned(),
        (_, "SecondHandle::Immediate") => "what was written, at once".to_owned(),
        (_, "SecondHandle::OnReopen") => "what was there when it was opened".to_owned(),
        (_, value) => match value.strip_prefix("Some(").and_then(|rest| rest.strip_suffix(')')) {
            Some(bytes) => format!("{bytes} bytes"),
            None => value.to_owned(),
        },
    }
}

/// The same of a value that was found.
fn said_of(knob: Knob, dialect: &Dialect, askings: &[Asking]) -> String {
    let text = said(knob, dialect);
    match (knob, &*text) {
        (Knob::MaxKeyBytes | Knob::MaxNameBytes, "no limit") => {
            format!("no limit up to {}", counted(LONGEST as u64, "byte"))
        }
        (_, "refused") => {
            let outcomes = askings.iter().filter_map(|asking| asking.outcomes().first());
            let classes: BTreeSet<&str> = outcomes.flat_map(classes).collect();
            let classes: Vec<&str> = classes.into_iter().collect();
            format!("refused ({})", classes.join(", "))
        }
        _ => text,
    }
}

/// The classes of the errors in an answer.
fn classes(outcome: &Outcome) -> Vec<&'static str> {
    match outcome {
        Outcome::Refused(refusal) => vec![refusal.class.name()],
        Outcome::Values(parts) => parts
            .iter()
            .filter_map(|part| part.as_ref().err())
            .map(|one| one.class.name())
            .collect(),
        _ => Vec::new(),
    }
}

/// An entry about something that no knob is about.
pub(super) fn plain(tier: Tier, subject: &str, question: &str, standing: Standing) -> Entry {
    Entry {
        tier,
        subject: subject.to_owned(),
        question: question.to_owned(),
        found: None,
        declared: None,
        askings: 0,
        kept: 0,
        standing,
        line: None,
        plans: Vec::new(),
    }
}
