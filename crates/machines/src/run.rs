//! One run of a machine: the cases, the goals that they missed, a planted bug, and the report.

mod goals;
mod known;
pub(crate) mod shards;
mod status;

use std::error::Error;
use std::iter;
use std::time::Duration;

use zarr_conform_model::{Clause, Plan};
use zarr_conform_rules::{Exhaustive, Goal, Shape, TooManyPlans, Unreachable};

use crate::campaign::campaign::{self, Progress};
use crate::campaign::source::{Drawing, ListedRule, Source};
use crate::campaign::tally::Tally;
use crate::clock::Stopwatch;
use crate::finding::disagreement::Disagreement;
use crate::finding::finding::{Finding, FirstSeen, ShrinkEnd};
use crate::options::Options;
use crate::planted::Planting;
use crate::play::admission::{RefusedPlan, refusal};
use crate::play::costs::Cost;
use crate::play::opening::{self, Unfit};
use crate::play::watch::Limits;
use crate::play::{alarms, copies, panics};
use crate::report::document::REPORT_VERSION;
use crate::report::known_issue::{KnownIssue, KnownIssuesError};
use crate::report::plan_files::PlanFileError;
use crate::report::report::{
    Assurance, ClauseCount, Failure, OperationTraffic, PlantedBug, Report, RuleCount, ShapeCount,
    Slowest, Status, Times,
};
use crate::settings::{Effort, Mode, Settings};
#[cfg(feature = "faults")]
use crate::together::clauses::OF_CALLERS;
use crate::triage::blame::adapter_of;
use crate::triage::cause::Cause;
use crate::triage::diagnosis::diagnose::Diagnosing;
use crate::triage::diagnosis::sharing::sharing;
use crate::triage::filing::Filing;
use crate::triage::recognition::Played;
use crate::triage::search::ATTEMPTS;
use crate::triage::verdict::verdict;

