//! The report of a campaign, as data and as text.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Serialize, Serializer};
use zarr_conform_model::{Clause, PLAN_VERSION, Plan};

use crate::minimise::ShrinkEnd;
use crate::replay::PlayedLine;

/// The version of the JSON form, in its field `version`.
pub const REPORT_VERSION: u32 = 1;

/// What a campaign did and found.
///
/// For one seed it is the same on any number of threads, apart from [`times`](Self::times).
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// [`REPORT_VERSION`].
    pub version: u32,
    /// The adapter's name.
    pub adapter: String,
    /// What the campaign comes to.
    pub status: Status,
    /// The seed that gives this campaign again.
    pub seed: u64,
    /// Cases that were played; the last ones may have been cut short, which a note says.
    pub cases: u64,
    /// Cases that were asked for.
    pub planned_cases: u64,
    /// The longest plan, in operations.
    pub steps: usize,
    /// Operations of plans that were asked.
    pub operations: u64,
    /// Questions that the store was asked in all, those of checks included.
    pub questions: u64,
    /// Disagreements that are not known.
    pub failures: Vec<Failure>,
    /// Disagreements that are known.
    pub known: Vec<Known>,
    /// Known issues that did not show, by id.
    pub known_not_seen: Vec<String>,
    /// Operations per rule.
    pub rules: Vec<RuleCount>,
    /// Questions per clause.
    pub clauses: Vec<ClauseCount>,
    /// What a reader should know: what ended early, and why.
    pub notes: Vec<String>,
    /// What depends on the machine and its load.
    pub times: Times,
}

/// What a campaign comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "reason")]
pub enum Status {
    /// Every answer is allowed, or known not to be.
    Conforms,
    /// There are failures, or known issues that no longer show.
    Disagrees,
    /// Nothing was asked, which says nothing about the store.
    NothingRan(String),
    /// The campaign was set up in a way that cannot work: a folder that cannot be written, a
    /// regression plan that cannot be read.
    Misconfigured(String),
    /// The store could not be opened.
    CannotOpen(String),
}

/// One distinct disagreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The question, how the answer misses and in which situation, at the minimum.
    pub signature: String,
    /// The clause that is broken.
    #[serde(serialize_with = "clause_id")]
    pub clause: Clause,
    /// The shortest plan that was found to show it.
    #[serde(serialize_with = "as_text")]
    pub plan: Plan,
    /// The plan with what was wanted and what came.
    pub lines: Vec<PlayedLine>,
    /// How often it showed.
    pub count: u64,
    /// The first case in which it showed, or the regression plan.
    pub first_seen: FirstSeen,
    /// What making the plan small took.
    pub shrinking: Shrinking,
    /// The command that plays the plan again, if the campaign wrote it to a file.
    pub replay: Option<String>,
}

/// Where a failure was seen first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstSeen {
    /// A plan in the folder of regression plans.
    Regression(String),
    /// A case of the campaign.
    Case(u64),
}

/// What making a plan small took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shrinking {
    /// Operations in the plan as it was found, those of checks included.
    pub from: usize,
    /// Candidates played.
    pub runs: u64,
    /// Calls to the store for it.
    pub calls: u64,
    /// Why it ended.
    pub end: ShrinkEnd,
}

/// A disagreement that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Known {
    /// The known issue's id.
    pub id: String,
    /// The known issue's reason or link.
    pub reason: String,
    /// The disagreement.
    pub failure: Failure,
}

/// How often a rule chose the operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleCount {
    /// The rule's name.
    pub rule: String,
    /// Operations that it chose.
    pub operations: u64,
    /// Why it could choose none, if it could not.
    pub left_out: Option<String>,
}

/// How often a clause was exercised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ClauseCount {
    /// The clause.
    #[serde(serialize_with = "clause_id")]
    pub clause: Clause,
    /// Questions to which it says the answer.
    pub questions: u64,
}

/// What depends on the machine and its load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Times {
    /// Threads that played cases.
    pub jobs: usize,
    /// Time for the cases; in JSON, in seconds.
    #[serde(serialize_with = "seconds")]
    pub cases: Duration,
    /// Time for shrinking; in JSON, in seconds.
    #[serde(serialize_with = "seconds")]
    pub shrinking: Duration,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn clause_id<S: Serializer>(clause: &Clause, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(clause.id())
}

fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

fn as_text<S: Serializer>(plan: &Plan, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(plan)
}

impl Report {
    /// Whether every answer is allowed, or known not to be, and there were answers.
    #[must_use]
    pub fn conforms(&self) -> bool {
        self.status == Status::Conforms
    }

    /// Panics with the whole report unless the store conforms.
    ///
    /// # Panics
    ///
    /// Panics if there are failures, if a known issue no longer shows, or if nothing was tested.
    #[track_caller]
    pub fn assert_conforms(&self) {
        assert!(self.conforms(), "\n\n{self}");
    }

    /// The report as JSON, with the same bytes for the same seed but for the field `times`.
    ///
    /// # Panics
    ///
    /// Never: every field of a report can be written as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("a report is plain data");
        json.push('\n');
        json
    }
}

impl Failure {
    /// A file name for the plan: the same for the same plan on the same adapter.
    pub(crate) fn file_name(&self, adapter: &str) -> String {
        // FNV-1a: a name, not a checksum, that stays the same from one release to the next.
        let hash = self.plan.to_string().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        let adapter = adapter.replace(|char: char| !char.is_ascii_alphanumeric(), "-");
        let first = self.signature.split(':').next().unwrap_or_default();
        format!("{adapter}-{first}-{:08x}.plan", hash as u32)
    }

