//! One run of a machine: the cases, the goals that they missed, a planted bug, and the report.
//!
//! Goals are pursued after the planned cases. Steering cases by what earlier ones met would make a
//! case depend on those before it, and on which thread came first. So the planned cases stay what
//! the seed and their number make them, and what they missed gets further cases, with numbers
//! behind theirs, drawn from the goal, the seed and the number.

use std::sync::Arc;
use std::time::Duration;

use zarr_conform_model::{Clause, Dialect, OperationKind, Plan};
use zarr_conform_mutants::{Mutant, Planted, ReferenceAdapter};
use zarr_conform_rules::{Exhaustive, Goal, Shape};
use zarr_conform_store::Adapter;

use crate::calibration::Calibration;
use crate::campaign::campaign::{self, Progress};
use crate::campaign::source::{Drawing, ListedRule, Source};
use crate::campaign::tally::Tally;
use crate::finding::{Finding, FirstSeen};
use crate::machine::Machine;
use crate::play::admission::refusal;
use crate::play::costs::Cost;
use crate::play::disagreement::Disagreement;
use crate::report::known_issue::KnownIssue;
use crate::report::plan_files::{read_plans, writable};
use crate::report::report::{
    Assurance, ClauseCount, Failure, Known, MissedGoal, OperationTraffic, PlantedBug,
    REPORT_VERSION, Report, RuleCount, ShapeCount, Slowest, Status, Times,
};
use crate::settings::{Effort, Settings, Stopwatch};
use crate::triage::blame::adapter_of;
use crate::triage::cause::Cause;
use crate::triage::filing::Filing;
use crate::triage::search::ATTEMPTS;
use crate::triage::verdict::verdict;

/// Cases that are played at a time towards a goal that was missed, and how often at the most. Both
/// are guesses.
const CASES_TOWARDS: u64 = 4;
const ATTEMPTS_TOWARDS: u64 = 4;

/// In how many cases a planted bug has to be found, whatever the campaign has.
const CASES_FOR_PLANTED: std::ops::RangeInclusive<u64> = 64..=1024;

/// Bugs that every campaign finds soon, one of which each run plants in a reference store.
const PLANTED: &[Mutant] =
    &[Mutant::M03, Mutant::M10, Mutant::M05, Mutant::M12, Mutant::M06, Mutant::M21, Mutant::M11];

/// The same for an array library over a reference store.
const PLANTED_BELOW_LIBRARY: &[Mutant] =
    &[Mutant::H01, Mutant::H04, Mutant::H08, Mutant::H07, Mutant::H06];

/// Plays the campaign of a machine.
pub(crate) fn run(machine: &Machine) -> Report {
    let drawing = machine.drawing();
    let mut report = blank_report(machine, &drawing);
    let mut run = Run { machine, settings: &machine.settings, drawing, report: &mut report };
    if let Err(reason) = run.play() {
        report.status = Status::Misconfigured(reason);
    }
    report
}

fn blank_report(machine: &Machine, drawing: &Drawing) -> Report {
    let rules =
        drawing.list_rules().into_iter().map(|ListedRule { name, asks, allowed, .. }| {
            let left_out = (!allowed).then(|| format!("the store cannot be asked `{asks}`"));
            RuleCount { rule: name, operations: 0, left_out }
        });
    let clauses = Clause::ALL.iter().map(|clause| ClauseCount { clause: *clause, questions: 0 });
    Report {
        version: REPORT_VERSION,
        adapter: machine.adapter.name().to_owned(),
        status: Status::Conforms,
        seed: machine.settings.seed,
        cases: 0,
        cases_towards_goals: 0,
        planned_cases: machine.settings.cases,
        steps: machine.steps,
        operations: 0,
        questions: 0,
        failures: Vec::new(),
        known: Vec::new(),
        known_not_seen: Vec::new(),
        missed_goals: Vec::new(),
        planted_bug: None,
        assurance: None,
        rules: rules.collect(),
        clauses: clauses.collect(),
        traffic: Vec::new(),
        shapes: Vec::new(),
        notes: Vec::new(),
        times: Times { jobs: machine.settings.jobs, ..Times::default() },
    }
}

