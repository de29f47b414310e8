//! What makes a green run worth something: goals, a planted bug, known issues that still show,
//! every distinct bug in one run.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use zarr_conform_model::Declaration;

use expect_test::{Expect, expect};
use zarr_conform_machines::model::{Capabilities, Clause, Dialect, OperationKind};
use zarr_conform_machines::mutants::{Faulty, Mutant, Planted, ReferenceAdapter};
use zarr_conform_machines::report::Status;
use zarr_conform_machines::rules::{Goal, Shape, store_rules};
use zarr_conform_machines::store::{Adapter, OpenError, StoreUnderTest};
use zarr_conform_machines::{KnownIssue, Machine, Report};

const REOPENING: Declaration = Declaration {
    capabilities: Capabilities { reopen: true, ..Capabilities::ZARRS },
    ..Declaration::ZARRS
};

/// A machine for reference stores with these bugs.
fn machine(mutants: &[Mutant]) -> Machine {
    let reference: Arc<dyn Adapter> = Arc::new(ReferenceAdapter::new(REOPENING));
    let plant = |adapter, mutant: &Mutant| Arc::new(Planted::new(adapter, *mutant)) as _;
    Machine::of_shared(mutants.iter().fold(reference, plant))
}

fn plans(report: &Report) -> Vec<String> {
    let plans = report.failures.iter().map(|failure| failure.plan.to_string());
    plans.map(|plan| plan.split_once('\n').unwrap().1.to_owned()).collect()
}

#[track_caller]
fn check_inconclusive(report: &Report, reasons: Expect) {
    let Status::Inconclusive(given) = &report.status else { panic!("{report}") };
    reasons.assert_eq(&given.join("\n"));
    assert!(!report.conforms());
}

#[test]
fn several_bugs_are_as_many_failures() {
    for mutants in [
        // All of these are seen by `get`, and the first four by a write of the same kind.
        &[Mutant::M01, Mutant::M03, Mutant::M29, Mutant::M19][..],
        &[Mutant::M06, Mutant::M07, Mutant::M36, Mutant::N22],
        &[Mutant::M14, Mutant::M15, Mutant::M22, Mutant::M37, Mutant::N25],
        &[Mutant::M11, Mutant::M24, Mutant::M25, Mutant::N20],
        // The one looks like the other as soon as its plan is short enough.
        &[Mutant::M05, Mutant::N18],
        &[Mutant::M02, Mutant::N01],
    ] {
        let report = machine(mutants).run();
        for mutant in mutants {
            let length = mutant.minimum().lines().count();
            let alone = Machine::of_shared(Arc::new(Planted::new(
                Arc::new(ReferenceAdapter::new(REOPENING)),
                *mutant,
            )));
            let shows = |plan: &String| !alone.replay(&plan.parse().unwrap()).unwrap().agrees();
            let plans_of_it = plans(&report).into_iter().filter(shows);
            let shortest = plans_of_it.map(|plan| plan.lines().count()).min();
            assert!(
                shortest.is_some_and(|found| found <= length + 1),
                "{mutant}: {:#?}",
                plans(&report)
            );
        }
    }
}

#[test]
fn one_bug_is_one_failure() {
    let few = |mutant: Mutant| plans(&machine(&[mutant]).run());
    // The last lose track of what belongs together in one call, of names, and of how much was written.
    let others = [Mutant::N07, Mutant::N08, Mutant::N11, Mutant::N20, Mutant::N21, Mutant::N31];
    let public = Mutant::ALL.iter().filter(|mutant| mutant.id().starts_with('M'));
    for mutant in public.chain(&others) {
        let found = few(*mutant);
        // A suffix of no bytes gives too much, and any other too little.
        let most = if *mutant == Mutant::M07 { 2 } else { 1 };
        assert!((1..=most).contains(&found.len()), "{mutant}: {found:#?}");
    }
}

#[test]
fn symptoms_of_a_failure_are_told() {
    let report = machine(&[Mutant::M10]).run();
    let [failure] = &report.failures[..] else { panic!("{report}") };
    let symptoms: Vec<&str> =
        failure.symptoms.iter().map(|symptom| symptom.signature.as_str()).collect();
    assert_eq!(symptoms, ["list_prefix: key unexpected (erased)"], "{report}");
    assert!(report.to_string().contains("\n  also list_prefix: key unexpected"), "{report}");
}

