//! A store that changes what belongs to the whole process takes no report along.
//!
//! It is one test, since the directory and the panic hook are those of all tests of the program.

#![allow(clippy::unwrap_used, reason = "the whole file is a test")]

mod stores;

use std::path::Path;
use std::{env, panic, process};

use stores::odd::{Ask, Odd};
use zarr_conform_machines::Machine;
use zarr_conform_machines::model::{ErrorClass, OperationKind, Outcome, Refusal};

/// A store that cannot list, goes to another directory and replaces the panic hook.
fn machine() -> Machine {
    let odd = Odd::asked(|ask: &mut Ask<'_>| match ask.kind() {
        OperationKind::List => {
            env::set_current_dir(env::temp_dir()).unwrap();
            panic::set_hook(Box::new(|_| {}));
            Outcome::Refused(Refusal::new(ErrorClass::Other, "no list"))
        }
        _ => ask.right(),
    });
    odd.machine().cases(4)
}

#[test]
fn folders_stay_where_they_were_named_and_the_panic_hook_is_put_back() {
    let folder = tempfile::tempdir().unwrap();
    env::set_current_dir(folder.path()).unwrap();
    let report = machine().failures("plans").run();
    let file = report.failures[0].file.clone().unwrap();
    assert!(file.starts_with("plans"), "{file:?}");
    assert!(folder.path().join(&file).exists(), "{report}");
    assert!(!Path::new("plans").exists());
    assert!(report.to_string().contains("note: the store replaced the panic hook"), "{report}");

    env::set_current_dir(folder.path()).unwrap();
    let again = machine().regressions("plans").cases(1).run();
    let shown = format!("first in {}", file.display());
    assert!(again.to_string().contains(&shown), "{again}");
    // The hook that was put back says where; one that is silent does not.
    let panics = Odd::asked(|_: &mut Ask<'_>| panic!("told"));
    let report = panics.machine().cases(1).run();
    assert!(report.to_string().contains("told at machines/tests/whole_process.rs:"), "{report}");
    // A hook that ends the process is not called by a store that never panics.
    let ends = Odd::asked(|ask: &mut Ask<'_>| {
        panic::set_hook(Box::new(|_| process::exit(0)));
        ask.right()
    });
    let report = ends.machine().cases(4).required_goals([]).planted_bug(false).run();
    assert!(report.conforms(), "{report}");
    assert!(report.to_string().contains("note: the store replaced the panic hook"), "{report}");
    env::set_current_dir(env::temp_dir()).unwrap();
}
