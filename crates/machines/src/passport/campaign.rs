//! What a short campaign says of the clauses.

use std::collections::BTreeSet;

use zarr_conform_model::Clause;
use zarr_conform_model::contract::Declaration;
use zarr_conform_rules::{Rule, store_rules};

use crate::checks::store::checks_of;
use crate::passport::words::plan_text;
use crate::report::report::{Failure, Known, Report, Status, Symptom, clauses};

/// How many plans are played for a passport, and of how many operations. A guess: half a second
/// of a store in memory, and some of one on a service.
pub(super) const CASES: u64 = 16;
pub(super) const STEPS: usize = 50;

/// What a short campaign says of the clauses of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswersKept {
    /// Operations that were asked.
    pub operations: u64,
    /// The clauses that the store keeps, and in how many questions it did.
    pub kept: Vec<(Clause, u64)>,
    /// The clauses that the store cannot be asked about.
    pub declined: Vec<Clause>,
    /// The clauses that the campaign did not come to.
    pub not_reached: Vec<Clause>,
    /// What is known to be wrong.
    pub known: Vec<Broken>,
    /// What is wrong, and not known.
    pub failures: Vec<Broken>,
    /// Known issues that no longer show, by id.
    pub not_seen: Vec<String>,
    /// Why the campaign was not played, if it was not.
    pub not_played: Option<String>,
}

/// A clause that the store does not keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The clause.
    pub clause: Clause,
    /// The known issue that it is, if it is one.
    pub id: Option<String>,
    /// The question and how its answer misses.
    pub signature: String,
    /// The shortest plan that shows it.
    pub plan: String,
    /// The clauses that its symptoms break, each with the shortest plan of the symptom.
    pub symptoms: Vec<(Clause, String)>,
}

/// How a store stands to a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClauseKept<'a> {
    /// It keeps it, in so many questions.
    Kept(u64),
    /// It does not, and here is the shortest plan that shows it.
    Broken(&'a str),
    /// It does not, and that is known: the id of each known issue, and its shortest plan.
    Known(Vec<(&'a str, &'a str)>),
    /// It cannot be asked.
    Declined,
    /// The campaign was too short to ask.
    NotReached,
}

impl AnswersKept {
    /// How the store stands to each clause that a campaign of this machine is about, in the order of
    /// the contract.
    pub fn clauses(&self) -> impl Iterator<Item = (Clause, ClauseKept<'_>)> {
        Clause::ALL.iter().filter_map(|clause| Some((*clause, self.clause(*clause)?)))
    }

    /// How it stands to this one; none if no campaign of this machine is about it.
    #[must_use]
    pub fn clause(&self, clause: Clause) -> Option<ClauseKept<'_>> {
        if let Some((_, questions)) = self.kept.iter().find(|(kept, _)| *kept == clause) {
            return Some(ClauseKept::Kept(*questions));
        }
        if let Some(plan) = self.failures.iter().find_map(|broken| broken.plan_of(clause)) {
            return Some(ClauseKept::Broken(plan));
        }
        let known: Vec<_> = self
            .known
            .iter()
            .filter_map(|known| Some((known.id.as_deref()?, known.plan_of(clause)?)))
            .collect();
        if !known.is_empty() {
            Some(ClauseKept::Known(known))
        } else if self.declined.contains(&clause) {
            Some(ClauseKept::Declined)
        } else {
            self.not_reached.contains(&clause).then_some(ClauseKept::NotReached)
        }
    }

    /// What a report says.
    pub(super) fn of(report: &Report, declared: Declaration) -> Self {
        let known: Vec<Broken> = report.known.iter().map(Broken::known).collect();
        let failures: Vec<Broken> = report.failures.iter().map(Broken::failure).collect();
        let broken: BTreeSet<Clause> =
            known.iter().chain(&failures).flat_map(Broken::clauses).collect();
        let left_out: BTreeSet<&str> = report
            .rules
            .iter()
            .filter(|rule| rule.left_out.is_some())
            .map(|rule| rule.rule.as_str())
            .collect();
        let rules = store_rules();
        let (mut kept, mut declined, mut not_reached) = (Vec::new(), Vec::new(), Vec::new());
        for count in &report.clauses {
            let clause = count.clause;
            if broken.contains(&clause) {
                continue;
            }
            let of_clause = |rule: &&Rule| rule.exercised().contains(&clause);
            let mut asking = rules.iter().filter(of_clause).peekable();
            // Those about nodes, faults and callers at the same time are other machines'.
            let is_asked_here = asking.peek().is_some() || !checks_of(clause).is_empty();
            if count.questions > 0 {
                kept.push((clause, count.questions));
            } else if is_asked_here && !is_elsewhere(clause) {
                let asks = asking.peek().is_some();
                let is_left_out = asking.all(|rule| left_out.contains(rule.name()));
                if asks && is_left_out || !can_show(clause, declared) {
                    declined.push(clause);
                } else {
                    not_reached.push(clause);
                }
            }
        }
        let status = match &report.status {
            Status::NothingRan(why) | Status::CannotOpen(why) | Status::Misconfigured(why) => {
                Some(why.clone())
            }
            Status::Conforms | Status::Disagrees | Status::Inconclusive(_) => None,
        };
        Self {
            operations: report.operations,
            kept,
            declined,
            not_reached,
            known,
            failures,
            not_seen: report.known_not_seen.clone(),
            not_played: status,
        }
    }
}

/// Whether a clause is about groups and arrays, about faults, or about callers at the same time.
fn is_elsewhere(clause: Clause) -> bool {
    clause.id().starts_with(['H', 'C', 'X']) && clause != Clause::X9 && clause != Clause::X11
}

/// Whether there is a check of a clause that asks this store.
fn can_show(clause: Clause, declared: Declaration) -> bool {
    let can = declared.capabilities;
    match clause {
        Clause::O1 => can.reopen,
        Clause::O10 => can.differential,
        Clause::I14 => declared.has_request_budget(),
        Clause::X9 => can.audit,
        _ => true,
    }
}

impl Broken {
    /// The clauses that are broken by it.
    pub fn clauses(&self) -> impl Iterator<Item = Clause> {
        clauses(self.clause, self.symptoms.iter().map(|(clause, _)| *clause))
    }

    /// The shortest plan by which it breaks a clause, if it does.
    #[must_use]
    pub fn plan_of(&self, clause: Clause) -> Option<&str> {
        let at = self.clauses().position(|broken| broken == clause)?;
        let symptom = at.checked_sub(1).and_then(|at| self.symptoms.get(at));
        Some(symptom.map_or(&self.plan, |(_, plan)| plan))
    }

    fn known(known: &Known) -> Self {
        let Known { id, signature, clause, plan, symptoms, .. } = known;
        Self {
            clause: *clause,
            id: Some(id.clone()),
            signature: signature.clone(),
            plan: plan_text(plan),
            symptoms: symptoms.iter().map(broken_by).collect(),
        }
    }

    fn failure(failure: &Failure) -> Self {
        let Failure { signature, clause, plan, symptoms, .. } = failure;
        Self {
            clause: *clause,
            id: None,
            signature: signature.clone(),
            plan: plan_text(plan),
            symptoms: symptoms.iter().map(broken_by).collect(),
        }
    }
}

fn broken_by(symptom: &Symptom) -> (Clause, String) {
    (symptom.clause, plan_text(&symptom.plan))
}