struct Run<'a> {
    machine: &'a Machine,
    settings: &'a Settings,
    drawing: Drawing,
    report: &'a mut Report,
}

impl Run<'_> {
    fn play(&mut self) -> Result<(), String> {
        let source = self.source()?;
        let cases = match &source {
            Source::All(exhaustive) => exhaustive.count(),
            Source::Drawn(_) | Source::Towards(..) => self.settings.cases,
        };
        self.report.planned_cases = cases;
        let issues = self.known_issues()?;
        let tally = self.prepare()?;
        let started = self.settings.stopwatch();
        let tally = self.campaign(&source, 0..cases, self.settings, tally);
        let tally = self.pursue_goals(&source, tally, &started);
        self.report.times.cases = started.elapsed();
        self.count(&tally);
        self.plant_a_bug(&source);
        let shrinking = self.settings.stopwatch();
        let filing = Filing {
            adapter: &self.machine.adapter,
            settings: self.settings,
            effort: Effort { budget: self.machine.shrink_budget, is_slow: tally.is_slow() },
            progress: &*self.machine.progress,
            slowest: tally.costs.slowest(),
        };
        let failures = filing.failures(&tally, &mut self.report.notes);
        self.tell_apart(failures, &issues);
        // Of a store that was never asked, it is not known what no longer shows.
        if tally.operations > 0 || tally.cannot_open.is_none() {
            self.list_unseen(&issues);
        }
        self.report.times.shrinking = shrinking.elapsed();
        self.report.status = self.status(&tally);
        if self.report.failures.is_empty() && self.machine.exhaustive.is_none() {
            self.report.assurance = Assurance::after(tally.operations);
        }
        Ok(())
    }

    fn source(&self) -> Result<Source, String> {
        let Some(length) = self.machine.exhaustive else {
            return Ok(Source::Drawn(self.drawing.clone()));
        };
        if matches!(self.drawing, Drawing::Hierarchy(_)) {
            return Err("all plans are only played on keys, and there are too many on groups and arrays: leave out one of the two".to_owned());
        }
        let exhaustive = Exhaustive::new(self.machine.adapter.dialect(), length);
        exhaustive.map(Source::All).map_err(|error| error.to_string())
    }

    fn campaign(
        &self,
        source: &Source,
        cases: std::ops::Range<u64>,
        settings: &Settings,
        tally: Tally,
    ) -> Tally {
        let progress = &mut |now: Progress| (self.machine.progress)(now);
        campaign::run(&self.machine.adapter, source, settings, cases, tally, progress)
    }

    /// The known issues, each with whether its plan still shows it.
    fn known_issues(&self) -> Result<Vec<(KnownIssue, bool)>, String> {
        let issues = match &self.machine.known_issues {
            Some(issues) => issues.clone(),
            None => KnownIssue::read(self.machine.adapter.known_issues())
                .map_err(|error| error.to_string())?,
        };
        let still_shows = |issue: &KnownIssue| match &issue.plan {
            Some(plan) => {
                for _ in 0..ATTEMPTS {
                    let shown = self.shown_by(plan);
                    let shown = shown.map_err(|reason| format!("{}: {reason}", issue.id))?;
                    if shown.is_some_and(|shown| shown == issue.signature) {
                        return Ok::<_, String>(true);
                    }
                }
                Ok(false)
            }
            None => Ok(false),
        };
        let with_answer = |issue| {
            let shows = still_shows(&issue)?;
            Ok((issue, shows))
        };
        issues.into_iter().map(with_answer).collect()
    }

    /// The signature of what goes wrong at the end of a plan, if something does.
    fn shown_by(&self, plan: &Plan) -> Result<Option<String>, String> {
        let shown = self.disagreement(plan)?;
        Ok(shown.filter(|(at, _)| at + 1 == plan.len()).map(|(_, shown)| {
            let smallest = Finding::new(plan.compact(), &shown);
            let Finding { signature, clause, .. } = smallest;
            let dialect = adapter_of(&self.machine.adapter, plan).dialect();
            Cause::of(&smallest, &dialect).signature(signature, clause).0
        }))
    }

    /// The first wrong answer in a plan, with its position.
    ///
    /// A store that does not open is seen, and said, when the cases are played.
    fn disagreement(&self, plan: &Plan) -> Result<Option<(usize, Disagreement)>, String> {
        let adapter = adapter_of(&self.machine.adapter, plan);
        match refusal(&**adapter, plan) {
            Some(reason) => Err(reason),
            None => Ok(verdict(adapter, plan, self.settings.deadline, None).disagreement),
        }
    }

    /// Checks what can be known to fail, and plays the regression plans.
    fn prepare(&self) -> Result<Tally, String> {
        if let Some(folder) = &self.machine.failures {
            writable(folder)?;
        }
        let mut tally = Tally::new(self.report.rules.len());
        let Some(folder) = &self.machine.regressions else {
            return Ok(tally);
        };
        for (name, plan) in read_plans(folder)? {
            let shown = self.disagreement(&plan).map_err(|reason| format!("{name}: {reason}"))?;
            if let Some((_, disagreement)) = shown {
                tally.file(&disagreement, None, FirstSeen::Regression(name), || plan);
            }
        }
        Ok(tally)
    }

    /// Plays cases towards the goals that the campaign missed, and files those that stay missed.
    fn pursue_goals(&mut self, source: &Source, mut tally: Tally, started: &Stopwatch) -> Tally {
        if tally.operations == 0 {
            return tally;
        }
        let reachable = self.drawing.goals();
        let required: Vec<Goal> = match (&self.machine.required_goals, source) {
            (Some(goals), _) => goals.clone(),
            (None, Source::All(_)) => Vec::new(),
            (None, _) => {
                let met = reachable.iter().filter(|(_, reach)| reach.is_ok());
                met.map(|(goal, _)| *goal).collect()
            }
        };
        let mut first = self.report.planned_cases;
        for goal in required {
            let why_not = reachable.iter().find(|(other, _)| *other == goal);
            let why_not = why_not.and_then(|(_, reach)| reach.as_ref().err());
            for _ in 0..ATTEMPTS_TOWARDS {
                let Some(settings) = self.remaining(started) else {
                    break;
                };
                if self.settings.is_stopped() || tally.gave_up || tally.cannot_open.is_some() {
                    break;
                }
                if tally.has_met(goal) || why_not.is_some() {
                    break;
                }
                let towards = self.drawing.towards(goal);
                let end = first.saturating_add(CASES_TOWARDS);
                let before = tally.cases;
                tally = self.campaign(&towards, first..end, &settings, tally);
                self.report.cases_towards_goals += tally.cases - before;
                first = end;
            }
            if self.settings.is_stopped() || tally.cannot_open.is_some() {
                break;
            }
            if !tally.has_met(goal) {
                let reason = match (why_not, self.remaining(started)) {
                    (Some(reason), _) => reason.to_string(),
                    (None, None) => "the time budget was used up: give more time".to_owned(),
                    (None, Some(_)) => format!(
                        "{} cases did not come to it, nor {} that were drawn for it: play more or longer ones",
                        self.report.planned_cases,
                        CASES_TOWARDS * ATTEMPTS_TOWARDS,
                    ),
                };
                self.report.missed_goals.push(MissedGoal { goal: goal.to_string(), reason });
            }
        }
        tally
    }

    /// The settings for what is left of the time budget, if something is.
    fn remaining(&self, started: &Stopwatch) -> Option<Settings> {
        let left = |budget: Duration| budget.checked_sub(started.elapsed());
        let time_budget = match self.settings.time_budget {
            Some(budget) => Some(left(budget)?),
            None => None,
        };
        Some(Settings { time_budget, ..self.settings.clone() })
    }

    fn count(&mut self, tally: &Tally) {
        let report = &mut *self.report;
        report.cases = tally.cases - report.cases_towards_goals;
        report.operations = tally.operations;
        report.questions = tally.questions;
        report.notes.clone_from(&tally.notes);
        report.notes.extend(tally.cannot_open.as_ref().map(ToString::to_string));
        report.notes.dedup();
        for (rule, count) in report.rules.iter_mut().zip(&tally.rules) {
            rule.operations = *count;
        }
        for (clause, count) in report.clauses.iter_mut().zip(&tally.clauses) {
            clause.questions = *count;
        }
        let counted = self.machine.adapter.dialect().capabilities.traffic;
        let of = |(operation, cost): (_, Cost)| OperationTraffic {
            operation,
            calls: cost.calls,
            requests: cost.traffic.requests,
            sent: cost.traffic.sent,
            received: cost.traffic.received,
        };
        report.traffic = tally.costs.iter().filter(|_| counted).map(of).collect();
        let slowest = tally.costs.slowest();
        report.times.slowest = slowest.map(|(operation, call)| Slowest { operation, call });
        let count = |shape: &Shape| ShapeCount { shape: *shape, states: tally.shapes[*shape] };
        report.shapes = Shape::ALL.iter().map(count).collect();
    }

    /// Plants a bug in a reference store of the same dialect, and sees whether plans of the same
    /// source find it.
    fn plant_a_bug(&mut self, source: &Source) {
        let is_over = self.report.operations == 0 || self.settings.is_stopped();
        if !self.machine.planted_bug || is_over {
            return;
        }
        let reference = self.reference(source.dialect());
        let planted = match self.drawing {
            Drawing::Store(_) => PLANTED,
            Drawing::Hierarchy(_) => PLANTED_BELOW_LIBRARY,
        };
        let shift = (self.settings.seed % planted.len() as u64) as usize;
        let mut mutants = planted.iter().cycle().skip(shift).take(planted.len());
        let Some(mutant) = mutants.find(|mutant| self.could_find(**mutant, &reference)) else {
            return;
        };
        let settings = Settings {
            cases: self
                .report
                .planned_cases
                .clamp(*CASES_FOR_PLANTED.start(), *CASES_FOR_PLANTED.end()),
            // On a reference store, that is all the time that a campaign of its length takes.
            time_budget: self.settings.time_budget.map(|budget| budget.max(Duration::from_secs(5))),
            ..self.settings.clone()
        };
        let calibration = Calibration {
            adapter: &reference,
            source,
            settings: &settings,
            shrink_budget: self.machine.shrink_budget,
        };
        let detected = calibration.detect(*mutant);
        self.report.planted_bug = Some(PlantedBug {
            mutant: mutant.to_string(),
            caught: detected.found.is_some(),
            operations: detected.operations,
        });
    }

    /// A store of our own of the same dialect, with the library over it that there is over the
    /// stores under test.
    fn reference(&self, dialect: Dialect) -> Arc<dyn Adapter> {
        match self.machine.adapter.layered() {
            Some(layered) => {
                let dialect = layered.below().dialect();
                layered.over(Arc::new(ReferenceAdapter::new(dialect)))
            }
            None => Arc::new(ReferenceAdapter::new(dialect)),
        }
    }

    /// Whether the rules ask what it takes to find a bug, and the dialect lets it show.
    fn could_find(&self, mutant: Mutant, reference: &Arc<dyn Adapter>) -> bool {
        let Ok(plan) = mutant.minimum().parse::<Plan>() else {
            return false;
        };
        let rules: Vec<_> =
            self.drawing.list_rules().into_iter().filter(|rule| rule.allowed).collect();
        let asked = |kind| rules.iter().any(|rule| rule.asks == kind);
        // Every check asks these.
        let checked =
            |kind| matches!(kind, OperationKind::Get | OperationKind::List | OperationKind::Walk);
        let planted: Arc<dyn Adapter> = Arc::new(Planted::new(Arc::clone(reference), mutant));
        let kinds = || plan.operations().iter().map(zarr_conform_model::Operation::kind);
        let is_short = self.machine.exhaustive.is_none_or(|most| plan.len() <= most);
        is_short
            && kinds().all(|kind| asked(kind) || checked(kind))
            && verdict(&planted, &plan, self.settings.deadline, None).disagreement.is_some()
    }

    /// Files failures with those that are known, or as new ones.
    fn tell_apart(&mut self, failures: Vec<Failure>, issues: &[(KnownIssue, bool)]) {
        for mut failure in failures {
            let issues_of_it = issues.iter().map(|(issue, _)| issue);
            let mut matching: Vec<_> =
                issues_of_it.filter(|issue| issue.matches(&failure)).collect();
            // One that has expired hides none that has not.
            matching.sort_by_key(|issue| issue.expired().is_some());
            let issue = matching.first().copied();
            match issue.map(|issue| (issue, issue.expired())) {
                Some((known, None)) => {
                    self.report.known.push(Known::seen(known, failure));
                    continue;
                }
                Some((KnownIssue { id, .. }, Some(day))) => self.report.notes.push(format!(
                    "the known issue {id} expired on {day}: mend it, or decide again how long to live with it"
                )),
                None => {}
            }
            if let Some(folder) = &self.machine.failures {
                match failure.write(folder, self.machine.adapter.name()) {
                    Ok(path) => failure.replay = Some((self.machine.replay_command)(&path)),
                    Err(error) => self.report.notes.push(format!(
                        "a plan could not be written to {}: {error}",
                        folder.display()
                    )),
                }
            }
            self.report.failures.push(failure);
        }
    }

    /// Lists the known issues that the campaign did not meet, with whether they still show.
    fn list_unseen(&mut self, issues: &[(KnownIssue, bool)]) {
        for (issue, still_shows) in issues.iter().filter(|(issue, _)| issue.expired().is_none()) {
            if self.report.known.iter().any(|known| known.id == issue.id) {
                continue;
            }
            match &issue.plan {
                Some(plan) if *still_shows => self.report.known.push(Known::unseen(issue, plan)),
                _ => self.report.known_not_seen.push(issue.id.clone()),
            }
        }
        let order = |id: &str| issues.iter().position(|(issue, _)| issue.id == id);
        self.report.known.sort_by_key(|known| order(&known.id));
    }

    fn status(&self, tally: &Tally) -> Status {
        let report = &*self.report;
        // A disagreement is certain, whatever came after it.
        if !report.failures.is_empty() {
            return Status::Disagrees;
        }
        if let Some(error) = &tally.cannot_open {
            return Status::CannotOpen(error.to_string());
        }
        if report.operations == 0 {
            return Status::NothingRan(if report.planned_cases == 0 {
                "no cases were asked for".to_owned()
            } else if self.machine.steps == 0 {
                "plans of no steps were asked for".to_owned()
            } else if report.notes.is_empty() {
                "no rule could choose an operation".to_owned()
            } else {
                report.notes.join("; ")
            });
        }
        if !report.known_not_seen.is_empty() {
            return Status::Disagrees;
        }
        let doubts = self.doubts(tally);
        if doubts.is_empty() { Status::Conforms } else { Status::Inconclusive(doubts) }
    }

    /// Why a run without failures says little.
    fn doubts(&self, tally: &Tally) -> Vec<String> {
        let missed = self.report.missed_goals.iter();
        let mut doubts: Vec<String> = missed
            .map(|MissedGoal { goal, reason }| format!("{goal} was never exercised: {reason}"))
            .collect();
        if self.settings.is_stopped() {
            doubts.push("the campaign was interrupted".to_owned());
        } else if self.machine.exhaustive.is_some() && tally.cut_short {
            doubts
                .push("not all plans were played: give more time, or fewer operations".to_owned());
        }
        match &self.report.planted_bug {
            _ if !self.machine.planted_bug || self.settings.is_stopped() => {}
            Some(PlantedBug { mutant, caught: false, operations }) => doubts.push(format!(
                "the planted bug {mutant} was not caught in {operations} operations, so others would not have been: play more, or other rules"
            )),
            Some(PlantedBug { caught: true, .. }) => {}
            None => doubts.push(
                "no bug could be planted that these rules can find: add rules, or do without a planted bug".to_owned(),
            ),
        }
        doubts
    }
}
