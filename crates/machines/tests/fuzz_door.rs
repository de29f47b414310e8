//! That any bytes are a plan, that playing one tells what is wrong, and that nothing else stops it.

#![allow(clippy::unwrap_used, reason = "the whole file is a test")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use zarr_conform_machines::model::{Capabilities, Declaration, Dialect, Plan};
use zarr_conform_machines::mutants::{Mutant, Planted, ReferenceAdapter};
use zarr_conform_machines::rules::Choices;
use zarr_conform_machines::{Machine, Played};
use zarr_conform_memory::MemoryAdapter;

const CAN: Declaration = Declaration {
    capabilities: Capabilities {
        create: true,
        copy: true,
        rename: true,
        reopen: true,
        ..Capabilities::ZARRS
    },
    dialect: Dialect::ZARRS,
};

fn right(declared: Declaration) -> Machine {
    Machine::of(ReferenceAdapter::new(declared))
}

fn with(mutant: Mutant) -> Machine {
    Machine::of(Planted::new(Arc::new(ReferenceAdapter::new(CAN)), mutant))
}

/// Bytes of up to 2 KiB, of each length as likely, as a fuzzer begins.
fn noise(seed: u64) -> Vec<u8> {
    let mut choices = Choices::new(seed, 0);
    let length = choices.below(2048);
    (0..length).map(|_| choices.word() as u8).collect()
}

#[test]
fn of_any_bytes_nothing_is_wrong_with_a_store_that_is_right() {
    let files = Declaration {
        dialect: Dialect { key_below_key: false, max_name_bytes: Some(255), ..Dialect::ZARRS },
        ..CAN
    };
    let (mut lengths, mut operations) = (BTreeSet::new(), 0);
    for seed in 0..120 {
        let declared = if seed % 2 == 0 { CAN } else { files };
        let played = right(declared).play(&noise(seed));
        played.assert_agrees();
        let plan = played.plan().expect("noise is a plan");
        lengths.insert(plan.len());
        operations += plan.len();
    }
    assert!(lengths.len() > 20 && operations > 4_000, "{} {operations}", lengths.len());
}

#[test]
fn more_bytes_go_on_where_fewer_end() {
    let bytes = noise(3);
    let plan = |count| right(CAN).play(&bytes[..count]).plan().unwrap().clone();
    let (long, short) = (plan(bytes.len()), plan(bytes.len() / 2));
    assert_eq!(plan(bytes.len()).to_string(), long.to_string());
    // The last operation of the shorter one was drawn from bytes that were missing.
    let kept = short.len() - 1;
    assert!(kept > 2 && kept < long.len(), "{kept} of {}", long.len());
    let lines = |plan: &Plan| -> Vec<String> {
        plan.operations()
            .take(kept)
            .map(|operation| operation.display(plan.names()).to_string())
            .collect()
    };
    assert_eq!(lines(&short), lines(&long));
}

#[test]
fn noise_finds_a_planted_bug_and_its_smallest_plan() {
    let wrong =
        (0..200).map(|seed| with(Mutant::M03).play(&noise(seed))).find(|played| !played.agrees());
    let wrong = wrong.unwrap();
    let plans: Vec<String> =
        wrong.report().unwrap().failures.iter().map(|failure| failure.plan.to_string()).collect();
    assert_eq!(plans, ["zarr-conform plan 1\nset a \"a\"\nset a \"\"\nget a\n"]);
}

#[test]
fn the_plan_of_each_planted_bug_is_a_file_that_shows_it() {
    let one_caller_sees = |mutant: &&Mutant| {
        !mutant.needs_library() && !mutant.injects_errors() && !mutant.concurrent()
    };
    let mut shown = 0;
    for mutant in Mutant::ALL.iter().filter(one_caller_sees) {
        let file = format!("zarr-conform plan 1\n{}", mutant.minimum());
        right(CAN).play(file.as_bytes()).assert_agrees();
        // It is as short as it can be.
        let played = with(*mutant).shrink_allowance(Duration::ZERO).play(file.as_bytes());
        assert_eq!(played.plan().map(ToString::to_string), Some(file), "{mutant}");
        assert!(!played.agrees(), "{mutant}");
        shown += 1;
    }
    assert!(shown > 80, "{shown}");
}

#[test]
fn what_is_known_agrees_and_is_said() {
    let play =
        |machine: Machine| machine.play(b"zarr-conform plan 1\nset a \"\"\nget_partial a 1..");
    let known = play(Machine::of(MemoryAdapter::synchronous()));
    assert!(known.agrees(), "{known}");
    let seen = known.report().unwrap().known.iter().filter(|known| known.count > 0);
    assert_eq!(seen.count(), 1, "{known}");
    let new = play(Machine::of(MemoryAdapter::synchronous()).known_issues([]));
    assert!(new.to_string().contains("get_partial: panic"), "{new}");
    assert!(std::panic::catch_unwind(|| new.assert_agrees()).is_err());
}

#[track_caller]
fn is_passed_over(text: &[u8]) {
    let played: Played = right(CAN).play(text);
    assert!(played.plan().is_none() && played.agrees(), "{played}");
}

#[test]
fn texts_that_are_no_plan_of_a_store_are_passed_over() {
    is_passed_over(b"zarr-conform plan 1\nset a");
    is_passed_over(b"zarr-conform plan 99\nget a\n");
    is_passed_over(b"zarr-conform plan 1\nget \"\xff\"\n");
    is_passed_over(b"zarr-conform plan 1\nset a 4000000000*0x00\n");
    is_passed_over(b"zarr-conform plan 1\nset_partial a 9000000000 \"x\"\n");
    is_passed_over(b"zarr-conform plan 1\nset ../a \"x\"\n");
    is_passed_over(b"zarr-conform plan 1\nfail write#1 EIO: set a \"x\"\n");
    is_passed_over(b"zarr-conform plan 1\nadd_group a\n");
    let played = right(CAN).play(b"zarr-conform plan 1\nset a \"x\"\n");
    assert_eq!(played.to_string(), "1 operations, all answered rightly");
}

#[test]
fn what_is_wrong_is_a_plan_file() {
    let folder = tempfile::tempdir().unwrap();
    let machine = with(Mutant::M05).failures(folder.path());
    assert!(!machine.play(b"zarr-conform plan 1\nset b \"x\"\nget a\n").agrees());
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(files.len(), 1);
    let text = std::fs::read(files[0].as_ref().unwrap().path()).unwrap();
    assert!(!with(Mutant::M05).play(&text).agrees());
}
