//! `zarr-conform`: the command line for the published stores.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use zarr_conform_cli::{Lacking, Program};
use zarr_conform_published::{Optional, adapters};

fn main() -> ExitCode {
    let lacking = Optional::lacking().map(|optional| {
        let why = format!("takes the feature `{}`", optional.feature);
        Lacking::new(optional.name, optional.about, why)
    });
    Program::of(adapters()).lacking(lacking).main()
}
