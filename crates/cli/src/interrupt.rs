//! Ctrl-C, and SIGTERM and SIGHUP like it: the first one asks to end, the second one ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// The one flag of the process: a handler can be set once.
static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// The flag that the first Ctrl-C or SIGTERM sets; the second ends the program.
///
/// # Errors
///
/// Returns an error if the system does not let the program handle Ctrl-C.
pub(crate) fn flag() -> Result<Arc<AtomicBool>, ctrlc::Error> {
    if let Some(flag) = FLAG.get() {
        return Ok(Arc::clone(flag));
    }
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            // What shells report for a program that ends by an interrupt.
            zarr_conform_machines::exit(130);
        }
    })?;
    Ok(Arc::clone(FLAG.get_or_init(|| stop)))
}
