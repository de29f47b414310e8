//! A failure that comes and goes is made small all the same, and the report says that it does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use zarr_conform_machines::{KnownIssue, Machine};
use zarr_conform_model::{Capabilities, Dialect};
use zarr_conform_mutants::{Mutant, Planted, ReferenceAdapter};
use zarr_conform_store::{Adapter, OpenError, StoreUnderTest};

/// Two stores of three keep the tail of an overwritten value.
struct Moody {
    right: Arc<ReferenceAdapter>,
    wrong: Planted,
    opened: AtomicU64,
}

impl Moody {
    fn new() -> Self {
        let right = Arc::new(ReferenceAdapter::new(Dialect::ZARRS));
        let wrong = Planted::new(Arc::clone(&right) as Arc<dyn Adapter>, Mutant::M03);
        Self { right, wrong, opened: AtomicU64::new(0) }
    }
}

impl Adapter for Moody {
    fn name(&self) -> &str {
        "moody"
    }

    fn capabilities(&self) -> Capabilities {
        self.right.capabilities()
    }

    fn dialect(&self) -> Dialect {
        self.right.dialect()
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        match self.opened.fetch_add(1, Ordering::Relaxed) % 3 {
            0 => self.right.open(),
            _ => self.wrong.open(),
        }
    }
}

const MINIMUM: &str = "zarr-conform plan 1\nset a \"a\"\nset a \"\"\nget a\n";

#[test]
fn a_failure_that_comes_and_goes_is_made_small() {
    let report = Machine::of(Moody::new()).cases(64).run();
    let [failure] = &report.failures[..] else { panic!("{report}") };
    assert_eq!(failure.plan.to_string(), MINIMUM);
    assert!(failure.shrinking.flaky);
    assert!(failure.lines.last().is_some_and(|last| !last.agrees), "{report}");
    let said = "; it comes and goes, so the store is not deterministic\n";
    assert!(report.to_string().contains(said), "{report}");
}

/// Whether a store of which this is known conforms.
fn conforms(plan: &str, flaky: bool) -> bool {
    let issue = format!(
        "[[issue]]\nid = \"tail\"\nclause = \"W2\"\nreason = \"r\"\nflaky = {flaky}\n\
         signature = \"get: value too long (live, empty, overwritten)\"\nplan = \'\'\'{plan}\'\'\'\n"
    );
    let issues = KnownIssue::read(&issue).expect("it is TOML");
    Machine::of(Moody::new()).cases(64).known_issues(issues).run().conforms()
}

#[test]
fn a_known_issue_that_comes_and_goes_is_known() {
    assert!(conforms(MINIMUM, false));
    let longer = MINIMUM.replace("\"a\"", "\"ab\"");
    assert!(!conforms(&longer, false));
    assert!(conforms(&longer, true));
}
