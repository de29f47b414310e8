//! A store that calls `fork`: the copy of the process ends as it comes back, and the run is not green.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "the whole file is a test")]

mod stores;

use std::sync::Once;

use stores::odd::{Ask, Odd};
use zarr_conform_machines::model::OperationKind;
use zarr_conform_machines::report::Status;
use zarr_conform_machines::{Machine, Report};

/// Once a process, and no copy does it again: they would be too many if they went on.
static FORK: Once = Once::new();

fn fork() {
    // SAFETY: the copy goes on with what the store does, and ends then.
    #[expect(unsafe_code, reason = "the standard library has no `fork`")]
    let copy = unsafe { libc::fork() };
    assert!(copy >= 0);
    if copy > 0 {
        let mut status = 0;
        // Until it has said that it came back, however busy the machine is: it ended, or another
        // thread heard of it, and has its status.
        // SAFETY: there is room for what it writes.
        #[expect(unsafe_code, reason = "nor does it wait for one")]
        unsafe {
            libc::waitpid(copy, &raw mut status, 0);
        }
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
fn a_copy_ends_as_it_comes_back_isolated_or_not() {
    // One after the other: which campaign a copy belongs to is not known. The isolated one comes first,
    // since its stores' process begins with this test, too.
    check(&machine().isolated().run());
    check(&machine().run());
}
