//! The environment says what a test plays, from outside the test.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::env;
use std::process::Command;

use zarr_conform_machines::async_store_machine;
use zarrs_storage::store::AsyncMemoryStore;

/// Prints what it played; run by the tests below alone.
#[test]
#[ignore = "the other tests start it with an environment of its own"]
fn told() {
    let report = async_store_machine(AsyncMemoryStore::new).seed(1).cases(2).run();
    println!("seed {} cases {}: {report}", report.seed, report.cases);
}

fn played(variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "told", "--ignored", "--nocapture"]);
    let output = command.envs(variables.iter().copied()).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn variables_stand_in_place_of_what_the_test_says() {
    assert!(played(&[]).contains("seed 1 cases 2:"));
    let other = played(&[("ZARR_CONFORM_SEED", "0x7"), ("ZARR_CONFORM_CASES", "3")]);
    assert!(other.contains("seed 7 cases 3:"), "{other}");
    let one = played(&[("ZARR_CONFORM_CASE", "40")]);
    assert!(one.contains("cases 1:") && one.contains("only case 40 was played"), "{one}");
    let wrong = played(&[("ZARR_CONFORM_JOBS", "many")]);
    assert!(wrong.contains("ZARR_CONFORM_JOBS=\"many\" is not a number of threads"), "{wrong}");
}