    /// The plan with comments that say what it shows.
    fn annotated_plan(&self) -> String {
        let Self { signature, clause, plan, lines, .. } = self;
        let mut text = vec![
            format!("zarr-conform plan {PLAN_VERSION}"),
            format!("# {signature}"),
            format!("# {clause}: {}", clause.sentence()),
        ];
        // The plan itself, whatever its replay came to: it may have ended early.
        for (at, operation) in plan.operations().iter().enumerate() {
            text.push(operation.display(plan.names()).to_string());
            if let Some(PlayedLine { want, got, agrees: false, .. }) = lines.get(at) {
                text.push(format!("# want {want}"));
                text.push(format!("# got  {got}"));
            }
        }
        text.join("\n") + "\n"
    }

    /// Writes the plan to `folder`.
    pub(crate) fn write(&self, folder: &Path, adapter: &str) -> io::Result<PathBuf> {
        let path = folder.join(self.file_name(adapter));
        std::fs::write(&path, self.annotated_plan())?;
        Ok(path)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clause, shrinking, .. } = self;
        writeln!(f, "{}", self.signature)?;
        writeln!(f, "  {clause}: {}", clause.sentence())?;
        writeln!(f, "  [{}] {}", clause.level().letter(), clause.source())?;
        writeln!(f)?;
        for line in &self.lines {
            for text in line.to_string().lines() {
                writeln!(f, "    {text}")?;
            }
        }
        writeln!(f)?;
        let seen = match &self.first_seen {
            FirstSeen::Case(case) => format!("first in case {case}"),
            FirstSeen::Regression(file) => format!("first in {file}"),
        };
        writeln!(
            f,
            "  seen {} times, {seen}; {} operations shrunk to {} in {} runs ({} calls){}",
            self.count,
            shrinking.from,
            self.plan.len(),
            shrinking.runs,
            shrinking.calls,
            match shrinking.end {
                ShrinkEnd::Minimal => "",
                ShrinkEnd::OutOfCalls => ", the best within the budget of calls",
                ShrinkEnd::OutOfTime => ", the best within the budget of time",
                ShrinkEnd::NotReproduced =>
                    ": it did not show again, so the store is not deterministic",
            }
        )?;
        if let Some(replay) = &self.replay {
            writeln!(f, "  again: {replay}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, failure) in self.failures.iter().enumerate() {
            writeln!(f, "failure {}: {failure}", number + 1)?;
        }
        for known in &self.known {
            let Known { id, reason, failure } = known;
            writeln!(f, "known {id}: {} ({} times)\n  {reason}", failure.signature, failure.count)?;
        }
        for id in &self.known_not_seen {
            writeln!(f, "known {id}: did not show; remove it if it is mended")?;
        }
        if self.operations > 0 {
            self.write_counts(f)?;
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        self.write_summary(f)
    }
}

impl Report {
    fn write_counts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "operations per rule")?;
        let played: Vec<_> = self.rules.iter().filter(|rule| rule.left_out.is_none()).collect();
        for rules in played.chunks(3) {
            let cells = rules.iter().map(|rule| format!("{:<25}{:>8}", rule.rule, rule.operations));
            writeln!(f, "  {}", cells.collect::<Vec<_>>().join("   "))?;
        }
        for rule in &self.rules {
            if let Some(reason) = &rule.left_out {
                writeln!(f, "  {} was left out: {reason}", rule.rule)?;
            }
        }
        writeln!(f, "questions per clause")?;
        let asked: Vec<_> = self.clauses.iter().filter(|count| count.questions > 0).collect();
        for counts in asked.chunks(6) {
            let cells = counts
                .iter()
                .map(|count| format!("{:<4}{:>9}", count.clause.id(), count.questions));
            writeln!(f, "  {}", cells.collect::<Vec<_>>().join("   "))?;
        }
        let silent = self.clauses.iter().filter(|count| count.questions == 0);
        let silent: Vec<_> = silent.map(|count| count.clause.id()).collect();
        if !silent.is_empty() {
            writeln!(f, "  never asked: {}", silent.join(", "))?;
        }
        writeln!(f)
    }

    fn write_summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { adapter, seed, cases, operations, questions, .. } = self;
        let verdict = match &self.status {
            Status::Conforms if self.known.is_empty() => "conforms: no failures".to_owned(),
            Status::Conforms => {
                format!("conforms but for {} known issues: no other failures", self.known.len())
            }
            Status::Disagrees => {
                let plural = if self.failures.len() == 1 { "" } else { "s" };
                let count = self.failures.len();
                let failures = format!("does not conform: {count} distinct failure{plural}");
                match self.known_not_seen.len() {
                    0 => failures,
                    count => format!("{failures}, {count} known issues that did not show"),
                }
            }
            Status::NothingRan(reason) => {
                return writeln!(f, "{adapter}: nothing was tested: {reason}");
            }
            Status::Misconfigured(reason) | Status::CannotOpen(reason) => {
                return writeln!(f, "{adapter}: {reason}");
            }
        };
        let seconds = self.times.cases.as_secs_f64().max(1e-3);
        let rate = *operations as f64 / seconds;
        writeln!(
            f,
            "{adapter} {verdict} in {operations} operations ({questions} questions) of {cases} cases, seed {seed:#x}, {rate:.0} operations/s"
        )
    }
}
