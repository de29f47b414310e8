//! The engine itself: a store that is right, in two dialects, must never be found wrong.
//!
//! Whatever ends this is a bug of a generator, a model, a check, the parser of plans, or the reference
//! store, which shares no code with the model.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use zarr_conform::model::Declaration;
use zarr_conform::mutants::ReferenceAdapter;
use zarr_conform::{Capabilities, Dialect, Machine};

fn machine(dialect: Dialect) -> Machine {
    let capabilities = Capabilities {
        create: true,
        copy: true,
        rename: true,
        reopen: true,
        ..Capabilities::ZARRS
    };
    Machine::of(ReferenceAdapter::new(Declaration { capabilities, dialect }))
}

static MACHINES: LazyLock<[Machine; 2]> = LazyLock::new(|| {
    let files = Dialect { key_below_key: false, max_name_bytes: Some(255), ..Dialect::ZARRS };
    [machine(Dialect::ZARRS), machine(files)]
});

fuzz_target!(|data: &[u8]| {
    for machine in &*MACHINES {
        machine.play(data).assert_agrees();
    }
});