/// The campaign was set up in a way that cannot work.
#[derive(Debug, thiserror::Error)]
enum Misconfigured {
    #[error(
        "all plans are only played on keys, and there are too many on groups and arrays: leave out one of the two"
    )]
    AllPlansAboutNodes,
    #[error(
        "faults are injected in this process, and the stores are in others: leave out the isolation"
    )]
    FaultsElsewhere,
    #[error(transparent)]
    TooManyPlans(#[from] TooManyPlans),
    #[error(transparent)]
    KnownIssues(#[from] KnownIssuesError),
    #[error(transparent)]
    PlanFile(#[from] PlanFileError),
    /// Of a known issue, or of a file.
    #[error("{of}: {reason}")]
    RefusedPlan { of: String, reason: RefusedPlan },
}

/// Why a run that swept faults says nothing if there were none.
const NOTHING_TO_STRIKE: &str = "no fault struck: the store makes no calls that can be seen, as those of std, tokio and C libraries on files are; it keeps no files, or enters the kernel past libc";

/// Why a run with callers at the same time says little if none was switched away.
const NO_SWITCH: &str = "no operation was ever asked in the midst of another: give a store more cases, or a machine with more than one core";

const NOT_HEARD: &str = "was never seen on its way, so nothing could go wrong with it: a client says each of its requests, those that write, too (`Requests::next`)";

/// Plays the campaign that the options ask for.
pub(crate) fn run(options: &Options) -> Report {
    run_after(options, None)
}

/// The same, but that the cases were played elsewhere, and came to this.
pub(crate) fn run_after(options: &Options, played: Option<Tally>) -> Report {
    let drawing = options.drawing();
    let mut report = blank_report(options, &drawing);
    let settings = &options.watched();
    let begun = settings.stopwatch();
    let limits = settings.limits().until(&begun, settings.time_budget);
    let mut run = Run { options, settings, drawing, begun, limits, report: &mut report };
    if let Err(reason) = run.play(played) {
        report.status = Status::Misconfigured(reason.to_string());
    }
    report
}

/// The report of a run that cannot begin.
pub(crate) fn misconfigured(options: &Options, reason: &dyn Error) -> Report {
    let mut report = blank_report(options, &options.drawing());
    report.status = Status::Misconfigured(reason.to_string());
    report
}

fn blank_report(options: &Options, drawing: &Drawing) -> Report {
    let rules =
        drawing.list_rules().into_iter().map(|ListedRule { name, asks, allowed, .. }| {
            let left_out = (!allowed).then(|| format!("the store cannot be asked `{asks}`"));
            RuleCount { rule: name, operations: 0, left_out }
        });
    let goals = drawing.goals();
    let clauses = Clause::ALL.iter().map(|clause| ClauseCount {
        clause: *clause,
        questions: 0,
        declined: declined(*clause, &goals),
    });
    Report {
        version: REPORT_VERSION,
        adapter: options.adapter.name().to_owned(),
        tested: options.adapter.tested().to_vec(),
        machine: drawing.machine(),
        status: Status::Conforms,
        seed: options.settings.seed,
        cases: 0,
        cases_towards_goals: 0,
        planned_cases: options.settings.cases,
        steps: options.steps,
        operations: 0,
        questions: 0,
        failures: Vec::new(),
        known: Vec::new(),
        known_not_seen: Vec::new(),
        shrink_allowance: options.settings.shrink_allowance,
        missed_goals: Vec::new(),
        planted_bug: None,
        assurance: None,
        rules: rules.collect(),
        clauses: clauses.collect(),
        traffic: Vec::new(),
        shapes: Vec::new(),
        notes: Vec::new(),
        times: Times { jobs: options.settings.jobs, ..Times::default() },
    }
}

/// What the store declares that keeps everybody from asking about a clause, if it does.
fn declined(clause: Clause, goals: &[(Goal, Result<(), Unreachable>)]) -> Option<String> {
    let (_, reach) = goals.iter().find(|(goal, _)| *goal == Goal::Clause(clause))?;
    let why = reach.as_ref().err()?;
    let is_declared = matches!(why, Unreachable::CannotBeAsked(_) | Unreachable::Dialect(_));
    is_declared.then(|| why.to_string())
}

struct Run<'a> {
    options: &'a Options,
    settings: &'a Settings,
    drawing: Drawing,
    begun: Stopwatch,
    /// What stores may take until the time budget is used up.
    limits: Limits,
    report: &'a mut Report,
}

impl Run<'_> {
    fn play(&mut self, played: Option<Tally>) -> Result<(), Misconfigured> {
        if self.settings.mode == Mode::Faults && !self.options.adapter.injects() {
            return Err(Misconfigured::FaultsElsewhere);
        }
        let source = self.source()?;
        let cases = match &source {
            Source::All(exhaustive) => exhaustive.count(),
            Source::Drawn(_) | Source::Towards(..) | Source::Given(..) => self.settings.cases,
        };
        self.report.planned_cases = cases;
        // Before anything is written: what is there may be somebody's.
        if let Some(unfit) = opening::not_empty(&self.options.adapter, &self.limits) {
            self.play_on_none(unfit);
            return Ok(());
        }
        let issues = self.known_issues()?;
        let is_late = self.limits.is_over();
        let tally = self.prepare()?;
        let started = self.settings.stopwatch();
        let none = Settings { time_budget: Some(Duration::ZERO), ..self.settings.clone() };
        let settings = self.remaining().unwrap_or(none);
        let before = alarms::so_far();
        let tally = match played {
            Some(played) => {
                let mut tally = tally;
                tally.join(played);
                tally
            }
            None => self.campaign(&source, self.options.cases(cases), &settings, tally),
        };
        let mut tally = self.pursue_goals(&source, tally);
        if tally.struck == 0 && tally.operations > 0 {
            match self.settings.mode {
                Mode::InSequence => {}
                Mode::Faults => tally.alarm(NOTHING_TO_STRIKE.to_owned()),
                Mode::Together => tally.alarm(NO_SWITCH.to_owned()),
            }
        }
        if tally.struck > 0 {
            let unseen: Vec<_> = tally.silent.difference(&tally.heard).copied().collect();
            for kind in unseen {
                tally.alarm(format!("{kind} {NOT_HEARD}"));
            }
        }
        take_alarms(&mut tally, before);
        self.report.times.cases = started.elapsed();
        if tally.has_refused_sets()
            && let Some(unfit) = opening::read_only(&self.options.adapter, &self.settings.limits())
        {
            tally.file_unfit(unfit);
        }
        self.count(&tally);
        self.report.planted_bug = self.plant_a_bug(&source);
        let shrinking = self.settings.stopwatch();
        // A part of it is for what is asked once failures are small.
        let allowance = self.settings.shrink_allowance;
        let limits = self.settings.limits().until(&shrinking, allowance.map(|most| most / 8 * 7));
        let mut notes = Vec::new();
        let failures = self.filing(&tally, limits.clone()).failures(&tally, &mut notes);
        self.report.notes.extend(notes);
        let failures = self.without_known(failures, &issues);
        let long = |failure: &&Failure| failure.shrinking.end == ShrinkEnd::OutOfTime;
        let long = failures.iter().filter(long).count();
        if limits.is_over() && long > 0 {
            self.report.notes.push(format!(
                "making failures small took all of the time that is allowed for it, and {long} could not be: allow more with `shrink_allowance`"
            ));
        }
        let diagnosing = Diagnosing {
            adapter: &self.options.adapter,
            limits: &self.settings.limits().until(&shrinking, allowance),
            clock: &self.settings.clock,
        };
        let failures =
            if self.settings.is_stopped() { failures } else { diagnosing.diagnose(failures) };
        let failures = self.without_known(failures, &issues);
        if failures.is_empty() && !self.settings.is_stopped() {
            self.doubt_of_sharing(&mut tally);
        }
        self.list_new(failures, &issues);
        // Of a store that was never asked, it is not known what no longer shows.
        if is_late {
            let late = "the plans of known issues took all of the time budget, so it is not known which of them no longer show";
            self.report.notes.push(late.to_owned());
        } else if tally.operations > 0 || tally.cannot_open.is_none() {
            self.list_unseen(&issues);
        }
        self.report.times.shrinking = shrinking.elapsed();
        self.report.notes.extend(alarms_of(&tally));
        if panics::take_back_hook() {
            self.report.notes.push(HOOK_REPLACED.to_owned());
        }
        self.report.status = self.status(&tally);
        if self.report.failures.is_empty() && self.options.exhaustive.is_none() {
            self.report.assurance = Assurance::after(tally.operations);
        }
        Ok(())
    }

    /// Looks whether stores share what they hold: where one is opened after the other, and the first is
    /// cleared by then, no plan shows it.
    fn doubt_of_sharing(&self, tally: &mut Tally) {
        let adapter = &self.options.adapter;
        let is_asked = self.settings.mode == Mode::InSequence && self.options.case.is_none();
        if let Some(shown) = is_asked.then(|| sharing(adapter, &self.limits)).flatten() {
            tally.alarm(shown.diagnosis.to_string());
        }
    }

    /// Reports a store that no plan can begin with.
    fn play_on_none(&mut self, unfit: Unfit) {
        let mut tally = Tally::new(self.report.rules.len());
        tally.file_unfit(unfit);
        self.count(&tally);
        let failures = self.filing(&tally, self.limits.clone()).failures(&tally, &mut Vec::new());
        self.list_new(failures, &[]);
        self.report.status = self.status(&tally);
    }

    /// What makes the failures of a tally small, within these limits.
    fn filing(&self, tally: &Tally, limits: Limits) -> Filing<'_> {
        Filing {
            adapter: &self.options.adapter,
            settings: self.settings,
            effort: Effort { budget: self.options.shrink_budget, is_slow: tally.is_slow(), limits },
            progress: &*self.options.progress,
            slowest: tally.costs.slowest(),
        }
    }

    fn source(&self) -> Result<Source, Misconfigured> {
        let Some(length) = self.options.exhaustive else {
            return Ok(Source::Drawn(self.drawing.clone()));
        };
        if matches!(self.drawing, Drawing::Hierarchy(_)) {
            return Err(Misconfigured::AllPlansAboutNodes);
        }
        let exhaustive = Exhaustive::new(self.options.adapter.declared(), length);
        Ok(Source::All(exhaustive?))
    }

    fn campaign(
        &self,
        source: &Source,
        cases: std::ops::Range<u64>,
        settings: &Settings,
        tally: Tally,
    ) -> Tally {
        let progress = &mut |now: Progress| (self.options.progress)(now);
        campaign::run(&self.options.adapter, source, settings, cases, tally, progress)
    }

    /// The known issues, each with what its plan shows.
    fn known_issues(&self) -> Result<Vec<Played>, Misconfigured> {
        let issues = match &self.options.known_issues {
            Some(issues) => issues.clone(),
            None => {
                let adapter = &self.options.adapter;
                KnownIssue::read(match self.settings.mode {
                    Mode::InSequence => adapter.known_issues(),
                    Mode::Faults => adapter.known_fault_issues(),
                    Mode::Together => adapter.known_concurrent_issues(),
                })?
            }
        };
        let play = |issue: KnownIssue| {
            for plan in issue.plan.iter().flat_map(|plan| iter::repeat_n(plan, ATTEMPTS as usize)) {
                let shown = self.shown_by(plan).map_err(|reason| Misconfigured::RefusedPlan {
                    of: issue.id.clone(),
                    reason,
                })?;
                if let Some((_, shown)) = shown.filter(|(text, _)| *text == issue.signature) {
                    return Ok(Played { issue, shown: Some(shown) });
                }
            }
            Ok(Played { issue, shown: None })
        };
        issues.into_iter().map(play).collect()
    }

    /// What goes wrong at the end of a plan, with the signature of such a failure.
    fn shown_by(&self, plan: &Plan) -> Result<Option<(String, Finding)>, RefusedPlan> {
        let shown = self.disagreement(plan)?;
        Ok(shown.filter(|(at, _)| at + 1 == plan.len()).map(|(_, shown)| {
            let smallest = Finding::new(plan.compact(), &shown);
            let dialect = adapter_of(&self.options.adapter, plan).dialect();
            let cause = Cause::of(&smallest, &dialect);
            (cause.signature(&smallest).0, smallest)
        }))
    }

    /// The first wrong answer in a plan, with its position.
    ///
    /// A store that does not open is seen, and said, when the cases are played.
    fn disagreement(&self, plan: &Plan) -> Result<Option<(usize, Disagreement)>, RefusedPlan> {
        let adapter = adapter_of(&self.options.adapter, plan);
        match refusal(&**adapter, plan) {
            Some(reason) => Err(reason),
            None => Ok(verdict(adapter, plan, &self.limits, None).disagreement),
        }
    }

    /// Checks what can be known to fail, and plays the regression plans.
    fn prepare(&self) -> Result<Tally, Misconfigured> {
        if let Some(folder) = &self.options.failures {
            folder.make_writable()?;
        }
        let mut tally = Tally::new(self.report.rules.len());
        let Some(folder) = &self.options.regressions else {
            return Ok(tally);
        };
        for (name, plan) in folder.read_plans()? {
            let shown = self.disagreement(&plan);
            let refused = |reason| Misconfigured::RefusedPlan { of: name.clone(), reason };
            let shown = shown.map_err(refused)?;
            if let Some((_, disagreement)) = shown {
                tally.file(&disagreement, None, FirstSeen::Regression(name), || plan);
            }
        }
        Ok(tally)
    }

    /// The settings for what is left of the time budget, if something is.
    fn remaining(&self) -> Option<Settings> {
        let left = |budget: Duration| budget.checked_sub(self.begun.elapsed());
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
        match (self.settings.mode, tally.seen) {
            (Mode::Faults, _) => report.notes.push(format!("{} faults struck", tally.struck)),
            (Mode::Together, Some(seen)) => {
                report.notes.push(format!(
                    "{} declared; in {} orders of {} plans the store was seen to hold {seen}",
                    self.options.adapter.dialect().overlap,
                    tally.orders,
                    tally.cases,
                ));
                if tally.free_orders > 0 {
                    report.notes.push(format!(
                        "{} of the orders were whatever the system gave to threads, as nothing was seen \
                         of what the store waits for; operations overlapped in {}: another run may show more",
                        tally.free_orders, tally.struck,
                    ));
                }
            }
            (Mode::InSequence | Mode::Together, _) => {}
        }
        report.notes.extend(tally.cannot_open.as_ref().map(ToString::to_string));
        report.notes.dedup();
        for (rule, count) in report.rules.iter_mut().zip(&tally.rules) {
            rule.operations = *count;
        }
        for (clause, count) in report.clauses.iter_mut().zip(&tally.clauses) {
            clause.questions = *count;
        }
        #[cfg(feature = "faults")]
        if self.settings.mode == Mode::Together {
            report.clauses.retain(|count| OF_CALLERS.contains(&count.clause));
        }
        let counted = self.options.adapter.capabilities().traffic;
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
        // Of callers at the same time, nobody looks at states.
        let shapes = Shape::ALL.iter().filter(|_| self.settings.mode != Mode::Together);
        report.shapes = shapes.map(count).collect();
    }

    /// Whether plans of the same source find a bug that is planted in a reference store; nothing, if
    /// none was planted.
    fn plant_a_bug(&self, source: &Source) -> Option<PlantedBug> {
        let is_over = self.report.operations == 0 || self.settings.is_stopped();
        if !self.options.planted_bug || is_over || self.options.case.is_some() {
            return None;
        }
        let planting = Planting {
            options: self.options,
            drawing: &self.drawing,
            source,
            cases: self.report.planned_cases,
        };
        match self.settings.mode {
            Mode::InSequence => planting.plant_a_bug(),
            #[cfg(feature = "faults")]
            Mode::Together => Some(planting.plant_a_race()),
            _ => None,
        }
    }
}

/// What is said of a store that decides what becomes of every panic of the process.
const HOOK_REPLACED: &str = "the store replaced the panic hook of the process, which was put back: without it, no report is seen that is a panic, as that of `assert_conforms` is";

/// Takes the alarms since there were so many.
fn take_alarms(tally: &mut Tally, before: usize) {
    copies::attend();
    for alarm in alarms::since(before) {
        tally.alarm(alarm);
    }
}

/// What went wrong without a question that shows it, as sentences.
fn alarms_of(tally: &Tally) -> impl Iterator<Item = String> {
    tally.alarms.iter().map(|(what, count)| match count {
        1 => what.clone(),
        _ => format!("{what} ({count} times)"),
    })
}