#[test]
fn goals_that_no_rule_can_reach_are_not_required_unless_they_are_asked_for() {
    let readers = || store_rules().into_iter().filter(|rule| rule.name() != "clear").collect();
    let report = machine(&[]).rules(readers()).run();
    report.assert_conforms();
    let goals = [Goal::Clause(Clause::D7), Goal::Clause(Clause::X9), Goal::Clause(Clause::R1)];
    let report = machine(&[]).rules(readers()).required_goals(goals).run();
    check_inconclusive(
        &report,
        expect![[r"
            D7 was never exercised: no rule asks for it
            X9 was never exercised: the store cannot be asked `audit`"]],
    );
}

#[test]
fn cases_are_drawn_towards_goals_that_the_planned_ones_miss() {
    let report = machine(&[]).cases(2).run();
    report.assert_conforms();
    assert_eq!(report.cases, 2);
    assert!(report.cases_towards_goals > 0, "{report}");
    let met = |shape| report.shapes.iter().any(|count| count.shape == shape && count.states > 0);
    assert!(met(Shape::ThousandKeys) && met(Shape::CaseTwins), "{report}");
}

#[test]
fn goals_that_take_more_than_there_is_are_missed() {
    let report = machine(&[]).steps(3).crowds(false).cases(4);
    let report = report.required_goals([Goal::Shape(Shape::FiveKeys)]).run();
    check_inconclusive(
        &report,
        expect!["five_keys was never exercised: plans have fewer than 5 operations"],
    );
}

#[test]
fn a_campaign_that_does_not_catch_a_planted_bug_proves_little() {
    // Nothing is ever written, so nothing is touched that a check would look at.
    let listing = |kind| matches!(kind, OperationKind::List | OperationKind::Exists);
    let rules = store_rules().into_iter().filter(|rule| listing(rule.asks())).collect::<Vec<_>>();
    let report = machine(&[]).rules(rules.clone()).run();
    let Status::Inconclusive(reasons) = &report.status else { panic!("{report}") };
    let missed = "the planted bug M05 get_missing_empty was not caught in ";
    assert!(reasons.iter().any(|reason| reason.starts_with(missed)), "{report}");
    // Without one it proves as little.
    let report = machine(&[]).rules(rules).planted_bug(false).run();
    let Status::Inconclusive(reasons) = &report.status else { panic!("{report}") };
    assert_eq!(reasons, &["no key was ever given a value, so the store was only seen empty"]);
}

#[test]
fn the_planted_bug_is_told_and_is_another_one_for_another_seed() {
    let bug = |seed| machine(&[]).seed(seed).cases(64).run().planted_bug.unwrap();
    assert!(bug(0).caught && bug(1).caught);
    assert_ne!(bug(0).mutant, bug(1).mutant);
}

#[test]
fn a_clean_run_says_what_it_means() {
    let report = machine(&[]).run();
    let assurance = report.assurance.unwrap();
    assert!(assurance.once_in >= 1000 && assurance.probability >= 0.99, "{assurance:?}");
    let said = "a bug that strikes once in 5000 operations would have been seen with 99.";
    assert!(report.to_string().contains(said), "{report}");
    assert!(machine(&[Mutant::M03]).run().assurance.is_none());
}

#[test]
fn all_plans_over_a_small_universe_show_what_they_can() {
    let report = machine(&[]).exhaustive(2).run();
    report.assert_conforms();
    assert!(report.cases > 6_000, "{report}");
    for mutant in [Mutant::M14, Mutant::M22, Mutant::M36, Mutant::N09] {
        let plans = plans(&machine(&[mutant]).exhaustive(2).run());
        assert!(plans.contains(&mutant.minimum().to_owned()), "{mutant}: {plans:#?}");
    }
    let report = machine(&[]).exhaustive(40).run();
    assert!(matches!(report.status, Status::Misconfigured(_)), "{report}");
    let hurried = machine(&[]).exhaustive(4).time_budget(std::time::Duration::from_millis(50));
    check_inconclusive(
        &hurried.run(),
        expect!["not all plans were played: give more time, or fewer operations"],
    );
}

/// The issue of a mutant, with the plan that shows it.
fn issue(mutant: Mutant, signature: &str, clause: &str, more: &str) -> Vec<KnownIssue> {
    let (id, plan) = (mutant.id(), mutant.minimum());
    let text = format!(
        "[[issue]]\nid = '{id}'\nsignature = '{signature}'\nclause = '{clause}'\n\
         reason = 'planted'\nplan = '''{plan}'''\n{more}"
    );
    KnownIssue::read(&text).unwrap()
}

const TAIL: &str = "get: value too long (live, empty, overwritten)";

#[test]
fn an_issue_that_its_plan_still_shows_is_known_even_if_the_campaign_misses_it() {
    let known = issue(Mutant::M03, TAIL, "W2", "");
    let report = machine(&[Mutant::M03]).known_issues(known.clone()).run();
    report.assert_conforms();
    assert!(report.known[0].count > 0, "{report}");
    // One plan of one operation does not come upon it.
    let sets = store_rules().into_iter().filter(|rule| rule.asks() == OperationKind::Set);
    let short = machine(&[Mutant::M03]).known_issues(known).cases(1).steps(1).crowds(false);
    let short = short.rules(sets.collect());
    let report = short.required_goals([]).planted_bug(false).run();
    report.assert_conforms();
    assert_eq!(report.known[0].count, 0, "{report}");
}

#[test]
fn an_issue_hides_nothing_else() {
    let report = machine(&[Mutant::M03, Mutant::M24]);
    let report = report.known_issues(issue(Mutant::M03, TAIL, "W2", "")).run();
    assert_eq!(report.known.len(), 1, "{report}");
    assert_eq!(plans(&report), [Mutant::M24.minimum()], "{report}");
}

#[test]
fn an_issue_that_no_longer_shows_fails_the_run() {
    for (mutants, known) in [
        (&[][..], issue(Mutant::M03, TAIL, "W2", "")),
        // What its plan shows is not what it says.
        (&[Mutant::M03], issue(Mutant::M03, "get: value lost (live, empty)", "W2", "")),
    ] {
        let report = machine(mutants).known_issues(known).run();
        assert_eq!(report.status, Status::Disagrees);
        assert_eq!(report.known_not_seen, ["M03"]);
    }
}

#[test]
fn an_issue_that_has_expired_is_a_failure_like_any_other() {
    let known = issue(Mutant::M03, TAIL, "W2", "expires = '2001-01-31'");
    let report = machine(&[Mutant::M03]).known_issues(known).run();
    assert_eq!(report.failures.len(), 1, "{report}");
    assert!(report.to_string().contains("the known issue M03 expired on 2001-01-31"), "{report}");
}

/// A store whose writes meet injected errors, handled rightly.
struct Faults;

impl Adapter for Faults {
    fn name(&self) -> &str {
        "faults"
    }

    fn dialect(&self) -> Dialect {
        Dialect { transient_errors: true, ..Dialect::ZARRS }
    }

    fn open(&self) -> Result<Box<dyn StoreUnderTest>, OpenError> {
        let store = ReferenceAdapter::new(Dialect::ZARRS).open()?;
        Ok(Box::new(Faulty::new(store)))
    }
}

#[test]
fn transient_errors_are_allowed_where_they_are_declared_and_leave_nothing_in_between() {
    let report = Machine::of(Faults).crowds(false).run();
    report.assert_conforms();
    let met = report.clauses.iter().find(|count| count.clause == Clause::X1).unwrap();
    assert!(met.questions > 0, "{report}");
    let strict = Machine::of(Faults).dialect(Dialect::ZARRS).run();
    assert!(!strict.conforms(), "{strict}");
    let torn = machine(&[Mutant::F01]).run();
    assert!(!torn.conforms(), "{torn}");
    // Every fourth write or so is left open, and what goes wrong is mended over and over: neither may
    // get out of hand, or the store seems to hang.
    assert!(!torn.to_string().contains("no answer"), "{torn}");
    assert!(torn.questions < torn.operations * 10, "{torn}");
}

#[test]
fn a_bug_that_was_planted_over_a_store_with_bugs_is_found_apart_from_them() {
    let over = machine(&[Mutant::M14, Mutant::M03]).calibrate(Mutant::M24);
    let sighting = over.sighting.unwrap();
    assert_eq!(sighting.excess(Mutant::M24), 0, "{}", sighting.plan);
    assert!(machine(&[Mutant::M14]).cases(20).calibrate(Mutant::M14).sighting.is_none());
}
