//! Commands for those who test stores and for those who develop zarr-conform.

fn main() {}
