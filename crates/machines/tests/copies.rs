//! A store that calls `fork`: the copy of the process ends as it comes back, and the run is not green.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "the whole file is a test")]

mod stores;

use std::sync::Once;

use stores::odd::{Ask, Odd};
use zarr_conform_machines::model::OperationKind;
use zarr_conform_machines::{Machine, Report, Status};

/// Once a process, and no copy does it again: they would be too many if they went on.
static FORK: Once = Once::new();

fn fork() {
    // SAFETY: the copy goes on with what the store does, and ends then.
    #[expect(unsafe_code, reason = "the standard library has no `fork`")]
    let copy = unsafe { libc::fork() };
    assert!(copy >= 0);
    if copy > 0 {
        // Until the copy has said that it came back.
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn machine() -> Machine {
    let odd = Odd::asked(|ask: &mut Ask<'_>| {
        if ask.kind() == OperationKind::Erase {
            FORK.call_once(fork);
        }
        ask.right()
    });
    odd.machine().cases(8)
}

fn check(report: &Report) {
    assert!(matches!(report.status, Status::Inconclusive(_)), "{report}");
    let said = "the store called `fork`, and the copy of the process came back from a question: it was ended there";
    assert_eq!(report.notes, [said], "{report}");
}

#[test]
fn a_copy_ends_as_it_comes_back() {
    check(&machine().run());
}

#[test]
fn a_copy_of_an_isolated_store_does_too() {
    check(&machine().isolated().run());
}
