//! The door to fuzzers: any bytes are a plan, and playing it is one call.
//!
//! A fuzzer changes bytes and watches which code they reach. So bytes are the choices that plans are
//! drawn from, each taking as few as it can; and the text of a plan is itself, so that plan files are
//! a corpus. A plan that goes right costs no more than a case. One that goes wrong is a campaign of
//! one case: made small, told apart, held against the known issues.

use std::fmt;

use zarr_conform_model::{Operation, OperationKind, Plan};
use zarr_conform_rules::Choices;

use crate::campaign::campaign;
use crate::campaign::source::Source;
use crate::campaign::tally::Tally;
use crate::machine::Machine;
use crate::options::Options;
use crate::play::admission::refusal;
use crate::play::midst::Midst;
use crate::report::report::{Report, Status};
use crate::run::run_after;

/// What the text of a plan begins with.
const PLAN: &[u8] = b"zarr-conform plan";

/// The most bytes that the text of a plan may have written, 32 MiB: a fuzzer writes any length, and
/// learns nothing from memory that is not there. A guess: twice the longest value of a planted bug.
const WRITTEN: u64 = 32 << 20;

/// What came of bytes that a fuzzer made; see [`Machine::play`].
#[derive(Clone, Debug)]
pub struct Played {
    plan: Option<Plan>,
    report: Option<Report>,
}

impl Played {
    /// The plan that the bytes are; none, if they are the text of one that is not played here.
    #[must_use]
    pub const fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// The report of what went wrong; none, if all answers were right.
    ///
    /// If all that went wrong is known, it has no failures.
    #[must_use]
    pub const fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    /// Whether all answers were right, or wrong as is known.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.report.as_ref().is_none_or(|report| {
            let is_wrong = matches!(report.status, Status::CannotOpen(_));
            report.failures.is_empty() && !is_wrong
        })
    }

    /// Panics with the report unless the store [agrees](Self::agrees).
    ///
    /// # Panics
    ///
    /// Panics if an answer was wrong in a way that is not known, or if the store cannot be opened.
    #[track_caller]
    pub fn assert_agrees(&self) {
        assert!(self.agrees(), "{self}");
    }
}

/// The report, or that there is nothing to report.
impl fmt::Display for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.report, &self.plan) {
            (Some(report), _) => report.fmt(f),
            (None, Some(plan)) => write!(f, "{} operations, all answered rightly", plan.len()),
            (None, None) => f.write_str("the text of a plan that is not played here"),
        }
    }
}

impl Machine {
    /// Plays the plan that any bytes are, with the checks of a case: the whole of a fuzz target.
    ///
    /// Bytes are [choices](Choices::from_bytes), and every plan is that of some. A text that begins
    /// with `zarr-conform plan` is the plan of its lines instead, so that plan files are a corpus; it
    /// is played if it asks for nothing but operations on keys, and writes 32 MiB at the most.
    ///
    /// What goes wrong is made small and held against the known issues, as by [`run`](Self::run), and
    /// its plan is written to the folder of [`failures`](Self::failures). Goals, planted bugs, seeds
    /// and the environment play no part.
    ///
    /// # Examples
    ///
    /// ```
    /// use zarrs_storage::store::AsyncMemoryStore;
    ///
    /// // In a target of `cargo fuzz`: fuzz_target!(|data: &[u8]| my_store_agrees(data));
    /// fn my_store_agrees(data: &[u8]) {
    ///     zarr_conform_machines::async_store_machine(|| AsyncMemoryStore::new())
    ///         .play(data)
    ///         .assert_agrees();
    /// }
    ///
    /// my_store_agrees(b"whatever a fuzzer comes to");
    /// my_store_agrees(b"zarr-conform plan 1\nset a \"x\"\nget a\n");
    /// ```
    #[must_use]
    pub fn play(&self, data: &[u8]) -> Played {
        let _midst = Midst::begin();
        let mut options = Options {
            required_goals: Some(Vec::new()),
            planted_bug: false,
            regressions: None,
            exhaustive: None,
            case: None,
            ..self.options.clone()
        };
        options.settings.cases = 1;
        let Some(plan) = plan_of(&options, data) else {
            return Played { plan: None, report: None };
        };
        let drawing = options.drawing();
        let source = Source::Given(options.adapter.declared(), plan.clone());
        let tally = Tally::new(drawing.list_rules().len());
        let settings = &options.watched();
        let tally = campaign::run(&options.adapter, &source, settings, 0..1, tally, &mut |_| {});
        let is_right = tally.groups.is_empty() && tally.cannot_open.is_none();
        let report = (!is_right).then(|| run_after(&options, Some(tally)));
        Played { plan: Some(plan), report }
    }
}

/// The plan that the bytes are, if it can be played.
fn plan_of(options: &Options, data: &[u8]) -> Option<Plan> {
    if !data.starts_with(PLAN) {
        return Some(options.drawing().plan_of(&mut Choices::from_bytes(data)));
    }
    let plan: Plan = std::str::from_utf8(data).ok()?.parse().ok()?;
    let capabilities = options.adapter.capabilities();
    let is_plain = !plan.has_faults() && plan.together().is_none();
    let is_asked = plan
        .operations()
        .map(Operation::kind)
        .all(|kind| !OperationKind::NODES.contains(&kind) && capabilities.allow(kind));
    let is_short = plan.operations().map(written).sum::<u64>() <= WRITTEN;
    (is_plain && is_asked && is_short && refusal(&*options.adapter, &plan).is_none())
        .then_some(plan)
}

/// How many bytes an operation writes at the most, with the gaps before patches.
fn written(operation: &Operation) -> u64 {
    let patches = operation.patches().iter();
    let ends = patches.map(|patch| patch.offset.saturating_add(patch.value.len() as u64));
    let value = match operation {
        Operation::Set { value, .. } | Operation::SetIfAbsent { value, .. } => value.len() as u64,
        _ => 0,
    };
    ends.fold(value, u64::saturating_add)
}
