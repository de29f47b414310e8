//! What follows from one reason is one failure, which says what the reason is.

#![allow(clippy::unwrap_used, reason = "the whole file is a test")]

mod stores;

use std::time::Duration;

use stores::odd::{Ask, Odd, plan};
use stores::{Bug, MapStore};
use zarr_conform_machines::model::OperationKind;
use zarr_conform_machines::{Report, Status, store_machine};

/// Checks that there is one failure with this plan.
fn check_one(report: &Report, wanted: &str) {
    assert_eq!(report.status, Status::Disagrees, "{report}");
    assert_eq!(report.failures.len(), 1, "{report}");
    assert_eq!(plan(report, 0), wanted, "{report}");
}

#[test]
fn what_follows_from_a_poisoned_lock_is_its_symptom() {
    let report = store_machine(|| MapStore::new(Bug::Poisons)).run();
    check_one(&report, "size");
    assert!(report.failures[0].symptoms.len() > 1, "{report}");
}

#[test]
fn a_hang_after_a_panic_is_its_symptom() {
    // A lock that a panic does not give back.
    let odd = Odd::each(|| {
        let mut is_locked = false;
        move |ask: &mut Ask<'_>| {
            if is_locked {
                loop {
                    std::thread::sleep(Duration::from_mins(1));
                }
            }
            is_locked = ask.is(OperationKind::SizeKey);
            assert!(!is_locked, "no sizes today");
            ask.right()
        }
    });
    let machine = odd.machine().cases(8).deadline(Duration::from_millis(300));
    let report = machine.shrink_allowance(Duration::from_secs(20)).run();
    check_one(&report, "size_key a");
}

#[test]
fn panics_at_one_place_are_one_failure() {
    let report = store_machine(|| MapStore::new(Bug::PanicsAtRanges)).run();
    check_one(&report, "set a \"\"\nget_partial a 1..");
}
