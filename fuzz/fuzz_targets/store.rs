//! A store: copy this target, and put your own in its place.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use zarr_conform::zarrs_storage::store::AsyncMemoryStore;
use zarr_conform::{Machine, async_store_machine};

static MACHINE: LazyLock<Machine> = LazyLock::new(|| {
    async_store_machine(|| AsyncMemoryStore::new()).failures("zarr-conform-failures")
});

fuzz_target!(|data: &[u8]| {
    MACHINE.play(data).assert_agrees();
});
