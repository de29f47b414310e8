//! The planted bugs by the clauses that they break: each one's shortest plan is played, and what is
//! wrong at its end says which clause it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use zarr_conform_hierarchy::Hierarchy;
use zarr_conform_machines::{Machine, Replay};
use zarr_conform_model::{Capabilities, Clause, Declaration, Dialect, Plan};
use zarr_conform_mutants::{FaultBug, Mutant, Planted, ReferenceAdapter};
use zarr_conform_store::Adapter;

/// What a reference store is asked: all of it, but for what has to be there to be audited.
pub(crate) const CAN: Declaration = Declaration {
    capabilities: Capabilities {
        create: true,
        copy: true,
        rename: true,
        reopen: true,
        ..Capabilities::ZARRS
    },
    dialect: Dialect::ZARRS,
};

/// The names of the bugs that break each clause, and of those that break none when they are played.
pub(crate) fn by_clause() -> (BTreeMap<Clause, Vec<String>>, Vec<String>) {
    let (mut by_clause, mut none) = (BTreeMap::<Clause, Vec<String>>::new(), Vec::new());
    let mut put = |name: String, clause: Option<Clause>| match clause {
        Some(clause) => by_clause.entry(clause).or_default().push(name),
        None => none.push(name),
    };
    for mutant in visible() {
        let reference: Arc<dyn Adapter> = Arc::new(ReferenceAdapter::new(CAN));
        let adapter: Arc<dyn Adapter> =
            if mutant.needs_library() { Arc::new(Hierarchy::over(reference)) } else { reference };
        let machine = Machine::of(Planted::new(adapter, mutant));
        put(mutant.id().to_owned(), broken(&machine, mutant.minimum()));
    }
    for bug in FaultBug::all() {
        let machine = Machine::of_shared(bug.planted.clone()).faults();
        put(id(&bug), broken(&machine, bug.minimum));
    }
    for bug in FaultBug::of_callers() {
        let machine = Machine::of_shared(bug.planted.clone()).concurrent();
        put(id(&bug), broken(&machine, bug.minimum));
    }
    (by_clause, none)
}

/// The bugs that one caller sees who injects no errors.
fn visible() -> impl Iterator<Item = Mutant> {
    let all = Mutant::ALL.iter().copied();
    all.filter(|mutant| !mutant.concurrent() && !mutant.injects_errors())
}

fn id(bug: &FaultBug) -> String {
    bug.title.split(' ').next().unwrap_or(&bug.title).to_owned()
}

/// The clause that is broken at the end of a plan.
fn broken(machine: &Machine, plan: &str) -> Option<Clause> {
    let plan: Plan = plan.parse().ok()?;
    let Replay { lines, .. } = machine.replay(&plan).ok()?;
    let wrong = lines.iter().rfind(|line| !line.agrees)?;
    Clause::find(&wrong.clause)
}

/// The clauses that no planted bug breaks with its shortest plan, and the tests in which a store that
/// is wrong on purpose breaks them.
pub(crate) const IN_TESTS: &[(Clause, &str)] = &[
    (Clause::R12, "crates/machines/tests/returned_bytes.rs"),
    (Clause::W10, "crates/machines/tests/planted_bugs.rs"),
    (Clause::O1, "crates/machines/tests/checks.rs"),
    (Clause::O10, "crates/machines/tests/side_by_side.rs"),
    (Clause::I14, "crates/machines/tests/requests.rs"),
    (Clause::X9, "crates/machines/tests/campaign.rs"),
    (Clause::X11, "crates/machines/tests/odd_stores/ends.rs"),
];

/// The clauses that no planted bug has of its own, and why. May this list get shorter.
pub(crate) const NONE_YET: &[(Clause, &str)] = &[
    (
        Clause::W9,
        "an answer alone breaks it at a limit, which the dialect of the reference store has none of; of \
         names that a store need not hold, it is told when causes are told apart",
    ),
    (Clause::W11, "the dialect of the reference store has keys below keys"),
    (
        Clause::C7,
        "it takes a cache that outlives the handle; what C20 writes back is lost for good, and that is R1",
    ),
    (Clause::C3, "what tears parts tears whole values, whose plan is as short, and that is C2"),
];

/// Bugs whose shortest plans show them in the tests of `zarr-conform-mutants`, and not with `zarrs` over
/// the reference store.
#[cfg(test)]
pub(crate) const NOT_WITH_ZARRS: [&str; 1] = ["H02"];

/// What stands in the table for a clause.
pub(crate) fn cell_of(clause: Clause, by_clause: &BTreeMap<Clause, Vec<String>>) -> String {
    if let Some(bugs) = by_clause.get(&clause) {
        return bugs.join(", ");
    }
    match IN_TESTS.iter().find(|(other, _)| *other == clause) {
        Some((_, file)) => {
            let name = file.rsplit('/').next().unwrap_or(file);
            format!("[{name}]({file})")
        }
        None if NONE_YET.iter().any(|(other, _)| *other == clause) => "none of its own".to_owned(),
        None => String::new(),
    }
}
