//! The score: every public bug that one caller can see is found over the memory adapter, with a
//! plan that is as short as it can be.

use zarr_conform_machines::Machine;
use zarr_conform_machines::mutants::Mutant;
use zarr_conform_memory::MemoryAdapter;

/// Seeds that each bug is searched with.
const SEEDS: u64 = 4;

#[test]
fn every_public_bug_is_found_with_a_minimal_plan() {
    let one_caller_sees = |mutant: &&Mutant| mutant.is_public() && mutant.id().starts_with('M');
    let mutants: Vec<Mutant> = Mutant::ALL.iter().filter(one_caller_sees).copied().collect();
    assert_eq!(mutants.len(), 24);
    let (mut plans, mut minimal) = (0, 0);
    for mutant in mutants {
        for seed in 0..SEEDS {
            let machine = Machine::of(MemoryAdapter::synchronous()).seed(seed);
            let sighting = machine.calibrate(mutant).sighting;
            let sighting = sighting.unwrap_or_else(|| panic!("{mutant} was missed by seed {seed}"));
            let excess = sighting.excess(mutant);
            assert!(excess <= 1, "{mutant}, seed {seed}: {}", sighting.plan);
            (plans, minimal) = (plans + 1, minimal + usize::from(excess == 0));
        }
    }
    assert!(minimal * 100 >= plans * 95, "{minimal} of {plans} plans are minimal");
}

#[test]
fn what_the_store_gets_wrong_by_itself_is_not_taken_for_the_bug() {
    for seed in 0..SEEDS {
        let machine = Machine::of(MemoryAdapter::synchronous()).seed(seed);
        let sighting = machine.calibrate(Mutant::F01).sighting;
        let sighting = sighting.unwrap_or_else(|| panic!("missed by seed {seed}"));
        assert!(!sighting.shrinking.flaky, "seed {seed}: {}", sighting.plan);
        // The store panics on some ranges, whatever it holds: that is not the bug.
        assert!(!sighting.signature.contains("panic"), "seed {seed}: {}", sighting.signature);
    }
}
