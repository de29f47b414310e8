//! After a failure: cases go on, and what is reported is what went wrong first.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use zarr_conform_machines::model::{
    Capabilities, Dialect, ErrorClass, Names, Operation, Outcome, Refusal,
};
use zarr_conform_machines::mutants::{Mutant, Planted, ReferenceAdapter};
use zarr_conform_machines::report::RuleCount;
use zarr_conform_machines::rules::{Rule, store_rules};
use zarr_conform_machines::store::{Adapter, OpenError, StoreUnderTest};
use zarr_conform_machines::{Invariants, Machine, Report, ShrinkBudget};

/// How a store over a right one answers.
type Flaw = fn(&mut dyn StoreUnderTest, &Names, &Operation) -> Outcome;

struct Flawed {
    flaw: Flaw,
    /// How many stores were opened.
    opened: Arc<AtomicU64>,
}

impl Adapter for Flawed {
    fn name(&self) -> &str {
        "flawed"
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let store = ReferenceAdapter::new(Dialect::ZARRS).open()?;
        self.opened.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(FlawedStore { store, flaw: self.flaw }))
    }
}

struct FlawedStore {
    store: Box<dyn StoreUnderTest>,
    flaw: Flaw,
}

impl StoreUnderTest for FlawedStore {
    fn answer(&mut self, names: &Names, operation: &Operation) -> Outcome {
        (self.flaw)(&mut *self.store, names, operation)
    }
}

/// The cases of a campaign.
const CASES: u64 = 256;

/// A campaign without shrinking.
struct Campaign {
    report: Report,
    /// Operations of its plans.
    planned: u64,
    /// Stores that were opened.
    opened: u64,
}

impl Campaign {
    fn of(flaw: Flaw) -> Self {
        let opened = Arc::new(AtomicU64::new(0));
        let machine = Machine::of(Flawed { flaw, opened: Arc::clone(&opened) }).cases(CASES);
        let machine = machine.planted_bug(false).required_goals([]).crowds(false);
        let machine = machine.shrink_budget(ShrinkBudget { calls: 0, time: Duration::ZERO });
        let generator = machine.generator();
        let planned = (0..CASES).map(|case| generator.plan(0, case).len() as u64).sum();
        let report = machine.run();
        Self { report, planned, opened: opened.load(Ordering::Relaxed) }
    }

    /// Questions for each operation, those of checks included.
    fn questions(&self) -> f64 {
        self.report.questions as f64 / self.report.operations as f64
    }
}

#[test]
fn a_name_that_is_listed_wrongly_does_not_end_a_case() {
    let Campaign { report, planned, opened } =
        Campaign::of(|store, names, operation| match store.answer(names, operation) {
            Outcome::Keys(mut keys) if matches!(operation, Operation::List) => {
                keys.retain(|key| !key.as_str().contains(['%', '~']));
                Outcome::Keys(keys)
            }
            other => other,
        });
    assert!(!report.failures.is_empty(), "{report}");
    assert!(report.operations * 10 >= planned * 9, "{planned}: {report}");
    // Erasing the key costs less than a fresh store.
    assert!(opened < CASES * 3 / 2, "{opened}");
    // Writes to such a key are passed over, and reads are not.
    let right = Campaign::of(|store, names, operation| store.answer(names, operation)).report;
    let gets = |report: &Report| {
        let of_rule = |rule: &&RuleCount| rule.rule.starts_with("get_");
        report.rules.iter().filter(of_rule).map(|rule| rule.operations).sum::<u64>()
    };
    assert!(report.operations < right.operations, "{report}");
    assert_eq!(gets(&report), gets(&right), "{report}");
}

#[test]
fn refusals_over_and_over_are_not_followed_by_a_comparison_each() {
    let refuse: Flaw = |store, names, operation| match operation {
        Operation::Erase { .. } => {
            Outcome::Refused(Refusal::new(ErrorClass::Other, "erasing is too much to ask"))
        }
        _ => store.answer(names, operation),
    };
    let right = Campaign::of(|store, names, operation| store.answer(names, operation));
    let refused = Campaign::of(refuse);
    assert!(!refused.report.failures.is_empty(), "{}", refused.report);
    assert!(refused.questions() < right.questions() * 1.25, "{}\n{}", right.report, refused.report);
}

#[test]
fn damage_that_shows_late_is_reported_where_it_is_done() {
    // Nothing is asked after a write, but at the end.
    let reference: Arc<dyn Adapter> = Arc::new(ReferenceAdapter::new(Dialect::ZARRS));
    let planted = Planted::new(reference, Mutant::M12);
    let names = ["set_new", "set_partial_live", "set_partial_absent", "erase_prefix"];
    let is_asked = |rule: &Rule| names.contains(&rule.name());
    let rules: Vec<Rule> = store_rules().into_iter().filter(is_asked).collect();
    let machine = Machine::of(planted).rules(rules).invariants(Invariants::End);
    let machine = machine.planted_bug(false).required_goals([]).crowds(false);
    let report = machine.cases(64).run();
    let plans: Vec<_> = report.failures.iter().map(|failure| failure.plan.to_string()).collect();
    assert_eq!(plans, ["zarr-conform plan 1\nset a \"\"\nerase_prefix a/\nget a\n"], "{report}");
    let shows_late = |text: &str| text.contains("set_partial");
    let symptoms = &report.failures[0].symptoms;
    assert!(symptoms.iter().any(|symptom| shows_late(&symptom.plan.to_string())), "{report}");
}

/// A store with a planted bug, which has no values of no bytes.
struct WithoutEmptyValues(Planted);

impl Adapter for WithoutEmptyValues {
    fn name(&self) -> &str {
        "without-empty-values"
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn dialect(&self) -> Dialect {
        self.0.dialect()
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let flaw: Flaw = |store, names, operation| match store.answer(names, operation) {
            Outcome::Value(value) if value.is_empty() => Outcome::Absent,
            other => other,
        };
        Ok(Box::new(FlawedStore { store: self.0.open()?, flaw }))
    }
}

#[test]
fn what_is_wrong_with_the_simplest_value_hides_nothing_else() {
    let planted = |mutant: Mutant| {
        let reference: Arc<dyn Adapter> = Arc::new(ReferenceAdapter::new(Dialect::ZARRS));
        Planted::new(reference, mutant)
    };
    for mutant in [Mutant::M14, Mutant::M32, Mutant::M37, Mutant::M15, Mutant::N08, Mutant::N25] {
        let machine = Machine::of(WithoutEmptyValues(planted(mutant)));
        let report = machine.planted_bug(false).required_goals([]).run();
        let alone = Machine::of(planted(mutant));
        let shows = |plan| !alone.replay(plan).expect("it opens").agrees();
        assert!(report.failures.iter().any(|failure| shows(&failure.plan)), "{mutant}: {report}");
    }
}
