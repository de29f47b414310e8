//! A report as JUnit XML, for systems that run tests: one test case for each clause.
//!
//! A first test case is the verdict of the whole. A clause is kept by a success. Known issues, and what
//! the store declines, are skipped with their reasons. A goal that was missed is an error. A failure that
//! comes and goes is a failure, and marked as flaky.

use std::time::Duration;

use quick_junit::{
    FlakyOrRerun, NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite,
};
use zarr_conform_machines::report::document::{Failure, Outcome};

use crate::text::{counted, ends, line};
use crate::verdict::{self, Standing, is_flaky, standing};
use crate::{Document, issue};

/// The report as JUnit XML.
///
/// # Panics
///
/// Never: what XML cannot hold was made visible before.
#[must_use]
pub fn junit(report: &Document) -> String {
    let suite_name = format!("{} ({})", line(&report.adapter), line(&report.machine));
    let mut suite = TestSuite::new(suite_name.clone());
    // What a file says may be no length of time.
    let time = report.times.cases + report.times.shrinking;
    suite.set_time(Duration::try_from_secs_f64(time).unwrap_or_default());
    suite.add_property(("seed", &*format!("{:#x}", report.seed)));
    suite.add_property(("made by", &*line(&report.made_by)));
    if !report.tested.is_empty() {
        suite.add_property(("tested", &*line(&verdict::tested(report))));
    }
    let mut add = |name: String, status: TestCaseStatus| {
        let mut case = TestCase::new(name, status);
        case.set_classname(suite_name.clone());
        suite.add_test_case(case);
    };
    add("verdict".to_owned(), of_all(report));
    for count in &report.clauses {
        let id = line(&count.clause);
        let name = match verdict::clause(&count.clause) {
            Some((sentence, ..)) => format!("{id}: {sentence}"),
            None => id,
        };
        add(name, of_clause(report, &count.clause));
    }
    let mut all = Report::new("zarr-conform");
    all.add_test_suite(suite);
    all.to_string().expect("what XML cannot hold was left out")
}

fn of_all(report: &Document) -> TestCaseStatus {
    let kind = match report.status {
        Outcome::Conforms => return TestCaseStatus::success(),
        Outcome::Disagrees => NonSuccessKind::Failure,
        _ => NonSuccessKind::Error,
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(line(&verdict::sentence(report)));
    status
}

fn of_clause(report: &Document, clause: &str) -> TestCaseStatus {
    match standing(report, clause) {
        Standing::Kept(_) => TestCaseStatus::success(),
        Standing::Broken(failures) => broken(report, &failures),
        Standing::Missed(reason) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("missed goal");
            status.set_message(line(reason));
            status
        }
        Standing::Known(known) => {
            let said = known.iter().map(|known| format!("known {}: {}", known.id, known.reason));
            skipped("known issue", &said.collect::<Vec<_>>().join("; "))
        }
        Standing::Declined(reason) => skipped("declined", reason),
        Standing::NotReached => skipped("not reached", "no question was about it"),
    }
}

fn skipped(kind: &str, why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_type(kind);
    status.set_message(line(why));
    status
}

fn broken(report: &Document, failures: &[&Failure]) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let headlines: Vec<String> = failures.iter().map(|failure| line(&failure.headline)).collect();
    status.set_message(match headlines.as_slice() {
        [one] => one.clone(),
        [first, others @ ..] => {
            format!("{first}; and {}", counted(others.len() as u64, "other failure"))
        }
        [] => String::new(),
    });
    status.set_type(failures.first().map(|failure| line(&failure.signature)).unwrap_or_default());
    let said: Vec<String> = failures.iter().map(|failure| ends(&issue(report, failure))).collect();
    status.set_description(said.join("\n"));
    for failure in failures.iter().filter(|failure| is_flaky(failure)) {
        let mut rerun = TestRerun::new(NonSuccessKind::Failure);
        rerun.set_type("comes and goes");
        rerun.set_message(line(&failure.headline));
        status.add_rerun(rerun);
        status.set_rerun_kind(FlakyOrRerun::Flaky);
    }
    status
}
