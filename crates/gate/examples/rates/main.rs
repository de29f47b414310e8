//! What does the gate cost, and how many runs are there in a second?
//!
//! `cargo run --release -p zarr-conform-gate --example rates -- /dev/shm`

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod linux;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    linux::main()
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn main() {
    println!("{}", zarr_conform_gate::GateError::Unsupported);
}
